#include "resonance/features/running_median.h"

#include <algorithm>
#include <array>
#include <cassert>

// Sixteen consecutive windows of 31 rows share 16 rows, each half of them 24, each quarter 28, each pair 30.
// The shared rows are sorted once; going down, the rows that a part shares in addition are merged in, and
// only the ranks that can still be the median are kept: 16, then 8, 4, 2, then the median itself. All of it
// is min and max over vectors whose lanes are independent columns; some 32 of them a median.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resonance/features/running_median.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resonance::features::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class V>
HWY_INLINE void order(V& low, V& high) {
  const V smaller = hn::Min(low, high);
  high = hn::Max(low, high);
  low = smaller;
}

template <class V>
HWY_INLINE void sort4(V* v) {
  order(v[0], v[1]);
  order(v[2], v[3]);
  order(v[0], v[2]);
  order(v[1], v[3]);
  order(v[1], v[2]);
}

// Batcher's odd-even merge of two sorted fours.
template <class V>
HWY_INLINE void merge_fours(V* v) {
  order(v[0], v[4]);
  order(v[1], v[5]);
  order(v[2], v[6]);
  order(v[3], v[7]);
  order(v[2], v[4]);
  order(v[3], v[5]);
  order(v[1], v[2]);
  order(v[3], v[4]);
  order(v[5], v[6]);
}

// Batcher's odd-even merge of two sorted eights.
template <class V>
HWY_INLINE void merge_eights(V* v) {
  order(v[0], v[8]);
  order(v[1], v[9]);
  order(v[2], v[10]);
  order(v[3], v[11]);
  order(v[4], v[12]);
  order(v[5], v[13]);
  order(v[6], v[14]);
  order(v[7], v[15]);
  order(v[4], v[8]);
  order(v[5], v[9]);
  order(v[6], v[10]);
  order(v[7], v[11]);
  order(v[2], v[4]);
  order(v[3], v[5]);
  order(v[6], v[8]);
  order(v[7], v[9]);
  order(v[10], v[12]);
  order(v[11], v[13]);
  order(v[1], v[2]);
  order(v[3], v[4]);
  order(v[5], v[6]);
  order(v[7], v[8]);
  order(v[9], v[10]);
  order(v[11], v[12]);
  order(v[13], v[14]);
}

template <class V>
HWY_INLINE void sort_bitonic4(V* v) {
  order(v[0], v[2]);
  order(v[1], v[3]);
  order(v[0], v[1]);
  order(v[2], v[3]);
}

template <class V>
HWY_INLINE void sort_bitonic8(V* v) {
  order(v[0], v[4]);
  order(v[1], v[5]);
  order(v[2], v[6]);
  order(v[3], v[7]);
  sort_bitonic4(v);
  sort_bitonic4(v + 4);
}

// The middle 8 ranks of 16 sorted and 8 sorted, sorted.
template <class V>
HWY_INLINE void keep_middle8(const V* sixteen, const V* eight, V* kept) {
  V upper[8];
  upper[0] = hn::Max(sixteen[0], eight[7]);
  upper[1] = hn::Max(sixteen[1], eight[6]);
  upper[2] = hn::Max(sixteen[2], eight[5]);
  upper[3] = hn::Max(sixteen[3], eight[4]);
  upper[4] = hn::Max(sixteen[4], eight[3]);
  upper[5] = hn::Max(sixteen[5], eight[2]);
  upper[6] = hn::Max(sixteen[6], eight[1]);
  upper[7] = hn::Max(sixteen[7], eight[0]);
  sort_bitonic8(upper);
  kept[0] = hn::Min(upper[0], sixteen[15]);
  kept[1] = hn::Min(upper[1], sixteen[14]);
  kept[2] = hn::Min(upper[2], sixteen[13]);
  kept[3] = hn::Min(upper[3], sixteen[12]);
  kept[4] = hn::Min(upper[4], sixteen[11]);
  kept[5] = hn::Min(upper[5], sixteen[10]);
  kept[6] = hn::Min(upper[6], sixteen[9]);
  kept[7] = hn::Min(upper[7], sixteen[8]);
  sort_bitonic8(kept);
}

