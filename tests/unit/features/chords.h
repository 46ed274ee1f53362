#pragma once

#include <array>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <vector>

namespace resonance::testing {

/// Chords of one second with harmonics, their notes given in semitones above C4, played `cents` out of tune.
inline std::vector<float> chords(std::initializer_list<std::array<int, 3>> notes, int transposed,
                                 double cents) {
  constexpr std::size_t kSamples = 44100;
  constexpr int kHarmonics = 6;
  std::vector<float> signal;
  for (const std::array<int, 3>& chord : notes) {
    for (std::size_t i = 0; i < kSamples; ++i) {
      double sum = 0;
      for (const int note : chord) {
        const double hz = 261.625565 * std::exp2((note + transposed + cents / 100) / 12.0);
        for (int harmonic = 1; harmonic <= kHarmonics; ++harmonic) {
          const double cycles = hz * harmonic * static_cast<double>(i) / 44100;
          sum += std::sin(2 * std::numbers::pi * std::fmod(cycles, 1.0)) / harmonic;
        }
      }
      signal.push_back(static_cast<float>(0.1 * sum * (1 - static_cast<double>(i) / kSamples)));
    }
  }
  return signal;
}

/// I IV V I.
inline std::vector<float> major_cadence(int tonic, double cents = 0) {
  return chords({{0, 4, 7}, {0, 5, 9}, {-1, 2, 7}, {0, 4, 7}}, tonic, cents);
}

/// i iv V i.
inline std::vector<float> minor_cadence(int tonic, double cents = 0) {
  return chords({{0, 3, 7}, {0, 5, 8}, {-1, 2, 7}, {0, 3, 7}}, tonic - 12, cents);
}

}  // namespace resonance::testing
