#include "resonance/index/vector_kernels.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resonance/index/vector_kernels.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resonance::index::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kPartialSums = 16;

double sum_of(const double* sums) {
  double left[8];
  for (std::size_t i = 0; i < 8; ++i) left[i] = sums[i] + sums[i + 8];
  for (std::size_t i = 0; i < 4; ++i) left[i] += left[i + 4];
  return (left[0] + left[2]) + (left[1] + left[3]);
}

double inner_product(const float* a, const float* b, std::size_t count) {
  const hn::CappedTag<double, 8> wide;
  const hn::Rebind<float, decltype(wide)> narrow;
  using V = hn::Vec<decltype(wide)>;
  constexpr std::size_t kLanes = hn::MaxLanes(wide);
  constexpr std::size_t kVectors = kPartialSums / kLanes;
  V sums[kVectors];
  for (V& sum : sums) sum = hn::Zero(wide);
  std::size_t at = 0;
  for (; at + kPartialSums <= count; at += kPartialSums) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto left = hn::PromoteTo(wide, hn::LoadU(narrow, a + at + v * kLanes));
      const auto right = hn::PromoteTo(wide, hn::LoadU(narrow, b + at + v * kLanes));
      sums[v] = hn::MulAdd(left, right, sums[v]);
    }
  }
  HWY_ALIGN double partial[kPartialSums];
  for (std::size_t v = 0; v < kVectors; ++v) hn::Store(sums[v], wide, partial + v * kLanes);
  for (std::size_t i = 0; at + i < count; ++i) {
    partial[i] += static_cast<double>(a[at + i]) * static_cast<double>(b[at + i]);
  }
  return sum_of(partial);
}

// kRows rows at a time share the loads of the query and hide the latency of the additions.
template <std::size_t kRows>
HWY_INLINE void products_of_rows(const std::int8_t* codes, const std::int16_t* query, std::size_t size,
                                 std::int32_t* products) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  using V = hn::Vec<decltype(d32)>;
  V low[kRows];
  V high[kRows];
  for (std::size_t r = 0; r < kRows; ++r) low[r] = high[r] = hn::Zero(d32);
  for (std::size_t at = 0; at < size; at += hn::Lanes(d16)) {
    const auto q = hn::LoadU(d16, query + at);
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto row = hn::PromoteTo(d16, hn::LoadU(d8, codes + r * size + at));
      low[r] = hn::ReorderWidenMulAccumulate(d32, row, q, low[r], high[r]);
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    products[r] = hn::GetLane(hn::SumOfLanes(d32, hn::Add(low[r], high[r])));
  }
}

void code_products(const std::int8_t* codes, const std::int16_t* query, std::size_t size,
                   std::int32_t* products, std::size_t rows) {
  constexpr std::size_t kRows = 4;
  std::size_t row = 0;
  for (; row + kRows <= rows; row += kRows) {
    products_of_rows<kRows>(codes + row * size, query, size, products + row);
  }
  for (; row < rows; ++row) products_of_rows<1>(codes + row * size, query, size, products + row);
}

void code_products_of(const std::int8_t* codes, const std::int16_t* query, std::size_t size,
                      std::int32_t* products, const std::uint32_t* rows, std::size_t count) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  constexpr std::size_t kAhead = 4;
  const auto fetch = [=](std::size_t i) HWY_ATTR {
    const std::int8_t* row = codes + rows[i] * size;
    for (std::size_t at = 0; at < size; at += 64) hwy::Prefetch(row + at);
  };
  for (std::size_t i = 0; i < std::min(kAhead, count); ++i) fetch(i);
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) fetch(i + kAhead);
    const std::int8_t* row = codes + rows[i] * size;
    auto low = hn::Zero(d32);
    auto high = hn::Zero(d32);
    auto low2 = hn::Zero(d32);
    auto high2 = hn::Zero(d32);
    const std::size_t lanes = hn::Lanes(d16);
    for (std::size_t at = 0; at < size; at += 2 * lanes) {
      low = hn::ReorderWidenMulAccumulate(d32, hn::PromoteTo(d16, hn::LoadU(d8, row + at)),
                                          hn::LoadU(d16, query + at), low, high);
      low2 = hn::ReorderWidenMulAccumulate(d32, hn::PromoteTo(d16, hn::LoadU(d8, row + at + lanes)),
                                           hn::LoadU(d16, query + at + lanes), low2, high2);
    }
    products[i] = hn::GetLane(hn::SumOfLanes(d32, hn::Add(hn::Add(low, high), hn::Add(low2, high2))));
  }
}