// The middle 4 ranks of 8 sorted and 4 sorted, sorted.
template <class V>
HWY_INLINE void keep_middle4(const V* eight, const V* four, V* kept) {
  V upper[4];
  upper[0] = hn::Max(eight[0], four[3]);
  upper[1] = hn::Max(eight[1], four[2]);
  upper[2] = hn::Max(eight[2], four[1]);
  upper[3] = hn::Max(eight[3], four[0]);
  sort_bitonic4(upper);
  kept[0] = hn::Min(upper[0], eight[7]);
  kept[1] = hn::Min(upper[1], eight[6]);
  kept[2] = hn::Min(upper[2], eight[5]);
  kept[3] = hn::Min(upper[3], eight[4]);
  sort_bitonic4(kept);
}

// The median of each window of a pair: the middle of (4 sorted, the two rows both share, the row each has
// alone).
template <class V>
HWY_INLINE void finish_pair(const V* four, V shared_a, V shared_b, V first_only, V second_only, V& first,
                            V& second) {
  order(shared_a, shared_b);
  V low = hn::Max(four[0], shared_b);
  V high = hn::Max(four[1], shared_a);
  order(low, high);
  low = hn::Min(low, four[3]);
  high = hn::Min(high, four[2]);
  order(low, high);
  first = hn::Max(low, hn::Min(first_only, high));
  second = hn::Max(low, hn::Min(second_only, high));
}

// Medians of the windows 4 * kQuarter ... + 3 of a block; `row(i)` is row i of the 48, block at 16.
template <int kQuarter, class V, class Row, class Store>
HWY_INLINE void finish_quarter(const V* eight, const V* four, Row row, Store store) {
  constexpr int kFirst = 4 * kQuarter;
  V kept[4];
  keep_middle4(eight, four, kept);
  V first;
  V second;
  finish_pair(kept, row(kFirst + 2), row(kFirst + 3), row(kFirst + 1), row(kFirst + 32), first, second);
  store(kFirst, first);
  store(kFirst + 1, second);
  finish_pair(kept, row(kFirst + 32), row(kFirst + 33), row(kFirst + 3), row(kFirst + 34), first, second);
  store(kFirst + 2, first);
  store(kFirst + 3, second);
}

template <int kFirstRow, class V, class Row>
HWY_INLINE void load_sorted4(Row row, V* v) {
  v[0] = row(kFirstRow);
  v[1] = row(kFirstRow + 1);
  v[2] = row(kFirstRow + 2);
  v[3] = row(kFirstRow + 3);
  sort4(v);
}

// Medians of the 16 windows of 31 rows centred on rows 16 ... 31 of the 48 that `row` gives.
template <class V, class Row, class Store>
HWY_INLINE void median_block(Row row, Store store) {
  V core[16];
  load_sorted4<16>(row, core);
  load_sorted4<20>(row, core + 4);
  load_sorted4<24>(row, core + 8);
  load_sorted4<28>(row, core + 12);
  merge_fours(core);
  merge_fours(core + 8);
  merge_eights(core);

  V before[8];  // rows 8 ... 15
  V after[8];   // rows 32 ... 39
  V four[4];
  V kept[8];
  load_sorted4<8>(row, before);
  load_sorted4<12>(row, before + 4);
  load_sorted4<32>(row, after);
  load_sorted4<36>(row, after + 4);
  const V before_last4[4] = {before[4], before[5], before[6], before[7]};
  const V after_first4[4] = {after[0], after[1], after[2], after[3]};
  merge_fours(before);
  keep_middle8(core, before, kept);
  load_sorted4<4>(row, four);
  finish_quarter<0>(kept, four, row, store);
  finish_quarter<1>(kept, after_first4, row, store);
  merge_fours(after);
  keep_middle8(core, after, kept);
  finish_quarter<2>(kept, before_last4, row, store);
  load_sorted4<40>(row, four);
  finish_quarter<3>(kept, four, row, store);
}

