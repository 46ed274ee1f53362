#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace resonance::engine {

/// How far a batch has come. Handed to the caller's callback from worker threads, one call at a time.
struct Progress {
  std::string_view activity;  ///< "recognising" (reading without decoding) or "analysing"
  std::size_t done = 0;
  std::size_t total = 0;
  double audio_s = 0;    ///< seconds of audio listened to so far
  double elapsed_s = 0;  ///< since the work began
  std::string path;      ///< the file just finished
  std::string problem;   ///< why it failed, or what was damaged; else empty
};
using ProgressCallback = std::function<void(const Progress&)>;

/// A file that was not done, or was done in spite of damage, and why.
struct FailedItem {
  std::string path;
  std::string error_code;
  std::string message;
};

}  // namespace resonance::engine
