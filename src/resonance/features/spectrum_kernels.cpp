#include "resonance/features/spectrum_kernels.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <complex>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resonance/features/spectrum_kernels.cpp"
// foreach_target.h goes first.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace resonance::features::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 16>;

void apply_window(std::span<const float> samples, std::span<const float> window, std::span<float> out) {
  const D d;
  const auto low = hn::Set(d, -1e9F);
  const auto high = hn::Set(d, 1e9F);
  for (std::size_t i = 0; i < out.size(); i += hn::Lanes(d)) {
    const auto x = hn::Clamp(hn::LoadU(d, samples.data() + i), low, high);
    hn::Store(hn::Mul(x, hn::Load(d, window.data() + i)), d, out.data() + i);
  }
}

// With Z the FFT of the pairs, E = (Z[k] + Z*[M - k]) / 2 is the spectrum of the even samples and
// O = -i (Z[k] - Z*[M - k]) / 2 that of the odd ones; X[k] = E + w O, X[M - k] = (E - w O)*, w = exp(-i pi k
// / M).
void split_real_power(std::span<const float> fft, std::span<const float> twiddles, std::span<float> power) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  constexpr std::size_t kHalf = kFftSize / 2;
  const float* cosines = twiddles.data();
  const float* sines = twiddles.data() + kHalf / 2;
  const auto quarter = hn::Set(d, 0.25F);
  for (std::size_t k = 0; k < kHalf / 2; k += lanes) {
    const std::size_t mirrored_k = kHalf + 1 - k - lanes;
    hn::Vec<D> re;
    hn::Vec<D> im;
    hn::Vec<D> mirrored_re;
    hn::Vec<D> mirrored_im;
    hn::LoadInterleaved2(d, fft.data() + 2 * k, re, im);
    hn::LoadInterleaved2(d, fft.data() + 2 * mirrored_k, mirrored_re, mirrored_im);
    mirrored_re = hn::Reverse(d, mirrored_re);
    mirrored_im = hn::Reverse(d, mirrored_im);
    const auto even_re = hn::Add(re, mirrored_re);
    const auto even_im = hn::Sub(im, mirrored_im);
    const auto odd_re = hn::Add(im, mirrored_im);
    const auto odd_im = hn::Sub(mirrored_re, re);
    const auto cosine = hn::Load(d, cosines + k);
    const auto sine = hn::Load(d, sines + k);
    const auto turned_re = hn::MulAdd(odd_re, cosine, hn::Mul(odd_im, sine));
    const auto turned_im = hn::NegMulAdd(odd_re, sine, hn::Mul(odd_im, cosine));
    const auto squared_magnitude_of_half = [&](auto real, auto imaginary) HWY_ATTR {
      return hn::Mul(hn::MulAdd(real, real, hn::Mul(imaginary, imaginary)), quarter);
    };
    const auto low = squared_magnitude_of_half(hn::Add(even_re, turned_re), hn::Add(even_im, turned_im));
    const auto high = squared_magnitude_of_half(hn::Sub(even_re, turned_re), hn::Sub(even_im, turned_im));
    hn::StoreU(low, d, power.data() + k);
    hn::StoreU(hn::Reverse(d, high), d, power.data() + mirrored_k);
  }
  const float* middle = fft.data() + kHalf;
  power[kHalf / 2] = middle[0] * middle[0] + middle[1] * middle[1];
}

#if HWY_TARGET == HWY_SCALAR
using scalar::transpose_to_bin_rows;
using scalar::transpose_to_frame_rows;
#else
// Transposes 4 x 4 floats between rows `in_stride` and `out_stride` floats apart.
HWY_INLINE void transpose_4x4(const float* in, std::size_t in_stride, float* out, std::size_t out_stride) {
  const hn::CappedTag<float, 4> d;
  const hn::RepartitionToWide<decltype(d)> dw;
  const auto a = hn::Load(d, in);
  const auto b = hn::Load(d, in + in_stride);
  const auto c = hn::Load(d, in + 2 * in_stride);
  const auto e = hn::Load(d, in + 3 * in_stride);
  const auto ab_low = hn::BitCast(dw, hn::InterleaveLower(d, a, b));
  const auto ab_high = hn::BitCast(dw, hn::InterleaveUpper(d, a, b));
  const auto ce_low = hn::BitCast(dw, hn::InterleaveLower(d, c, e));
  const auto ce_high = hn::BitCast(dw, hn::InterleaveUpper(d, c, e));
  hn::Store(hn::BitCast(d, hn::InterleaveLower(dw, ab_low, ce_low)), d, out);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(dw, ab_low, ce_low)), d, out + out_stride);
  hn::Store(hn::BitCast(d, hn::InterleaveLower(dw, ab_high, ce_high)), d, out + 2 * out_stride);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(dw, ab_high, ce_high)), d, out + 3 * out_stride);
}

