#pragma once

#include "resonance/embedding/onnx_model.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace resonance::embedding {

/// What a foreign audio model hears, and which of its answers is a vector: enough to use any model that takes
/// pieces of waveform, or pieces of a log-mel spectrogram by librosa's definitions (Slaney's mel, centred
/// frames, zero padding, periodic Hann window).
///
/// As JSON: {"input": "waveform", "sample_rate_hz": 16000, "samples": 15600, "hop_samples": 7680, "output":
/// "embedding"}, or {"input": "mel", "sample_rate_hz": 16000, "fft": 512, "fft_hop": 256, "bands": 96,
/// "frames": 187, "hop_frames": 187, "log": "log10(10000x+1)", "output": "embedding"}. Any key may be left
/// out.
struct AudioContract {
  enum class Input { waveform, mel };
  enum class Log {
    log10_10000_plus_1,  ///< "log10(10000x+1)", of the power
    natural_plus_eps,    ///< "ln(x+1e-6)", of the power
    decibel,             ///< "10log10(max(x,1e-10))", of the power
    none                 ///< "none": the power itself
  };
  Input input = Input::waveform;
  std::string input_name = "waveform";
  std::string output_name = "embedding";
  int sample_rate_hz = 16000;
  // Of a waveform's patches.
  std::size_t samples = 15600;
  std::size_t hop_samples = 7680;
  // Of a mel spectrogram and its patches.
  std::size_t fft = 512;
  std::size_t fft_hop = 256;
  std::size_t bands = 96;
  std::size_t frames = 187;
  std::size_t hop_frames = 187;
  Log log = Log::log10_10000_plus_1;

  /// How much audio a patch is about, and how far the next one is.
  [[nodiscard]] double patch_s() const;
  [[nodiscard]] double hop_s() const;

  friend bool operator==(const AudioContract&, const AudioContract&) = default;
};

/// The contract of a model: from `sidecar` (JSON text) if it is not empty, or else its metadata's
/// "audio_contract", and for what neither says from the shapes of the model and the defaults above.
/// @throws Error(corrupt_data) naming the model, for JSON that is none, an unknown key (with the nearest
/// valid one),
///         an impossible value, or a model that has neither an input `waveform` nor `mel`, or no such output
AudioContract read_audio_contract(const OnnxModel& model, std::string_view sidecar);

}  // namespace resonance::embedding
