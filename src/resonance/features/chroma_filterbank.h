#pragma once

#include "resonance/core/matrix.h"

namespace resonance::features {

/// Gaussian chroma filters (librosa.filters.chroma with its defaults and n_chroma 24): two bins a semitone,
/// bin 0 is C, octaves weighted by a Gaussian of two octaves around A5.
/// @param tuning  deviation from A4 = 440 Hz in chroma bins, [-0.5, 0.5)
/// @return kChromaBins x kSpectrumBins
/// Source: Ellis 2007, "Chroma feature analysis and synthesis".
Matrix chroma_weights(double tuning);

}  // namespace resonance::features
