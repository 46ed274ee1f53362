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

void apply_filterbank(std::span<const Filterbank::Segment> segments, const float* weights,
                      const float* bin_rows, float* out) {
  const hn::CappedTag<float, 16> d;
  for (std::size_t lane = 0; lane < kTileFrames; lane += hn::Lanes(d)) {
    for (auto segment = segments.begin(); segment != segments.end();) {
      const auto filter = segment->filter;
      auto even = hn::Zero(d);
      auto odd = hn::Zero(d);
      for (; segment != segments.end() && segment->filter == filter; ++segment) {
        const float* weight = weights + segment->first_weight;
        const float* row = bin_rows + segment->first_bin * kTileFrames + lane;
        std::uint32_t i = 0;
        for (; i + 2 <= segment->count; i += 2) {
          even = hn::MulAdd(hn::Set(d, weight[i]), hn::Load(d, row + i * kTileFrames), even);
          odd = hn::MulAdd(hn::Set(d, weight[i + 1]), hn::Load(d, row + (i + 1) * kTileFrames), odd);
        }
        if (i < segment->count)
          even = hn::MulAdd(hn::Set(d, weight[i]), hn::Load(d, row + i * kTileFrames), even);
      }
      hn::Store(hn::Add(even, odd), d, out + filter * kTileFrames + lane);
    }
  }
}

}  // namespace resonance::features::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resonance::features {
namespace {

HWY_EXPORT(apply_filterbank);

}  // namespace

Filterbank::Filterbank(const Matrix& weights, float negligible) : filters_(weights.rows()) {
  assert(weights.cols() == kBins);
  std::vector<float> smallest(kBins);
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    for (std::size_t filter = 0; filter < filters_; ++filter) {
      smallest[bin] = std::max(smallest[bin], negligible * weights(filter, bin));
    }
  }
  for (std::size_t filter = 0; filter < filters_; ++filter) {
    const auto row = weights.row(filter);
    const std::size_t before = segments_.size();
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      if (row[bin] <= smallest[bin]) continue;
      const bool adjacent =
          segments_.size() > before && segments_.back().first_bin + segments_.back().count == bin;
      if (!adjacent) {
        segments_.push_back({static_cast<std::uint32_t>(filter), static_cast<std::uint32_t>(bin),
                             static_cast<std::uint32_t>(weights_.size()), 0});
      }
      ++segments_.back().count;
      weights_.push_back(row[bin]);
    }
    if (segments_.size() == before) segments_.push_back({static_cast<std::uint32_t>(filter), 0, 0, 0});
  }
}

void Filterbank::apply(std::span<const float> bin_rows, std::span<float> out) const {
  assert(bin_rows.size() == kTileSize && out.size() == filters_ * kTileFrames);
  HWY_DYNAMIC_DISPATCH(apply_filterbank)(segments_, weights_.data(), bin_rows.data(), out.data());
}

void Filterbank::apply_scalar(std::span<const float> bin_rows, std::span<float> out) const {
  std::ranges::fill(out, 0.0F);
  for (const Segment& segment : segments_) {
    for (std::size_t i = 0; i < segment.count; ++i) {
      for (std::size_t frame = 0; frame < kTileFrames; ++frame) {
        out[segment.filter * kTileFrames + frame] +=
            weights_[segment.first_weight + i] * bin_rows[(segment.first_bin + i) * kTileFrames + frame];
      }
    }
  }
}

}  // namespace resonance::features
#endif  // HWY_ONCE
