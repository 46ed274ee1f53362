#include "resonance/decoding/stream_info.h"

#include "resonance/core/error.h"

namespace resonance::decoding {

AudioInfo read_info(const Demuxer& demuxer, const audio::DecodeLimits& limits) {
  const AVCodecParameters& parameters = *demuxer.stream().codecpar;
  AudioInfo info;
  info.codec = avcodec_get_name(parameters.codec_id);
  info.sample_rate_hz = parameters.sample_rate;
  info.channels = parameters.ch_layout.nb_channels;
  info.duration_s = demuxer.claimed_duration_s();
  // Unknown parameters (0) are the decoder's to find.
  if (info.sample_rate_hz > 0 && info.channels > 0) {
    check_format(demuxer.name(), info.sample_rate_hz, info.channels, limits);
  }
  return info;
}

void check_format(const std::string& name, int sample_rate_hz, int channels,
                  const audio::DecodeLimits& limits) {
  if (channels > limits.max_channels) {
    throw Error(ErrorCode::limit_exceeded, name + " has " + std::to_string(channels) +
                                               " channels; the limit is " +
                                               std::to_string(limits.max_channels));
  }
  if (sample_rate_hz > limits.max_sample_rate_hz || sample_rate_hz < limits.min_sample_rate_hz) {
    throw Error(ErrorCode::limit_exceeded, name + " has a sample rate of " + std::to_string(sample_rate_hz) +
                                               " Hz; the limits are " +
                                               std::to_string(limits.min_sample_rate_hz) + " and " +
                                               std::to_string(limits.max_sample_rate_hz) + " Hz");
  }
}

void throw_no_audio(const std::string& name) {
  throw Error(ErrorCode::corrupt_data, name + " holds no audio");
}

}  // namespace resonance::decoding
