#include "resonance/audio/rate_converter.h"

#include "resonance/audio/resampler.h"

#include <optional>

namespace resonance::audio {

namespace {

// As steep, and where, as libsoxr's filters, which models' authors resample with (flat to 0.91 of half the
// rate): musicnn hears the difference between this and FFmpeg's gentler default (cosine 0.996 instead of
// 0.9995).
constexpr ResamplerFilter kFilter{.taps = 64, .cutoff = 0.956};

}  // namespace

struct RateConverter::State {
  std::optional<Resampler> resampler;  // none where the rates are one
};

RateConverter::RateConverter(int input_rate_hz, int output_rate_hz) : state_(std::make_unique<State>()) {
  if (input_rate_hz != output_rate_hz) state_->resampler.emplace(input_rate_hz, output_rate_hz, 1, kFilter);
}
RateConverter::~RateConverter() = default;
RateConverter::RateConverter(RateConverter&&) noexcept = default;
RateConverter& RateConverter::operator=(RateConverter&&) noexcept = default;

std::span<const float> RateConverter::push(std::span<const float> samples) {
  if (!state_->resampler) return samples;
  return samples.empty() ? samples : state_->resampler->resample(samples);
}

std::span<const float> RateConverter::finish() {
  return state_->resampler ? state_->resampler->flush() : std::span<const float>();
}

}  // namespace resonance::audio
