#include "resonance/decoding/rate_conversion.h"

#include "resonance/decoding/resampler.h"

namespace resonance::decoding {
namespace {

// As steep, and where, as libsoxr's filters, which models' authors resample with (flat to 0.91 of half the
// rate): musicnn hears the difference between this and FFmpeg's gentler default (cosine 0.996 instead of
// 0.9995).
constexpr ResamplerFilter kFilter{.taps = 64, .cutoff = 0.956};

class FilteredConversion final : public audio::RateConversion {
 public:
  FilteredConversion(int input_rate_hz, int output_rate_hz)
      : resampler_(input_rate_hz, output_rate_hz, 1, kFilter) {}

  std::span<const float> push(std::span<const float> samples) override {
    return resampler_.resample(samples);
  }
  std::span<const float> finish() override { return resampler_.flush(); }

 private:
  Resampler resampler_;
};

}  // namespace

std::unique_ptr<audio::RateConversion> convert_rate(int input_rate_hz, int output_rate_hz) {
  return std::make_unique<FilteredConversion>(input_rate_hz, output_rate_hz);
}

}  // namespace resonance::decoding
