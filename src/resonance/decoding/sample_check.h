#pragma once

#include <cstdint>
#include <span>

namespace resonance::decoding {

/// Whether no sample is NaN or infinite.
bool all_finite(std::span<const float> samples);

/// Replaces NaN and infinite samples by 0. @return how many there were
std::int64_t zero_invalid(std::span<float> samples);

}  // namespace resonance::decoding
