#include "resonance/features/sliding_autocorrelation.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resonance/features/sliding_autocorrelation.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resonance::features::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tables = SlidingAutocorrelation::Tables;
using Sums = SlidingAutocorrelation::Sums;
using Energy = SlidingAutocorrelation::Energy;
using D = hn::CappedTag<double, 8>;
using V = hn::Vec<D>;
constexpr std::size_t kLags = SlidingAutocorrelation::kWindow;
constexpr std::size_t kMaxSteps = 16;

HWY_INLINE V combine(const Tables& tables, std::size_t lag, V plain, V re1, V re2) {
  const D d;
  const V sum = hn::MulAdd(hn::Load(d, tables.plain_factor.data() + lag), plain, re2);
  return hn::MulAdd(hn::Load(d, tables.factor1.data() + lag), re1, sum);
}

// Writes a row's lags from `lag` on; `gains` has one a row, set when lag 0 comes by.
HWY_INLINE void store_row(V values, std::size_t lag, double& gain, float* row) {
  const D d;
  const hn::Rebind<float, D> df;
  if (lag == 0) {
    const double first = hn::GetLane(values);
    gain = first > 0 ? 1 / first : 0;
  }
  const V scaled = hn::Max(hn::Mul(values, hn::Set(d, gain)), hn::Zero(d));
  hn::StoreU(hn::DemoteTo(df, scaled), df, row + lag);
}

// `before` points to the first sample of the window before the first row's. The window's own first weight is
// zero, and its pairs are left out of the sums: what is loud there must not be left to cancel.
void slide(const Tables& tables, Sums& sums, const double* before, std::size_t steps, float* rows) {
  const D d;
  double gains[kMaxSteps];
  const V step1_cos = hn::Set(d, tables.cos1[2]);  // one sample on is 2 a
  const V step1_sin = hn::Set(d, tables.sin1[2]);
  const V step2_cos = hn::Set(d, tables.cos2[2]);
  const V step2_sin = hn::Set(d, tables.sin2[2]);
  for (std::size_t lag = 0; lag < kLags; lag += hn::Lanes(d)) {
    const V cos1 = hn::Load(d, tables.cos1.data() + lag);
    const V sin1 = hn::Load(d, tables.sin1.data() + lag);
    const V cos2 = hn::Load(d, tables.cos2.data() + lag);
    const V sin2 = hn::Load(d, tables.sin2.data() + lag);
    V plain = hn::Load(d, sums.plain.data() + lag);
    V re1 = hn::Load(d, sums.re1.data() + lag);
    V im1 = hn::Load(d, sums.im1.data() + lag);
    V re2 = hn::Load(d, sums.re2.data() + lag);
    V im2 = hn::Load(d, sums.im2.data() + lag);
    for (std::size_t step = 0; step < steps; ++step) {
      const double* x = before + step;
      const V partners = hn::Reverse(d, hn::LoadU(d, x + kLags + 1 - lag - hn::Lanes(d)));
      const V entering = hn::Mul(hn::Set(d, x[kLags]), partners);
      const V leaving = hn::Mul(hn::Set(d, x[1]), hn::LoadU(d, x + 1 + lag));
      plain = hn::Add(plain, hn::Sub(entering, leaving));
      re1 = hn::MulAdd(entering, cos1, re1);
      im1 = hn::NegMulAdd(entering, sin1, im1);
      re2 = hn::MulAdd(entering, cos2, re2);
      im2 = hn::NegMulAdd(entering, sin2, im2);
      const V turned1 = hn::MulAdd(re1, step1_cos, hn::Mul(im1, step1_sin));
      im1 = hn::NegMulAdd(re1, step1_sin, hn::Mul(im1, step1_cos));
      const V turned2 = hn::MulAdd(re2, step2_cos, hn::Mul(im2, step2_sin));
      im2 = hn::NegMulAdd(re2, step2_sin, hn::Mul(im2, step2_cos));
      re1 = hn::NegMulAdd(leaving, cos1, turned1);
      im1 = hn::NegMulAdd(leaving, sin1, im1);
      re2 = hn::NegMulAdd(leaving, cos2, turned2);
      im2 = hn::NegMulAdd(leaving, sin2, im2);
      store_row(combine(tables, lag, plain, re1, re2), lag, gains[step], rows + step * kLags);
    }
    hn::Store(plain, d, sums.plain.data() + lag);
    hn::Store(re1, d, sums.re1.data() + lag);
    hn::Store(im1, d, sums.im1.data() + lag);
    hn::Store(re2, d, sums.re2.data() + lag);
    hn::Store(im2, d, sums.im2.data() + lag);
  }
}

Energy energy_of(const Tables& tables, const double* window) {
  const D d;
  V plain = hn::Zero(d);
  V weighted = hn::Zero(d);
  for (std::size_t i = 0; i < kLags; i += hn::Lanes(d)) {
    const V x = hn::LoadU(d, window + i);
    const V square = hn::Mul(x, x);
    plain = hn::Add(plain, square);
    weighted = hn::MulAdd(hn::Load(d, tables.squared_window.data() + i), square, weighted);
  }
  return {.plain = hn::GetLane(hn::SumOfLanes(d, plain)),
          .weighted = hn::GetLane(hn::SumOfLanes(d, weighted))};
}

