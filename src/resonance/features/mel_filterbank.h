#pragma once

#include "resonance/core/matrix.h"

#include <vector>

namespace resonance::features {

/// Triangular mel filters (librosa.filters.mel: Slaney's scale, each filter of unit area, 0 Hz to half the
/// rate).
/// @return kMelBands x kSpectrumBins
/// Source: Slaney 1998, Auditory Toolbox.
Matrix mel_weights();

/// Where each of the kMelBands filters is highest, in Hz.
std::vector<double> mel_centres_hz();

}  // namespace resonance::features