std::int32_t code_product(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  auto low = hn::Zero(d32);
  auto high = hn::Zero(d32);
  for (std::size_t at = 0; at < size; at += hn::Lanes(d16)) {
    low = hn::ReorderWidenMulAccumulate(d32, hn::PromoteTo(d16, hn::LoadU(d8, a + at)),
                                        hn::PromoteTo(d16, hn::LoadU(d8, b + at)), low, high);
  }
  return hn::GetLane(hn::SumOfLanes(d32, hn::Add(low, high)));
}

std::size_t find_not_below(const float* values, std::size_t from, std::size_t count, float threshold) {
  const hn::ScalableTag<float> d;
  const auto limit = hn::Set(d, threshold);
  const std::size_t lanes = hn::Lanes(d);
  for (; from + lanes <= count; from += lanes) {
    const auto below = hn::Lt(hn::LoadU(d, values + from), limit);
    if (!hn::AllTrue(d, below)) {
      return from + static_cast<std::size_t>(hn::FindKnownFirstTrue(d, hn::Not(below)));
    }
  }
  while (from < count && values[from] < threshold) ++from;
  return from;
}

}  // namespace resonance::index::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::index {
namespace {

HWY_EXPORT(inner_product);
HWY_EXPORT(code_products);
HWY_EXPORT(code_products_of);
HWY_EXPORT(code_product);
HWY_EXPORT(find_not_below);

}  // namespace

double inner_product(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  return HWY_DYNAMIC_DISPATCH(inner_product)(a.data(), b.data(), a.size());
}

void code_products(std::span<const std::int8_t> codes, std::span<const std::int16_t> query,
                   std::span<std::int32_t> products) {
  assert(query.size() % kCodeAlignment == 0 && codes.size() == query.size() * products.size());
  HWY_DYNAMIC_DISPATCH(code_products)
  (codes.data(), query.data(), query.size(), products.data(), products.size());
}

void code_products_of(std::span<const std::int8_t> codes, std::span<const std::uint32_t> rows,
                      std::span<const std::int16_t> query, std::span<std::int32_t> products) {
  assert(query.size() % kCodeAlignment == 0 && products.size() == rows.size());
  HWY_DYNAMIC_DISPATCH(code_products_of)
  (codes.data(), query.data(), query.size(), products.data(), rows.data(), rows.size());
}

std::int32_t code_product(std::span<const std::int8_t> a, std::span<const std::int8_t> b) {
  assert(a.size() == b.size() && a.size() % kCodeAlignment == 0);
  return HWY_DYNAMIC_DISPATCH(code_product)(a.data(), b.data(), a.size());
}

std::int32_t query_code_limit(std::size_t dimensions) {
  constexpr std::int64_t kMaxSum = std::numeric_limits<std::int32_t>::max();
  const std::int64_t limit =
      kMaxSum / (128 * static_cast<std::int64_t>(std::max<std::size_t>(dimensions, 1)));
  return static_cast<std::int32_t>(std::min<std::int64_t>(limit, std::numeric_limits<std::int16_t>::max()));
}

std::size_t find_not_below(std::span<const float> values, std::size_t from, float threshold) {
  return HWY_DYNAMIC_DISPATCH(find_not_below)(values.data(), from, values.size(), threshold);
}

namespace scalar {

double inner_product(std::span<const float> a, std::span<const float> b) {
  std::array<double, 16> sums{};
  for (std::size_t i = 0; i < a.size(); ++i) {
    sums[i % sums.size()] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  for (std::size_t half = sums.size() / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  return sums[0];
}

void code_products(std::span<const std::int8_t> codes, std::span<const std::int16_t> query,
                   std::span<std::int32_t> products) {
  for (std::size_t row = 0; row < products.size(); ++row) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < query.size(); ++i) {
      sum += std::int32_t{codes[row * query.size() + i]} * query[i];
    }
    products[row] = sum;
  }
}

std::int32_t code_product(std::span<const std::int8_t> a, std::span<const std::int8_t> b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::int32_t{a[i]} * b[i];
  return sum;
}

std::size_t find_not_below(std::span<const float> values, std::size_t from, float threshold) {
  while (from < values.size() && values[from] < threshold) ++from;
  return from;
}

}  // namespace scalar
}  // namespace resonance::index
#endif  // HWY_ONCE
