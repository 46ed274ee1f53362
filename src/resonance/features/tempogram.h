#pragma once

#include <memory>
#include <optional>
#include <span>

#include "resonance/core/matrix.h"

namespace resonance::features {

/// Autocorrelation tempogram of a whole onset envelope (librosa.feature.tempogram: win_length 320, Hann, centred with
/// linear ramps, each frame divided by its maximum). What the cache need not keep.
/// @param onset  T values, 50 a second
/// @return T x 320
Matrix tempogram(std::span<const float> onset);

}  // namespace resonance::features
