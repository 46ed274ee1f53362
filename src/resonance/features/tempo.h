#pragma once

#include "resonance/features/onset_periodicity.h"

namespace resonance::features {

struct Tempo {
  float bpm = 0;         ///< about 40 to 240; 0: none found
  float confidence = 0;  ///< [0, 1]: share of the hypotheses' weight within 4 % of `bpm`
};

/// The tempo a listener would tap, of 181 hypotheses from 40 to 238 BPM. Each is scored by a linear model of
/// 28 numbers: the autocorrelation at multiples and parts of its period, the spectrum at multiples and parts
/// of its frequency, and how far it is from 110 BPM and from the density of onsets. The best is refined with
/// the autocorrelation. None for less than three seconds, or if no onset has any energy.
///
/// Sources: Percival & Tzanetakis 2014 (autocorrelation, harmonics, a learned choice of the octave); Ellis
/// 2007 (log-Gaussian prior of tempo). The model's weights are ours, fitted on rendered MIDI and on silver
/// labels of recordings, some commercial, none of them shipped: see tempo.cpp.
Tempo estimate_tempo(const OnsetPeriodicity& periodicity);

}  // namespace resonance::features
