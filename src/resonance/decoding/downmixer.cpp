#include "resonance/decoding/downmixer.h"

#include "resonance/decoding/sample_check.h"

#include <algorithm>
#include <cstddef>
#include <numbers>

namespace resonance::decoding {
namespace {

struct Gain {
  float left;
  float right;
};

float to_float(std::uint8_t sample) { return static_cast<float>(static_cast<int>(sample) - 128) * 0x1p-7F; }
float to_float(std::int16_t sample) { return static_cast<float>(sample) * 0x1p-15F; }
float to_float(std::int32_t sample) { return static_cast<float>(sample) * 0x1p-31F; }
float to_float(std::int64_t sample) { return static_cast<float>(sample) * 0x1p-63F; }
float to_float(float sample) { return sample; }
float to_float(double sample) { return static_cast<float>(sample); }

template <typename Sample>
void load(const AVFrame& frame, int channel, int first, std::span<float> target) {
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  const auto stride = static_cast<std::size_t>(planar ? 1 : frame.ch_layout.nb_channels);
  const auto* samples = reinterpret_cast<const Sample*>(frame.extended_data[planar ? channel : 0]) +
                        static_cast<std::size_t>(first) * stride + (planar ? 0 : channel);
  if (stride == 1) {  // apart, so that it vectorises
    for (std::size_t i = 0; i < target.size(); ++i) target[i] = to_float(samples[i]);
  } else {
    for (std::size_t i = 0; i < target.size(); ++i) target[i] = to_float(samples[i * stride]);
  }
}

void load_channel(const AVFrame& frame, int channel, int first, std::span<float> target) {
  switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
    case AV_SAMPLE_FMT_U8:
      return load<std::uint8_t>(frame, channel, first, target);
    case AV_SAMPLE_FMT_S16:
      return load<std::int16_t>(frame, channel, first, target);
    case AV_SAMPLE_FMT_S32:
      return load<std::int32_t>(frame, channel, first, target);
    case AV_SAMPLE_FMT_S64:
      return load<std::int64_t>(frame, channel, first, target);
    case AV_SAMPLE_FMT_FLT:
      return load<float>(frame, channel, first, target);
    case AV_SAMPLE_FMT_DBL:
      return load<double>(frame, channel, first, target);
    default:
      std::ranges::fill(target, 0.0F);
  }
}

Gain weight_of(AVChannel channel) {
  constexpr float kOther = 1 / std::numbers::sqrt2_v<float>;
  switch (channel) {
    case AV_CHAN_FRONT_LEFT:
    case AV_CHAN_STEREO_LEFT:
      return {1, 0};
    case AV_CHAN_FRONT_RIGHT:
    case AV_CHAN_STEREO_RIGHT:
      return {0, 1};
    case AV_CHAN_BACK_LEFT:
    case AV_CHAN_SIDE_LEFT:
    case AV_CHAN_FRONT_LEFT_OF_CENTER:
    case AV_CHAN_TOP_FRONT_LEFT:
    case AV_CHAN_TOP_BACK_LEFT:
    case AV_CHAN_WIDE_LEFT:
    case AV_CHAN_SURROUND_DIRECT_LEFT:
    case AV_CHAN_TOP_SIDE_LEFT:
    case AV_CHAN_BOTTOM_FRONT_LEFT:
      return {kOther, 0};
    case AV_CHAN_BACK_RIGHT:
    case AV_CHAN_SIDE_RIGHT:
    case AV_CHAN_FRONT_RIGHT_OF_CENTER:
    case AV_CHAN_TOP_FRONT_RIGHT:
    case AV_CHAN_TOP_BACK_RIGHT:
    case AV_CHAN_WIDE_RIGHT:
    case AV_CHAN_SURROUND_DIRECT_RIGHT:
    case AV_CHAN_TOP_SIDE_RIGHT:
    case AV_CHAN_BOTTOM_FRONT_RIGHT:
      return {0, kOther};
    default:
      return {kOther, kOther};
  }
}

std::vector<Gain> stereo_gains(const AVChannelLayout& layout) {
  const auto count = static_cast<std::size_t>(layout.nb_channels);
  if (count == 1) return {{1, 1}};
  if (count == 2) return {{1, 0}, {0, 1}};
  std::vector<Gain> gains(count);
  Gain sum{0, 0};
  for (std::size_t i = 0; i < count; ++i) {
    gains[i] = weight_of(av_channel_layout_channel_from_index(&layout, static_cast<unsigned>(i)));
    sum.left += gains[i].left;
    sum.right += gains[i].right;
  }
  for (Gain& gain : gains) {
    if (sum.left > 0) gain.left /= sum.left;
    if (sum.right > 0) gain.right /= sum.right;
  }
  return gains;
}

std::vector<Gain> gains_for(audio::ChannelLayout output, const AVChannelLayout& layout) {
  if (output == audio::ChannelLayout::stereo) return stereo_gains(layout);
  const float mean = 1.0F / static_cast<float>(layout.nb_channels);
  return std::vector<Gain>(static_cast<std::size_t>(layout.nb_channels), Gain{mean, mean});
}

// What MP3, AAC, Vorbis and Opus decode to.
bool is_planar_stereo(const AVFrame& frame) {
  return frame.format == AV_SAMPLE_FMT_FLTP && frame.ch_layout.nb_channels == 2;
}

void mean_of_two(const AVFrame& frame, int first, std::span<float> target) {
  const auto* left = reinterpret_cast<const float*>(frame.extended_data[0]) + first;
  const auto* right = reinterpret_cast<const float*>(frame.extended_data[1]) + first;
  for (std::size_t i = 0; i < target.size(); ++i) target[i] = (left[i] + right[i]) * 0.5F;
}

}  // namespace

std::span<const float> Downmixer::mix(const AVFrame& frame, int first, int count) {
  const auto length = static_cast<std::size_t>(count);
  mixed_.resize(output_ == audio::ChannelLayout::mono ? length : 2 * length);
  if (output_ == audio::ChannelLayout::mono && is_planar_stereo(frame)) {
    mean_of_two(frame, first, mixed_);
    if (all_finite(mixed_)) return mixed_;
  }
  mix_any(frame, first, count);
  return mixed_;
}

void Downmixer::mix_any(const AVFrame& frame, int first, int count) {
  const std::vector<Gain> gains = gains_for(output_, frame.ch_layout);
  const auto length = static_cast<std::size_t>(count);
  channel_.resize(length);
  std::ranges::fill(mixed_, 0.0F);
  for (std::size_t c = 0; c < gains.size(); ++c) {
    load_channel(frame, static_cast<int>(c), first, channel_);
    invalid_samples_ += zero_invalid(channel_);
    const Gain gain = gains[c];
    if (output_ == audio::ChannelLayout::mono) {
      for (std::size_t i = 0; i < length; ++i) mixed_[i] += gain.left * channel_[i];
    } else {
      for (std::size_t i = 0; i < length; ++i) {
        mixed_[2 * i] += gain.left * channel_[i];
        mixed_[2 * i + 1] += gain.right * channel_[i];
      }
    }
  }
}

}  // namespace resonance::decoding
