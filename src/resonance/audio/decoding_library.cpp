#include "resonance/audio/decoding_library.h"

#include "resonance/core/error.h"
#include "resonance/core/shared_library.h"

#include <string>

namespace resonance::audio {
namespace {

const DecodingLibrary& load() {
  const SharedLibrary library(kDecodingLibrary);
  if (!library.is_loaded()) {
    throw Error(ErrorCode::not_found, "cannot decode audio: " + library.problem() +
                                          "; it belongs into ../lib beside the program, and FFmpeg's "
                                          "libraries to the system: run make build, or install both again");
  }
  return *library.function<DecodingEntry>(kDecodingEntry)();
}

}  // namespace

const DecodingLibrary& decoding_library() {
  static const DecodingLibrary& library = load();
  return library;
}

}  // namespace resonance::audio
