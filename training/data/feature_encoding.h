#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::training {

/// How a set keeps its values. A level of log-mel is half a decibel from -80 dB on, so that 255 is 47.5 dB;
/// what lies outside is clipped (the network's input is clipped at -80 dB too). Chroma in [0, 1] is 0 to 255.
inline constexpr float kLogMelFloorDb = -80.0F;
inline constexpr float kLogMelStepDb = 0.5F;

inline std::uint8_t log_mel_level(float db) {
  return static_cast<std::uint8_t>(
      std::clamp(std::round((db - kLogMelFloorDb) / kLogMelStepDb), 0.0F, 255.0F));
}
inline float log_mel_db(std::uint8_t level) {
  return kLogMelFloorDb + kLogMelStepDb * static_cast<float>(level);
}
inline std::uint8_t chroma_level(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::round(value * 255.0F), 0.0F, 255.0F));
}
inline float chroma_value(std::uint8_t level) { return static_cast<float>(level) / 255.0F; }

/// Rows of bytes compressed with loss: each value to a multiple of `step` (the nearest), column by column the
/// difference to the value before, zstd. @param values  rows x columns
std::string compress_levels(std::span<const std::uint8_t> values, std::size_t columns, unsigned step);
/// The `size` rounded values. @throws Error(corrupt_data) naming nothing if `bytes` holds others
std::vector<std::uint8_t> decompress_levels(std::string_view bytes, std::size_t size, std::size_t columns);

/// Any bytes through zstd; `size` is what came out of it.
std::string compress_bytes(std::string_view bytes);
std::string decompress_bytes(std::string_view bytes, std::size_t size);

}  // namespace resonance::training
