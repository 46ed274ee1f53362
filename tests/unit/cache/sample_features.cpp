#include "sample_features.h"

#include "resonance/cache/half_planes.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>

namespace resonance::cache {
namespace {

FeatureBlock slice(const FeatureBlock& features, std::size_t first, std::size_t count) {
  FeatureBlock block;
  block.first_frame = features.first_frame + static_cast<std::int64_t>(first);
  block.log_mel = Matrix(count, kMelBands);
  block.chroma = Matrix(count, kChromaBins);
  block.pitch_peaks.resize(features.pitch_peaks.size());
  if (first == 0) block.pitch_peaks = features.pitch_peaks;
  for (std::size_t row = 0; row < count; ++row) {
    std::ranges::copy(features.log_mel.row(first + row), block.log_mel.row(row).begin());
    std::ranges::copy(features.chroma.row(first + row), block.chroma.row(row).begin());
    block.onset.push_back(features.onset[first + row]);
    block.loudness.push_back(features.loudness[first + row]);
  }
  return block;
}

void append(Matrix& to, const Matrix& from) {
  Matrix joined(to.rows() + from.rows(), from.cols());
  std::ranges::copy(to.values(), joined.values().begin());
  std::ranges::copy(from.values(), joined.values().begin() + static_cast<std::ptrdiff_t>(to.values().size()));
  to = std::move(joined);
}

bool rounded(std::span<const float> kept, std::span<const float> original) {
  if (kept.size() != original.size()) return false;
  std::vector<std::uint8_t> planes(2 * original.size());
  std::vector<float> expected(original.size());
  return split_halves(original, planes) && join_halves(planes, expected) &&
         std::ranges::equal(kept, expected);
}

}  // namespace

FeatureBlock sample_features(std::size_t frames, std::uint32_t seed, std::int64_t first_frame) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  FeatureBlock block;
  block.first_frame = first_frame;
  block.log_mel = Matrix(frames, kMelBands);
  block.chroma = Matrix(frames, kChromaBins);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const std::span<float> mel = block.log_mel.row(frame);
    for (std::size_t band = 0; band < mel.size(); ++band) {
      const float last = frame > 0 ? block.log_mel(frame - 1, band) : 20.0F - 0.4F * static_cast<float>(band);
      mel[band] = std::max(-100.0F, last + 2.0F * normal(random));
    }
    const std::span<float> chroma = block.chroma.row(frame);
    for (float& value : chroma) value = std::abs(normal(random));
    const float largest = *std::ranges::max_element(chroma);
    for (float& value : chroma) value /= largest;
    block.onset.push_back(std::max(0.0F, normal(random)));
    block.loudness.push_back(std::exp(3.0F * normal(random) - 8.0F));
  }
  block.pitch_peaks.resize(std::size_t{kPitchPeakHistograms} * kPitchPeakBins);
  for (float& value : block.pitch_peaks) value = static_cast<float>(random() % (4096 * frames + 1)) / 4096;
  return block;
}

ContentHash sample_hash(std::uint8_t number) {
  ContentHash hash;
  hash.bytes.fill(number);
  return hash;
}

void write_track(FeatureCache& cache, const ContentHash& hash, const FeatureBlock& features,
                 std::size_t block_frames) {
  const std::unique_ptr<CacheWriter> writer = cache.begin(hash);
  for (std::size_t first = 0; first < features.frames(); first += block_frames) {
    writer->push(slice(features, first, std::min(block_frames, features.frames() - first)));
  }
  writer->commit();
}

FeatureBlock read_track(const FeatureCache& cache, const ContentHash& hash) {
  FeatureBlock whole;
  whole.pitch_peaks.resize(std::size_t{kPitchPeakHistograms} * kPitchPeakBins);
  cache.load(hash, [&](const FeatureBlock& block) {
    append(whole.log_mel, block.log_mel);
    append(whole.chroma, block.chroma);
    for (std::size_t i = 0; i < whole.pitch_peaks.size(); ++i) whole.pitch_peaks[i] += block.pitch_peaks[i];
    whole.onset.insert(whole.onset.end(), block.onset.begin(), block.onset.end());
    whole.loudness.insert(whole.loudness.end(), block.loudness.begin(), block.loudness.end());
  });
  return whole;
}

bool equal_when_rounded(const FeatureBlock& kept, const FeatureBlock& original) {
  return kept.tempogram.empty() && rounded(kept.log_mel.values(), original.log_mel.values()) &&
         rounded(kept.chroma.values(), original.chroma.values()) && rounded(kept.onset, original.onset) &&
         kept.loudness == original.loudness && kept.pitch_peaks == original.pitch_peaks;
}

}  // namespace resonance::cache
