#pragma once

#include <string>

namespace resonance {

/// What can be said of a track in words and numbers; the ground for the reasons of a result.
struct Description {
  float tempo_bpm = 0;          ///< 0: no regular beat found
  float tempo_confidence = 0;   ///< [0, 1]
  int key_tonic = -1;           ///< pitch class, 0 = C ... 11 = B; -1: no key found
  bool key_minor = false;       ///< mode of key_tonic
  float key_confidence = 0;     ///< [0, 1]
  float loudness_lufs = -70;    ///< gated integrated loudness of the mono mix (ITU-R BS.1770-4), >= -70
  float brightness_hz = 0;      ///< mean over time of the mel power's centroid, without silence
  float onsets_per_second = 0;  ///< density of percussive onsets, where there are any
  float energy = 0;             ///< [0, 1], loudness, onset density and brightness in one figure
  float duration_s = 0;

  friend bool operator==(const Description&, const Description&) = default;
};

/// E.g. "A minor", "F# major"; "" when no key was found.
std::string key_name(const Description& description);

}  // namespace resonance