void transpose_to_bin_rows(std::span<const float> rows, std::size_t cols, std::span<float> out) {
  for (std::size_t col = 0; col < cols; col += 4) {
    for (std::size_t frame = 0; frame < kTileFrames; frame += 4) {
      transpose_4x4(rows.data() + frame * cols + col, cols, out.data() + col * kTileFrames + frame,
                    kTileFrames);
    }
  }
}

void transpose_to_frame_rows(std::span<const float> bin_rows, std::size_t cols, std::span<float> out) {
  for (std::size_t col = 0; col < cols; col += 4) {
    for (std::size_t frame = 0; frame < kTileFrames; frame += 4) {
      transpose_4x4(bin_rows.data() + col * kTileFrames + frame, kTileFrames, out.data() + frame * cols + col,
                    cols);
    }
  }
}
#endif

void apply_soft_masks(std::span<const float> power, std::span<float> harmonic, std::span<float> percussive) {
  const D d;
  const auto half = hn::Set(d, 0.5F);
  const auto two = hn::Set(d, 2.0F);
  const auto smallest = hn::Set(d, kSmallestMedian);
  for (std::size_t i = 0; i < power.size(); i += hn::Lanes(d)) {
    const auto h = hn::Load(d, harmonic.data() + i);
    const auto p = hn::Load(d, percussive.data() + i);
    const auto sum = hn::Add(h, p);
    const auto neither = hn::Lt(sum, smallest);
    const auto estimate = hn::ApproximateReciprocal(sum);
    const auto reciprocal = hn::Mul(estimate, hn::NegMulAdd(estimate, sum, two));  // Newton's step
    const auto harmonic_mask = hn::IfThenElse(neither, half, hn::Mul(h, reciprocal));
    const auto percussive_mask = hn::IfThenElse(neither, half, hn::Mul(p, reciprocal));
    const auto x = hn::Load(d, power.data() + i);
    hn::Store(hn::Mul(hn::Mul(x, harmonic_mask), harmonic_mask), d, harmonic.data() + i);
    hn::Store(hn::Mul(hn::Mul(x, percussive_mask), percussive_mask), d, percussive.data() + i);
  }
}

void power_to_db(std::span<float> values) {
  const D d;
  const auto floor = hn::Set(d, 1e-10F);
  const auto ten = hn::Set(d, 10.0F);
  for (std::size_t i = 0; i < values.size(); i += hn::Lanes(d)) {
    const auto x = hn::Max(hn::Load(d, values.data() + i), floor);
    hn::Store(hn::Mul(hn::Log10(d, x), ten), d, values.data() + i);
  }
}

void encode_positive(std::span<const float> values, std::span<std::uint16_t> out) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<std::uint16_t, D> du16;
  const auto half = hn::Set(du, 1U << 14);
  for (std::size_t i = 0; i < values.size(); i += hn::Lanes(d)) {
    const auto bits = hn::BitCast(du, hn::Load(d, values.data() + i));
    const auto kept = hn::ShiftRight<15>(hn::Add(bits, half));
    hn::Store(hn::DemoteTo(du16, hn::BitCast(hn::RebindToSigned<D>(), kept)), du16, out.data() + i);
  }
}

void decode_positive(std::span<const std::uint16_t> values, std::span<float> out) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<std::uint16_t, D> du16;
  for (std::size_t i = 0; i < values.size(); i += hn::Lanes(d)) {
    const auto wide = hn::PromoteTo(du, hn::Load(du16, values.data() + i));
    hn::Store(hn::BitCast(d, hn::ShiftLeft<15>(wide)), d, out.data() + i);
  }
}

float mean_rise(std::span<const float> row, std::span<const float> next) {
  const D d;
  auto sum = hn::Zero(d);
  for (std::size_t i = 0; i < row.size(); i += hn::Lanes(d)) {
    const auto rise = hn::Sub(hn::Load(d, next.data() + i), hn::Load(d, row.data() + i));
    sum = hn::Add(sum, hn::Max(rise, hn::Zero(d)));
  }
  return hn::GetLane(hn::SumOfLanes(d, sum)) / static_cast<float>(row.size());
}

}  // namespace resonance::features::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::features {
namespace {

[[maybe_unused]] constexpr std::size_t kWidestVector = 16;  // only asserted

HWY_EXPORT(apply_window);
HWY_EXPORT(split_real_power);
HWY_EXPORT(transpose_to_bin_rows);
HWY_EXPORT(transpose_to_frame_rows);
HWY_EXPORT(apply_soft_masks);
HWY_EXPORT(power_to_db);
HWY_EXPORT(encode_positive);
HWY_EXPORT(decode_positive);
HWY_EXPORT(mean_rise);

}  // namespace

void apply_window(std::span<const float> samples, std::span<const float> window, std::span<float> out) {
  assert(samples.size() == out.size() && window.size() == out.size() && out.size() % kWidestVector == 0);
  HWY_DYNAMIC_DISPATCH(apply_window)(samples, window, out);
}