void median_over_time(const TileNeighbourhood& tiles, std::span<float> medians) {
  const hn::CappedTag<float, 16> d;
  using V = hn::Vec<decltype(d)>;
  const float* previous = tiles.previous.data();
  const float* current = tiles.current.data();
  const float* next = tiles.next.data();
  float* out = medians.data();
  for (std::size_t bin = 0; bin < kRowStride; bin += hn::Lanes(d)) {
    const auto row = [=](int i) HWY_ATTR {
      const float* tile = i < 16 ? previous : (i < 32 ? current : next);
      return hn::Load(d, tile + static_cast<std::size_t>(i % 16) * kRowStride + bin);
    };
    const auto store = [=](int i, V v) HWY_ATTR {
      hn::Store(v, d, out + static_cast<std::size_t>(i) * kRowStride + bin);
    };
    median_block<V>(row, store);
  }
}

void median_over_frequency(std::span<const float> padded, std::span<float> medians) {
  const hn::CappedTag<float, 16> d;
  using V = hn::Vec<decltype(d)>;
  for (std::size_t bin = 0; bin < kRowStride; bin += 16) {
    for (std::size_t frame = 0; frame < kTileFrames; frame += hn::Lanes(d)) {
      const float* in = padded.data() + bin * kTileFrames + frame;
      float* out = medians.data() + bin * kTileFrames + frame;
      const auto row = [=](int i)
                           HWY_ATTR { return hn::Load(d, in + static_cast<std::size_t>(i) * kTileFrames); };
      const auto store = [=](int i, V v)
                             HWY_ATTR { hn::Store(v, d, out + static_cast<std::size_t>(i) * kTileFrames); };
      median_block<V>(row, store);
    }
  }
}

}  // namespace resonance::features::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::features {
namespace {

HWY_EXPORT(median_over_time);
HWY_EXPORT(median_over_frequency);

}  // namespace

void median_over_time(const TileNeighbourhood& tiles, std::span<float> medians) {
  assert(medians.size() == kTileSize);
  HWY_DYNAMIC_DISPATCH(median_over_time)(tiles, medians);
}

void median_over_frequency(std::span<const float> padded, std::span<float> medians) {
  assert(padded.size() == kPaddedBinRows * kTileFrames && medians.size() == kTileSize);
  HWY_DYNAMIC_DISPATCH(median_over_frequency)(padded, medians);
}

namespace scalar {
namespace {

float median_of(std::array<float, kHpssKernel> window) {
  const auto middle = window.begin() + kHpssKernel / 2;
  std::nth_element(window.begin(), middle, window.end());
  return *middle;
}

}  // namespace

void median_over_time(const TileNeighbourhood& tiles, std::span<float> medians) {
  std::array<float, kHpssKernel> window{};
  for (std::size_t frame = 0; frame < kTileFrames; ++frame) {
    for (std::size_t bin = 0; bin < kRowStride; ++bin) {
      for (std::size_t i = 0; i < window.size(); ++i) {
        const std::size_t row = frame + 1 + i;
        const auto& tile = row < 16 ? tiles.previous : (row < 32 ? tiles.current : tiles.next);
        window[i] = tile[row % 16 * kRowStride + bin];
      }
      medians[frame * kRowStride + bin] = median_of(window);
    }
  }
}

void median_over_frequency(std::span<const float> padded, std::span<float> medians) {
  std::array<float, kHpssKernel> window{};
  for (std::size_t bin = 0; bin < kRowStride; ++bin) {
    for (std::size_t frame = 0; frame < kTileFrames; ++frame) {
      for (std::size_t i = 0; i < window.size(); ++i) window[i] = padded[(bin + 1 + i) * kTileFrames + frame];
      medians[bin * kTileFrames + frame] = median_of(window);
    }
  }
}

}  // namespace scalar
}  // namespace resonance::features
#endif  // HWY_ONCE
