#pragma once

#include "resonance/features/tile.h"

#include <cstdint>
#include <span>

/// The small vector loops between the stages: elementwise, or a change of layout. Each has a scalar twin that
/// the tests hold it to. Inputs and outputs lie on cache lines unless said otherwise; sizes are the caller's
/// duty (asserted).
namespace resonance::features {

/// out[i] = samples[i] * window[i], samples held within +-1e9 so that no power overflows; they lie anywhere.
void apply_window(std::span<const float> samples, std::span<const float> window, std::span<float> out);

/// Power spectrum of 2M real samples from the M-point complex FFT of the same samples taken in pairs.
/// @param fft       M + 1 complex values, interleaved, the last a copy of the first; M = kFftSize / 2
/// @param twiddles  cos(pi k / M) for k = 0 ... M / 2 - 1, then sin likewise
/// @param power     M + 1 values
void split_real_power(std::span<const float> fft, std::span<const float> twiddles, std::span<float> power);

/// Frame rows to bin rows: rows of `cols` floats (a multiple of 4) to `cols` rows of kTileFrames.
void transpose_to_bin_rows(std::span<const float> rows, std::size_t cols, std::span<float> out);
/// Bin rows to frame rows: `cols` rows of kTileFrames to kTileFrames rows of `cols` (a multiple of 4) floats.
void transpose_to_frame_rows(std::span<const float> bin_rows, std::size_t cols, std::span<float> out);

/// Sum of the two medians below which neither part is heard, and the masks are one half: an amplitude of
/// 1e-22.
inline constexpr float kSmallestMedian = 1e-34F;

/// power * mask^2 with the soft masks of power 2 (librosa.util.softmask, split_zeros): on entry `harmonic`
/// and `percussive` hold the medians of the power over time and over frequency, on return the two parts'
/// power.
void apply_soft_masks(std::span<const float> power, std::span<float> harmonic, std::span<float> percussive);

/// In place: 10 log10(max(x, 1e-10)) (librosa.power_to_db, ref 1, top_db None).
void power_to_db(std::span<float> values);

/// Mean of max(0, next - row), the rise from one row to the next.
float mean_rise(std::span<const float> row, std::span<const float> next);

/// Positive floats as 8 bits of exponent and 8 of mantissa, rounded: at most 0.2 % off. And back.
void encode_positive(std::span<const float> values, std::span<std::uint16_t> out);
void decode_positive(std::span<const std::uint16_t> values, std::span<float> out);

namespace scalar {
void apply_window(std::span<const float> samples, std::span<const float> window, std::span<float> out);
void split_real_power(std::span<const float> fft, std::span<const float> twiddles, std::span<float> power);
void transpose_to_bin_rows(std::span<const float> rows, std::size_t cols, std::span<float> out);
void transpose_to_frame_rows(std::span<const float> bin_rows, std::size_t cols, std::span<float> out);
void apply_soft_masks(std::span<const float> power, std::span<float> harmonic, std::span<float> percussive);
void power_to_db(std::span<float> values);
float mean_rise(std::span<const float> row, std::span<const float> next);
void encode_positive(std::span<const float> values, std::span<std::uint16_t> out);
void decode_positive(std::span<const std::uint16_t> values, std::span<float> out);
}  // namespace scalar

}  // namespace resonance::features
