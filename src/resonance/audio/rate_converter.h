#pragma once

#include <memory>
#include <span>

namespace resonance::audio {

class RateConversion;

/// Streaming conversion of mono samples to another rate, for models that hear at a rate of their own:
/// FFmpeg's windowed-sinc polyphase filter, without delay. Movable; not thread-safe.
class RateConverter {
 public:
  /// @throws Error(internal) if FFmpeg cannot, Error as audio::require_decoder()
  RateConverter(int input_rate_hz, int output_rate_hz);
  ~RateConverter();
  RateConverter(RateConverter&&) noexcept;
  RateConverter& operator=(RateConverter&&) noexcept;
  RateConverter(const RateConverter&) = delete;
  RateConverter& operator=(const RateConverter&) = delete;

  /// What is ready after `samples`; the filter keeps some until later. Valid until the next call.
  std::span<const float> push(std::span<const float> samples);
  /// What the filter still holds. Call once, last.
  std::span<const float> finish();

 private:
  std::unique_ptr<RateConversion> conversion_;  // none where the rates are one
};

}  // namespace resonance::audio