void split_real_power(std::span<const float> fft, std::span<const float> twiddles, std::span<float> power) {
  assert(fft.size() >= kFftSize + 2 && twiddles.size() == kFftSize / 2 && power.size() == kFftSize / 2 + 1);
  HWY_DYNAMIC_DISPATCH(split_real_power)(fft, twiddles, power);
}

void transpose_to_bin_rows(std::span<const float> rows, std::size_t cols, std::span<float> out) {
  assert(rows.size() == cols * kTileFrames && out.size() == rows.size() && cols % 4 == 0);
  HWY_DYNAMIC_DISPATCH(transpose_to_bin_rows)(rows, cols, out);
}

void transpose_to_frame_rows(std::span<const float> bin_rows, std::size_t cols, std::span<float> out) {
  assert(bin_rows.size() == cols * kTileFrames && out.size() == bin_rows.size() && cols % 4 == 0);
  HWY_DYNAMIC_DISPATCH(transpose_to_frame_rows)(bin_rows, cols, out);
}

void apply_soft_masks(std::span<const float> power, std::span<float> harmonic, std::span<float> percussive) {
  assert(harmonic.size() == power.size() && percussive.size() == power.size() &&
         power.size() % kWidestVector == 0);
  HWY_DYNAMIC_DISPATCH(apply_soft_masks)(power, harmonic, percussive);
}

void power_to_db(std::span<float> values) {
  assert(values.size() % kWidestVector == 0);
  HWY_DYNAMIC_DISPATCH(power_to_db)(values);
}

void encode_positive(std::span<const float> values, std::span<std::uint16_t> out) {
  assert(values.size() == out.size() && values.size() % kWidestVector == 0);
  HWY_DYNAMIC_DISPATCH(encode_positive)(values, out);
}

void decode_positive(std::span<const std::uint16_t> values, std::span<float> out) {
  assert(values.size() == out.size() && values.size() % kWidestVector == 0);
  HWY_DYNAMIC_DISPATCH(decode_positive)(values, out);
}

float mean_rise(std::span<const float> row, std::span<const float> next) {
  assert(row.size() == next.size() && row.size() % kWidestVector == 0);
  return HWY_DYNAMIC_DISPATCH(mean_rise)(row, next);
}

namespace scalar {

void apply_window(std::span<const float> samples, std::span<const float> window, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::clamp(samples[i], -1e9F, 1e9F) * window[i];
}

void split_real_power(std::span<const float> fft, std::span<const float> twiddles, std::span<float> power) {
  constexpr std::size_t kHalf = kFftSize / 2;
  for (std::size_t k = 0; k <= kHalf; ++k) {
    const std::complex<float> z(fft[2 * k], fft[2 * k + 1]);
    const std::complex<float> mirrored(fft[2 * (kHalf - k)], -fft[2 * (kHalf - k) + 1]);
    const std::size_t i = std::min(k, kHalf - k);
    const float cosine = i == kHalf / 2 ? 0 : twiddles[i];
    const float sine = i == kHalf / 2 ? 1 : twiddles[kHalf / 2 + i];
    const std::complex<float> w(k <= kHalf / 2 ? cosine : -cosine, -sine);
    power[k] = std::norm((z + mirrored) * 0.5F + w * (z - mirrored) * std::complex<float>(0, -0.5F));
  }
}

void transpose_to_bin_rows(std::span<const float> rows, std::size_t cols, std::span<float> out) {
  for (std::size_t i = 0; i < rows.size(); ++i) out[i % cols * kTileFrames + i / cols] = rows[i];
}

void transpose_to_frame_rows(std::span<const float> bin_rows, std::size_t cols, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = bin_rows[i % cols * kTileFrames + i / cols];
}

void apply_soft_masks(std::span<const float> power, std::span<float> harmonic, std::span<float> percussive) {
  for (std::size_t i = 0; i < power.size(); ++i) {
    const float sum = harmonic[i] + percussive[i];
    const float harmonic_mask = sum < kSmallestMedian ? 0.5F : harmonic[i] / sum;
    const float percussive_mask = sum < kSmallestMedian ? 0.5F : percussive[i] / sum;
    harmonic[i] = power[i] * harmonic_mask * harmonic_mask;
    percussive[i] = power[i] * percussive_mask * percussive_mask;
  }
}

void power_to_db(std::span<float> values) {
  for (float& value : values) value = 10.0F * std::log10(std::max(value, 1e-10F));
}

void encode_positive(std::span<const float> values, std::span<std::uint16_t> out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    out[i] = static_cast<std::uint16_t>((std::bit_cast<std::uint32_t>(values[i]) + (1U << 14)) >> 15);
  }
}

void decode_positive(std::span<const std::uint16_t> values, std::span<float> out) {
  for (std::size_t i = 0; i < values.size(); ++i)
    out[i] = std::bit_cast<float>(std::uint32_t{values[i]} << 15);
}

float mean_rise(std::span<const float> row, std::span<const float> next) {
  float sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i) sum += std::max(0.0F, next[i] - row[i]);
  return sum / static_cast<float>(row.size());
}

}  // namespace scalar
}  // namespace resonance::features
#endif  // HWY_ONCE
