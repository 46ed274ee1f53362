// libresonance-decoding.so: what audio/decoding_library.h loads when a file is to be decoded.
#include "resonance/audio/decoding_library.h"
#include "resonance/decoding/decoded_file.h"
#include "resonance/decoding/ffmpeg.h"
#include "resonance/decoding/rate_conversion.h"

#include <string>

extern "C" {
#include <libavutil/avutil.h>
}

namespace resonance::decoding {
namespace {

std::string version_text(unsigned version) {
  return std::to_string(AV_VERSION_MAJOR(version)) + '.' + std::to_string(AV_VERSION_MINOR(version)) + '.' +
         std::to_string(AV_VERSION_MICRO(version));
}

class Library final : public audio::DecodingLibrary {
 public:
  Library() { prepare_ffmpeg(); }

  [[nodiscard]] std::unique_ptr<audio::AudioStream> open(const std::filesystem::path& path,
                                                         audio::ChannelLayout layout,
                                                         const audio::DecodeLimits& limits) const override {
    return open_file(path, layout, limits);
  }

  [[nodiscard]] audio::AudioProbe probe(const std::filesystem::path& path,
                                        const audio::DecodeLimits& limits) const override {
    return decoding::probe(path, limits);
  }

  [[nodiscard]] std::unique_ptr<audio::RateConversion> convert_rate(int input_rate_hz,
                                                                    int output_rate_hz) const override {
    return decoding::convert_rate(input_rate_hz, output_rate_hz);
  }

  [[nodiscard]] audio::AudioSupport support() const override {
    return {std::string("FFmpeg ") + av_version_info() + " (libavformat " + version_text(avformat_version()) +
                ", libavcodec " + version_text(avcodec_version()) + ", libswresample " +
                version_text(swresample_version()) + ')',
            av_find_input_format("libopenmpt") != nullptr};
  }
};

}  // namespace
}  // namespace resonance::decoding

extern "C" __attribute__((visibility("default"))) const resonance::audio::DecodingLibrary*
resonance_decoding_library() {
  static const resonance::decoding::Library kLibrary;
  return &kLibrary;
}
