#pragma once

#include "resonance/core/feature_block.h"
#include "resonance/core/feature_contract.h"
#include "resonance/features/feature_extractor.h"

#include <algorithm>
#include <span>
#include <vector>

namespace resonance::testing {

/// All features of a signal, pushed in blocks of `block_samples`, joined to one block.
inline FeatureBlock extract(std::span<const float> samples, std::size_t block_samples,
                            features::FeatureExtractor& extractor) {
  std::vector<FeatureBlock> blocks;
  const auto drain = [&] {
    while (auto block = extractor.next()) blocks.push_back(std::move(*block));
  };
  for (std::size_t i = 0; i < samples.size(); i += block_samples) {
    extractor.push(samples.subspan(i, std::min(block_samples, samples.size() - i)));
    drain();
  }
  extractor.finish();
  drain();

  std::size_t frames = 0;
  for (const FeatureBlock& block : blocks) frames += block.frames();
  FeatureBlock whole{.first_frame = 0,
                     .log_mel = Matrix(frames, kMelBands),
                     .chroma = Matrix(frames, kChromaBins),
                     .onset = {},
                     .loudness = {},
                     .tempogram = Matrix(frames, kTempogramLags),
                     .pitch_peaks = std::vector<float>(std::size_t{kPitchPeakHistograms} * kPitchPeakBins)};
  std::size_t row = 0;
  const auto copy = [&](const Matrix& from, Matrix& to) {
    std::ranges::copy(from.values(), to.values().subspan(row * to.cols()).begin());
  };
  for (const FeatureBlock& block : blocks) {
    copy(block.log_mel, whole.log_mel);
    copy(block.chroma, whole.chroma);
    copy(block.tempogram, whole.tempogram);
    whole.onset.insert(whole.onset.end(), block.onset.begin(), block.onset.end());
    whole.loudness.insert(whole.loudness.end(), block.loudness.begin(), block.loudness.end());
    for (std::size_t i = 0; i < block.pitch_peaks.size(); ++i) whole.pitch_peaks[i] += block.pitch_peaks[i];
    row += block.frames();
  }
  return whole;
}

inline FeatureBlock extract(std::span<const float> samples, std::size_t block_samples = 4096) {
  features::FeatureExtractor extractor;
  return extract(samples, block_samples, extractor);
}

}  // namespace resonance::testing
