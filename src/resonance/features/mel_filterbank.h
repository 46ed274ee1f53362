#pragma once

#include "resonance/core/matrix.h"

namespace resonance::features {

/// Triangular mel filters (librosa.filters.mel: Slaney's scale, each filter of unit area, 0 Hz to half the
/// rate).
/// @return kMelBands x kSpectrumBins
/// Source: Slaney 1998, Auditory Toolbox.
Matrix mel_weights();

}  // namespace resonance::features
