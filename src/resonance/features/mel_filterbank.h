#pragma once

#include "resonance/core/matrix.h"

#include <vector>

namespace resonance::features {

/// mel_filters() with the contract's numbers. @return kMelBands x kSpectrumBins
Matrix mel_weights();

/// Where each of the kMelBands filters is highest, in Hz.
std::vector<double> mel_centres_hz();

}  // namespace resonance::features
