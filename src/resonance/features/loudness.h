#pragma once

#include "resonance/core/matrix.h"

namespace resonance::features {

/// One filter over the power spectrum whose output is the K-weighted mean square of the frame's samples:
/// Parseval's sum with the Hann window's energy taken out, each bin times the squared gain of ITU-R
/// BS.1770-4's two filters. A full-scale 997 Hz sine gives -3.01 LKFS = -0.691 + 10 log10(mean square).
/// @return 1 x kSpectrumBins, for power that is not scaled
Matrix loudness_weights();

}  // namespace resonance::features
