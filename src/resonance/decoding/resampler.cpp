#include "resonance/decoding/resampler.h"

#include "resonance/core/error.h"
#include "resonance/decoding/sample_check.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

extern "C" {
#include <libavutil/opt.h>
}

namespace resonance::decoding {
namespace {

constexpr double kSilenceSeconds = 0.1;  // longer than the filter at every rate

}  // namespace

Resampler::Resampler(int input_rate_hz, int output_rate_hz, int channels, const ResamplerFilter& filter)
    : input_rate_hz_(input_rate_hz), output_rate_hz_(output_rate_hz), channels_(channels) {
  AVChannelLayout layout{};
  av_channel_layout_default(&layout, channels);
  SwrContext* context = nullptr;
  int result = swr_alloc_set_opts2(&context, &layout, AV_SAMPLE_FMT_FLT, output_rate_hz, &layout,
                                   AV_SAMPLE_FMT_FLT, input_rate_hz, 0, nullptr);
  context_.reset(context);
  if (result >= 0) result = av_opt_set_int(context, "filter_size", filter.taps, 0);
  if (result >= 0) result = av_opt_set_double(context, "cutoff", filter.cutoff, 0);
  if (result >= 0) result = swr_init(context);
  if (result < 0) {
    throw Error(ErrorCode::internal, "cannot resample from " + std::to_string(input_rate_hz) + " to " +
                                         std::to_string(output_rate_hz) + " Hz: " + reason(result));
  }
}

std::span<const float> Resampler::resample(std::span<const float> samples) {
  const auto frames = static_cast<int>(samples.size()) / channels_;
  frames_in_ += frames;
  return convert(samples.data(), frames);
}

std::span<const float> Resampler::flush() {
  const std::span<const float> rest = convert(nullptr, 0);
  return frames_out_ == 0 && frames_in_ > 0 ? pad_short_input() : rest;
}

// Fewer samples than half its filter swresample drops. With silence behind them they come out.
std::span<const float> Resampler::pad_short_input() {
  const std::int64_t frames = (frames_in_ * output_rate_hz_ + input_rate_hz_ - 1) / input_rate_hz_;
  const auto silent_frames = static_cast<int>(kSilenceSeconds * input_rate_hz_);
  const std::vector<float> silence(static_cast<std::size_t>(silent_frames * channels_));
  const std::span<const float> all = convert(silence.data(), silent_frames);
  return all.first(std::min(all.size(), static_cast<std::size_t>(frames * channels_)));
}

std::span<const float> Resampler::convert(const float* samples, int count) {
  const int room = swr_get_out_samples(context_.get(), count);
  if (room <= 0) return {};
  output_.resize(static_cast<std::size_t>(room) * static_cast<std::size_t>(channels_));
  std::array<std::uint8_t*, 1> output{reinterpret_cast<std::uint8_t*>(output_.data())};
  std::array<const std::uint8_t*, 1> input{reinterpret_cast<const std::uint8_t*>(samples)};
  const int written =
      swr_convert(context_.get(), output.data(), room, samples == nullptr ? nullptr : input.data(), count);
  if (written < 0) throw Error(ErrorCode::internal, "cannot resample: " + reason(written));
  frames_out_ += written;
  output_.resize(static_cast<std::size_t>(written) * static_cast<std::size_t>(channels_));
  zero_invalid(output_);  // the filter's sums may overflow where samples come near the largest float
  return output_;
}

}  // namespace resonance::decoding