// `window` is followed by kLags zeros.
void sum_anew(const Tables& tables, const double* window, Sums& sums, float* row) {
  const D d;
  double gain = 0;
  for (std::size_t lag = 0; lag < kLags; lag += hn::Lanes(d)) {
    V plain = hn::Zero(d);
    V re1 = hn::Zero(d);
    V im1 = hn::Zero(d);
    V re2 = hn::Zero(d);
    V im2 = hn::Zero(d);
    for (std::size_t n = 1; n + lag < kLags; ++n) {
      const V product = hn::Mul(hn::Set(d, window[n]), hn::LoadU(d, window + n + lag));
      // The angles of sample n are those of lag 2 n; half a period on, the first changes its sign.
      const std::size_t once = n % (kLags / 2);
      const double sign1 = n < kLags / 2 ? 1 : -1;
      plain = hn::Add(plain, product);
      re1 = hn::MulAdd(product, hn::Set(d, sign1 * tables.cos1[2 * once]), re1);
      im1 = hn::MulAdd(product, hn::Set(d, sign1 * tables.sin1[2 * once]), im1);
      re2 = hn::MulAdd(product, hn::Set(d, tables.cos2[2 * once]), re2);
      im2 = hn::MulAdd(product, hn::Set(d, tables.sin2[2 * once]), im2);
    }
    const V cos1 = hn::Load(d, tables.cos1.data() + lag);
    const V sin1 = hn::Load(d, tables.sin1.data() + lag);
    const V cos2 = hn::Load(d, tables.cos2.data() + lag);
    const V sin2 = hn::Load(d, tables.sin2.data() + lag);
    const V turned1 = hn::NegMulAdd(im1, sin1, hn::Mul(re1, cos1));
    const V turned2 = hn::NegMulAdd(im2, sin2, hn::Mul(re2, cos2));
    hn::Store(plain, d, sums.plain.data() + lag);
    hn::Store(turned1, d, sums.re1.data() + lag);
    hn::Store(hn::MulAdd(re1, sin1, hn::Mul(im1, cos1)), d, sums.im1.data() + lag);
    hn::Store(turned2, d, sums.re2.data() + lag);
    hn::Store(hn::MulAdd(re2, sin2, hn::Mul(im2, cos2)), d, sums.im2.data() + lag);
    store_row(combine(tables, lag, plain, turned1, turned2), lag, gain, row);
  }
}

}  // namespace resonance::features::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::features {
namespace {

constexpr std::size_t kStepsAtOnce = 16;
constexpr double kSmallestShare =
    1e-7;  // of the energy that the sums have seen: a double's error times it is 1e-9

HWY_EXPORT(energy_of);
HWY_EXPORT(slide);
HWY_EXPORT(sum_anew);

}  // namespace

SlidingAutocorrelation::SlidingAutocorrelation() {
  for (auto* sums : {&sums_.plain, &sums_.re1, &sums_.im1, &sums_.re2, &sums_.im2}) sums->resize(kWindow);
  constexpr double kAngle = std::numbers::pi / kWindow;
  for (std::size_t i = 0; i < kWindow; ++i) {
    const double angle = static_cast<double>(i) * kAngle;
    tables_.cos1.push_back(std::cos(angle));
    tables_.sin1.push_back(std::sin(angle));
    tables_.cos2.push_back(std::cos(2 * angle));
    tables_.sin2.push_back(std::sin(2 * angle));
    // Four times w[n] w[n + l] is 1 + cos(2 l a) / 2 - 2 cos(l a) cos((2 n + l) a) + cos(2 (2 n + l) a) / 2;
    // a row is divided by its first value, so that a common factor, here two, is free.
    tables_.plain_factor.push_back(2 + std::cos(2 * angle));
    tables_.factor1.push_back(-4 * std::cos(angle));
    const double hann = 0.5 - 0.5 * std::cos(2 * angle);
    tables_.squared_window.push_back(hann * hann);
  }
}

void SlidingAutocorrelation::process(std::span<const double> samples, std::span<float> rows) {
  const std::size_t frames = rows.size() / kWindow;
  assert(samples.size() == frames + kWindow);
  std::size_t done = 0;
  const auto slide_to = [&](std::size_t frame) {
    while (done < frame) {
      const std::size_t steps = std::min(frame - done, kStepsAtOnce);
      HWY_DYNAMIC_DISPATCH(slide)
      (tables_, sums_, samples.data() + done, steps, rows.data() + done * kWindow);
      done += steps;
    }
  };
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const auto window = samples.subspan(frame + 1, kWindow);
    const Energy energy = HWY_DYNAMIC_DISPATCH(energy_of)(tables_, window.data());
    loudest_ = std::max(loudest_, energy.plain);
    if (started_ && energy.weighted >= kSmallestShare * loudest_) continue;
    slide_to(frame);
    std::array<double, 2 * kWindow> padded{};
    std::ranges::copy(window, padded.begin());
    HWY_DYNAMIC_DISPATCH(sum_anew)(tables_, padded.data(), sums_, rows.data() + frame * kWindow);
    done = frame + 1;
    loudest_ = energy.plain;
    started_ = true;
  }
  slide_to(frames);
}

std::array<double, SlidingAutocorrelation::kWindow> windowed_autocorrelation(std::span<const double> window) {
  constexpr std::size_t kWindow = SlidingAutocorrelation::kWindow;
  std::array<double, kWindow> windowed{};
  std::array<double, kWindow> row{};
  for (std::size_t i = 0; i < kWindow; ++i) {
    windowed[i] = window[i] * (0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / kWindow));
  }
  for (std::size_t lag = 0; lag < kWindow; ++lag) {
    for (std::size_t n = 0; n + lag < kWindow; ++n) row[lag] += windowed[n] * windowed[n + lag];
  }
  const double first = row[0];
  for (double& value : row) value = first > 0 ? value / first : 0;
  return row;
}

}  // namespace resonance::features
#endif  // HWY_ONCE
