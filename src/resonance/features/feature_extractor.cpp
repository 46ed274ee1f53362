#include "resonance/features/feature_extractor.h"

#include "resonance/features/chroma.h"
#include "resonance/features/filterbank.h"
#include "resonance/features/hpss.h"
#include "resonance/features/loudness.h"
#include "resonance/features/mel_filterbank.h"
#include "resonance/features/onset_strength.h"
#include "resonance/features/pitch_peaks.h"
#include "resonance/features/row_queue.h"
#include "resonance/features/spectrum_kernels.h"
#include "resonance/features/stft.h"
#include "resonance/features/tempogram.h"

#include <algorithm>
#include <cstdint>

namespace resonance::features {
namespace {

constexpr std::size_t kMaxBlockFrames = 64;  // 126 kB: what the heap gives again without asking the system

Matrix for_scaled_power(Matrix weights) {
  for (float& weight : weights.values()) weight /= kPowerScale;
  return weights;
}

}  // namespace

struct FeatureExtractor::State {
  Stft stft;
  Hpss hpss;
  Filterbank mel{for_scaled_power(mel_weights())};
  Filterbank k_weighting{for_scaled_power(loudness_weights())};
  OnsetStrength onset_strength;
  Chroma chroma;
  TempogramStream tempogram;
  PitchPeaks pitch_peaks;

  RowQueue log_mel{kMelBands};
  RowQueue onset{1};
  RowQueue loudness{1};
  std::int64_t next_frame = 0;

  AlignedFloats bands = AlignedFloats(kMelBands * kTileFrames);
  AlignedFloats rows = AlignedFloats(kMelBands * kTileFrames);
  AlignedFloats mean_square = AlignedFloats(kTileFrames);

  void separate_what_is_ready();
  void analyse(const HpssTile& tile);
  std::span<const float> log_mel_of(std::span<const float> power, std::size_t frames);
  FeatureBlock take(std::size_t frames);
};

void FeatureExtractor::State::separate_what_is_ready() {
  while (const std::size_t frames = stft.next(hpss.input())) {
    if (const auto tile = hpss.accept(frames)) analyse(*tile);
  }
}

void FeatureExtractor::State::analyse(const HpssTile& tile) {
  log_mel.push(log_mel_of(tile.power, tile.frames));
  k_weighting.apply(tile.power, mean_square);
  loudness.push(std::span(mean_square).first(tile.frames));
  chroma.push(tile);
  pitch_peaks.push(tile.power, tile.frames);
  const std::vector<float> onsets = onset_strength.push(log_mel_of(tile.percussive, tile.frames));
  onset.push(onsets);
  tempogram.push(onsets);
}

std::span<const float> FeatureExtractor::State::log_mel_of(std::span<const float> power, std::size_t frames) {
  mel.apply(power, bands);
  power_to_db(bands);
  transpose_to_frame_rows(bands, kMelBands, rows);
  return std::span(rows).first(frames * kMelBands);
}

FeatureBlock FeatureExtractor::State::take(std::size_t frames) {
  FeatureBlock block{.first_frame = next_frame,
                     .log_mel = Matrix(frames, kMelBands),
                     .chroma = Matrix(frames, kChromaBins),
                     .onset = std::vector<float>(frames),
                     .loudness = std::vector<float>(frames),
                     .tempogram = Matrix(frames, kTempogramLags),
                     .pitch_peaks = pitch_peaks.take(frames)};
  log_mel.take(block.log_mel.values());
  chroma.take(block.chroma.values());
  onset.take(block.onset);
  loudness.take(block.loudness);
  tempogram.take(block.tempogram.values());
  next_frame += static_cast<std::int64_t>(frames);
  return block;
}

FeatureExtractor::FeatureExtractor() : state_(std::make_unique<State>()) {}
FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;

void FeatureExtractor::push(std::span<const float> samples) {
  // So that a long block is not copied as a whole.
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), Stft::kMaxPush);
    state_->stft.push(samples.first(count));
    state_->separate_what_is_ready();
    samples = samples.subspan(count);
  }
}

void FeatureExtractor::finish() {
  state_->stft.finish();
  state_->separate_what_is_ready();
  if (const auto tile = state_->hpss.finish()) state_->analyse(*tile);
  state_->chroma.finish();
  state_->tempogram.finish();
}

std::optional<FeatureBlock> FeatureExtractor::next() {
  const std::size_t ready = std::min({state_->chroma.ready(), state_->tempogram.ready(), kMaxBlockFrames});
  if (ready == 0) return std::nullopt;
  return state_->take(ready);
}

void FeatureExtractor::reset() {
  state_->stft.reset();
  state_->hpss = Hpss();
  state_->onset_strength = OnsetStrength();
  state_->chroma.reset();
  state_->tempogram.reset();
  state_->pitch_peaks = PitchPeaks();
  state_->log_mel.clear();
  state_->onset.clear();
  state_->loudness.clear();
  state_->next_frame = 0;
}

}  // namespace resonance::features
