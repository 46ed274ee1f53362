#pragma once

#include "resonance/embedding/audio_contract.h"

#include <memory>
#include <span>
#include <vector>

namespace resonance::embedding {

/// The log-mel spectrogram that an audio model was trained on, streamed: librosa.feature.melspectrogram
/// (centred, zero padding, periodic Hann window, power 2) and the contract's logarithm. The features layer
/// has one of fixed numbers that is much faster; this takes any. Not thread-safe.
class LogMelFrames {
 public:
  explicit LogMelFrames(const AudioContract& contract);
  ~LogMelFrames();
  LogMelFrames(const LogMelFrames&) = delete;
  LogMelFrames& operator=(const LogMelFrames&) = delete;

  /// @return the frames that are complete now, T x bands, row-major
  std::vector<float> push(std::span<const float> samples);
  /// The frames that hang over the end. Call once, last.
  std::vector<float> finish();

 private:
  struct State;
  std::vector<float> take_frames();
  std::unique_ptr<State> state_;
};

}  // namespace resonance::embedding
