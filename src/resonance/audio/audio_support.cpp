#include "resonance/audio/audio_file.h"
#include "resonance/audio/ffmpeg.h"

#include <string>

extern "C" {
#include <libavutil/avutil.h>
}

namespace resonance::audio {
namespace {

std::string version_text(unsigned version) {
  return std::to_string(AV_VERSION_MAJOR(version)) + '.' + std::to_string(AV_VERSION_MINOR(version)) + '.' +
         std::to_string(AV_VERSION_MICRO(version));
}

}  // namespace

AudioSupport audio_support() {
  return {std::string("FFmpeg ") + av_version_info() + " (libavformat " + version_text(avformat_version()) +
              ", libavcodec " + version_text(avcodec_version()) + ", libswresample " +
              version_text(swresample_version()) + ')',
          av_find_input_format("libopenmpt") != nullptr};
}

}  // namespace resonance::audio
