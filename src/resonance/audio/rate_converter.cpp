#include "resonance/audio/rate_converter.h"

#include "resonance/audio/decoding_library.h"

namespace resonance::audio {

RateConverter::RateConverter(int input_rate_hz, int output_rate_hz) {
  if (input_rate_hz != output_rate_hz) {
    conversion_ = decoding_library().convert_rate(input_rate_hz, output_rate_hz);
  }
}
RateConverter::~RateConverter() = default;
RateConverter::RateConverter(RateConverter&&) noexcept = default;
RateConverter& RateConverter::operator=(RateConverter&&) noexcept = default;

std::span<const float> RateConverter::push(std::span<const float> samples) {
  return conversion_ && !samples.empty() ? conversion_->push(samples) : samples;
}

std::span<const float> RateConverter::finish() {
  return conversion_ ? conversion_->finish() : std::span<const float>();
}

}  // namespace resonance::audio
