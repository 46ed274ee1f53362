#pragma once

#include "resonance/core/matrix.h"

#include <cstddef>
#include <vector>

namespace resonance {

/// Triangular mel filters (librosa.filters.mel: Slaney's scale, each filter of unit area, 0 Hz to half the
/// rate).
/// @return bands x (fft_size / 2 + 1)
/// Source: Slaney 1998, Auditory Toolbox.
Matrix mel_filters(int sample_rate_hz, std::size_t fft_size, std::size_t bands);

/// Where each of the filters is highest, in Hz.
std::vector<double> mel_centres_hz(int sample_rate_hz, std::size_t bands);

}  // namespace resonance
