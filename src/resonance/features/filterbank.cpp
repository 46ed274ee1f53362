#include "resonance/features/filterbank.h"

#include <algorithm>
#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resonance/features/filterbank.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resonance::features::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Adds a run of known width to `out`, for as many frames at a time as two vectors hold.
template <std::size_t kWidth>
HWY_INLINE void add_run(const Filterbank::Run& run, std::size_t filters, const float* weights,
                        const float* bin_rows, float* out) {
  const hn::CappedTag<float, 8> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t frame = 0; frame < kTileFrames; frame += 2 * lanes) {
    V low[kWidth];
    V high[kWidth];
    for (std::size_t i = 0; i < kWidth; ++i) low[i] = high[i] = hn::Zero(d);
    const float* weight = weights + run.first_weight;
    const float* row = bin_rows + run.first_bin * kTileFrames + frame;
    for (std::uint32_t bin = 0; bin < run.bins; ++bin, weight += kWidth, row += kTileFrames) {
      const V low_power = hn::Load(d, row);
      const V high_power = hn::Load(d, row + lanes);
      for (std::size_t i = 0; i < kWidth; ++i) {
        const V w = hn::Set(d, weight[i]);
        low[i] = hn::MulAdd(w, low_power, low[i]);
        high[i] = hn::MulAdd(w, high_power, high[i]);
      }
    }
    for (std::size_t i = 0; i < kWidth; ++i) {
      float* sum = out + (run.first_filter + i) % filters * kTileFrames + frame;
      hn::Store(hn::Add(hn::Load(d, sum), low[i]), d, sum);
      hn::Store(hn::Add(hn::Load(d, sum + lanes), high[i]), d, sum + lanes);
    }
  }
}

void add_runs(std::span<const Filterbank::Run> runs, std::size_t filters, const float* weights,
              const float* bin_rows, float* out) {
  static_assert(Filterbank::kMaxWidth == 6);
  for (const Filterbank::Run& run : runs) {
    switch (run.width) {
      case 1:
        add_run<1>(run, filters, weights, bin_rows, out);
        break;
      case 2:
        add_run<2>(run, filters, weights, bin_rows, out);
        break;
      case 3:
        add_run<3>(run, filters, weights, bin_rows, out);
        break;
      case 4:
        add_run<4>(run, filters, weights, bin_rows, out);
        break;
      case 5:
        add_run<5>(run, filters, weights, bin_rows, out);
        break;
      default:
        add_run<6>(run, filters, weights, bin_rows, out);
    }
  }
}

}  // namespace resonance::features::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::features {
namespace {

HWY_EXPORT(add_runs);

// Neighbouring filters, mod F.
struct Filters {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// The fewest neighbouring filters that hold all of a bin's weights above `smallest`.
Filters filters_of(const Matrix& weights, std::size_t bin, float smallest) {
  const auto all = static_cast<std::uint32_t>(weights.rows());
  std::uint32_t gap = 0;  // the longest run of filters without weight, and the filter after it
  std::uint32_t after = 0;
  std::uint32_t empty = 0;
  for (std::uint32_t i = 0; i < 2 * all && empty < all; ++i) {
    empty = weights(i % all, bin) > smallest ? 0 : empty + 1;
    if (empty > gap) {
      gap = empty;
      after = (i + 1) % all;
    }
  }
  return {.first = after, .count = all - gap};
}

Filters joined(const Filters& a, const Filters& b, std::uint32_t all) {
  const auto around = [all](const Filters& first, const Filters& second) {
    const std::uint32_t offset = (second.first + all - first.first) % all;
    return Filters{.first = first.first,
                   .count = std::min(all, std::max(first.count, offset + second.count))};
  };
  const Filters from_a = around(a, b);
  const Filters from_b = around(b, a);
  return from_a.count <= from_b.count ? from_a : from_b;
}

}  // namespace

Filterbank::Filterbank(const Matrix& weights, float negligible) : filters_(weights.rows()) {
  assert(weights.cols() == kBins);
  const auto all = static_cast<std::uint32_t>(filters_);
  std::uint32_t run_start = 0;
  Filters run;
  for (std::uint32_t bin = 0; bin < kBins; ++bin) {
    float largest = 0;
    for (std::size_t filter = 0; filter < filters_; ++filter)
      largest = std::max(largest, weights(filter, bin));
    const Filters filters = filters_of(weights, bin, negligible * largest);
    const std::uint32_t bins = bin - run_start;
    const Filters both = bins == 0 ? filters : joined(run, filters, all);
    // A product by zero costs as much as any; a run of its own costs two products a filter for its sums.
    if (bins == 0 || both.count * (bins + 1) <= run.count * bins + 3 * filters.count) {
      run = both;
      continue;
    }
    add_runs(weights, run_start, bin, run.first, run.count);
    run_start = bin;
    run = filters;
  }
  add_runs(weights, run_start, kBins, run.first, run.count);
}

void Filterbank::add_runs(const Matrix& weights, std::uint32_t first_bin, std::uint32_t end_bin,
                          std::uint32_t first_filter, std::uint32_t width) {
  for (std::uint32_t done = 0; done < width; done += kMaxWidth) {
    const std::uint32_t part = std::min(kMaxWidth, width - done);
    const auto filter = (first_filter + done) % static_cast<std::uint32_t>(filters_);
    runs_.push_back({.first_bin = first_bin,
                     .bins = end_bin - first_bin,
                     .first_filter = filter,
                     .width = part,
                     .first_weight = static_cast<std::uint32_t>(weights_.size())});
    for (std::uint32_t bin = first_bin; bin < end_bin; ++bin) {
      for (std::uint32_t i = 0; i < part; ++i) weights_.push_back(weights((filter + i) % filters_, bin));
    }
  }
}

void Filterbank::apply(std::span<const float> bin_rows, std::span<float> out) const {
  assert(bin_rows.size() == kTileSize && out.size() == filters_ * kTileFrames);
  std::ranges::fill(out, 0.0F);
  HWY_DYNAMIC_DISPATCH(add_runs)(runs_, filters_, weights_.data(), bin_rows.data(), out.data());
}

void Filterbank::apply_scalar(std::span<const float> bin_rows, std::span<float> out) const {
  std::ranges::fill(out, 0.0F);
  for (const Run& run : runs_) {
    for (std::uint32_t bin = 0; bin < run.bins; ++bin) {
      for (std::uint32_t i = 0; i < run.width; ++i) {
        const float weight = weights_[run.first_weight + bin * run.width + i];
        const std::size_t row = (run.first_bin + bin) * kTileFrames;
        const std::size_t sum = (run.first_filter + i) % filters_ * kTileFrames;
        for (std::size_t frame = 0; frame < kTileFrames; ++frame)
          out[sum + frame] += weight * bin_rows[row + frame];
      }
    }
  }
}

}  // namespace resonance::features
#endif  // HWY_ONCE
