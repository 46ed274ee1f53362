#include "resonance/features/hpss.h"

#include "resonance/features/running_median.h"
#include "resonance/features/spectrum_kernels.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace resonance::features {
namespace {

constexpr std::int64_t kTile = kTileFrames;
constexpr std::int64_t kReach = kHpssKernel / 2;
constexpr std::size_t kFirstBinRow = 16;

// scipy's mode "reflect" (d c b a | a b c d | d c b a), repeated as often as a short signal needs.
std::int64_t mirrored(std::int64_t index, std::int64_t size) {
  const std::int64_t period = 2 * size;
  const std::int64_t folded = (index % period + period) % period;
  return folded < size ? folded : period - 1 - folded;
}

void mirror_bins(std::span<float> padded) {
  const auto row = [&](std::size_t index) { return padded.subspan(index * kTileFrames, kTileFrames); };
  constexpr std::size_t kEnd = kFirstBinRow + kBins;
  for (std::size_t i = 0; i < kReach; ++i) {
    std::ranges::copy(row(kFirstBinRow + i), row(kFirstBinRow - 1 - i).begin());
    std::ranges::copy(row(kEnd - 1 - i), row(kEnd + i).begin());
  }
}

}  // namespace

Hpss::Hpss()
    : median_over_time_(kTileSize),
      padded_power_(kPaddedBinRows * kTileFrames),
      harmonic_(kTileSize),
      percussive_(kTileSize) {
  for (AlignedFloats& tile : tiles_) tile.resize(kTileSize);
}

std::optional<HpssTile> Hpss::accept(std::size_t frames) {
  assert(frames > 0 && frames <= kTileFrames);
  const bool first = first_of_next_ == 0;
  frames_ += static_cast<std::int64_t>(frames);
  for (std::int64_t frame = frames_; frame < first_of_next_ + kTile; ++frame) copy_mirrored(frame);
  if (first) {
    for (std::int64_t frame = -kReach; frame < 0; ++frame) copy_mirrored(frame);
  }
  std::optional<HpssTile> tile;
  if (!first) tile = separate(kTileFrames);
  std::rotate(tiles_.begin(), tiles_.begin() + 1, tiles_.end());
  frames_in_current_ = frames;
  first_of_next_ += kTile;
  return tile;
}

std::optional<HpssTile> Hpss::finish() {
  if (frames_ == 0) return std::nullopt;
  for (std::int64_t frame = first_of_next_; frame < frames_ + kReach; ++frame) copy_mirrored(frame);
  return separate(frames_in_current_);
}

std::span<float> Hpss::row_of(std::int64_t frame) {
  const auto offset = static_cast<std::size_t>(frame - (first_of_next_ - 2 * kTile));
  return std::span(tiles_[offset / kTileFrames]).subspan(offset % kTileFrames * kRowStride, kRowStride);
}

// Beyond what any median of a valid frame needs, a mirrored frame may be older than the three tiles: then it
// is left as it is.
void Hpss::copy_mirrored(std::int64_t frame) {
  const std::int64_t source = mirrored(frame, frames_);
  if (source >= first_of_next_ - 2 * kTile) std::ranges::copy(row_of(source), row_of(frame).begin());
}

HpssTile Hpss::separate(std::size_t frames) {
  const std::span<float> power = std::span(padded_power_).subspan(kFirstBinRow * kTileFrames, kTileSize);
  median_over_time({.previous = tiles_[0], .current = tiles_[1], .next = tiles_[2]}, median_over_time_);
  transpose_to_bin_rows(median_over_time_, kRowStride, harmonic_);
  transpose_to_bin_rows(tiles_[1], kRowStride, power);
  mirror_bins(padded_power_);
  median_over_frequency(padded_power_, percussive_);
  apply_soft_masks(power, harmonic_, percussive_);
  return {.first_frame = first_of_next_ - kTile,
          .frames = frames,
          .power = power,
          .harmonic = harmonic_,
          .percussive = percussive_};
}

}  // namespace resonance::features
