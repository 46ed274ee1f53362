// What a frame (20 ms) costs: each stage over a tile of sixteen, and all of them over a minute of noise.
// RESONANCE_TARGET=avx2 or sse4 holds the vector loops to that instruction set.
#include "resonance/features/chroma_filterbank.h"
#include "resonance/features/feature_extractor.h"
#include "resonance/features/filterbank.h"
#include "resonance/features/hpss.h"
#include "resonance/features/mel_filterbank.h"
#include "resonance/features/running_median.h"
#include "resonance/features/spectrum_kernels.h"
#include "resonance/features/stft.h"
#include "resonance/features/tempogram.h"
#include "resonance/features/tuning.h"

#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <hwy/targets.h>

namespace {

using namespace resonance;
using namespace resonance::features;

AlignedFloats noise(std::size_t count) {
  std::mt19937 generator(1);
  AlignedFloats values(count);
  for (float& value : values) value = static_cast<float>(generator() >> 8) / static_cast<float>(1 << 24);
  return values;
}

// "frame" is the time one frame took, on one core.
void count_frames(benchmark::State& state, std::size_t frames) {
  state.counters["frame"] =
      benchmark::Counter(static_cast<double>(frames),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void stft(benchmark::State& state) {
  const AlignedFloats samples = noise(Stft::kMaxPush);
  AlignedFloats rows(kTileSize);
  Stft stft;
  stft.push(samples);
  for (auto _ : state) {
    stft.push(samples);
    while (stft.next(rows) > 0) benchmark::DoNotOptimize(rows.data());
  }
  count_frames(state, kTileFrames);
}
BENCHMARK(stft);

void median_over_time(benchmark::State& state) {
  const AlignedFloats tile = noise(kTileSize);
  AlignedFloats medians(kTileSize);
  for (auto _ : state) {
    features::median_over_time({.previous = tile, .current = tile, .next = tile}, medians);
    benchmark::DoNotOptimize(medians.data());
  }
  count_frames(state, kTileFrames);
}
BENCHMARK(median_over_time);

void median_over_frequency(benchmark::State& state) {
  const AlignedFloats padded = noise(kPaddedBinRows * kTileFrames);
  AlignedFloats medians(kTileSize);
  for (auto _ : state) {
    features::median_over_frequency(padded, medians);
    benchmark::DoNotOptimize(medians.data());
  }
  count_frames(state, kTileFrames);
}
BENCHMARK(median_over_frequency);

void hpss(benchmark::State& state) {
  const AlignedFloats tile = noise(kTileSize);
  Hpss hpss;
  for (auto _ : state) {
    std::copy(tile.begin(), tile.end(), hpss.input().begin());
    benchmark::DoNotOptimize(hpss.accept(kTileFrames));
  }
  count_frames(state, kTileFrames);
}
BENCHMARK(hpss);

void log_mel(benchmark::State& state) {
  const Filterbank filterbank(mel_weights());
  const AlignedFloats tile = noise(kTileSize);
  AlignedFloats bands(kMelBands * kTileFrames);
  for (auto _ : state) {
    filterbank.apply(tile, bands);
    power_to_db(bands);
    benchmark::DoNotOptimize(bands.data());
  }
  count_frames(state, kTileFrames);
}
BENCHMARK(log_mel);

void chroma(benchmark::State& state) {
  const Filterbank filterbank(chroma_weights(0.17), 1e-7F);
  const AlignedFloats tile = noise(kTileSize);
  AlignedFloats bands(kChromaBins * kTileFrames);
  for (auto _ : state) {
    filterbank.apply(tile, bands);
    benchmark::DoNotOptimize(bands.data());
  }
  count_frames(state, kTileFrames);
}
BENCHMARK(chroma);

void tuning(benchmark::State& state) {
  const AlignedFloats tile = noise(kTileSize);
  for (auto _ : state) {
    TuningEstimator estimator;
    for (int i = 0; i < 100; ++i) estimator.push(tile, kTileFrames);
    benchmark::DoNotOptimize(estimator.estimate());
  }
  count_frames(state, 100 * kTileFrames);
}
BENCHMARK(tuning);

constexpr std::size_t kMinuteFrames = std::size_t{60} * kFramesPerSecond;
constexpr std::size_t kMinuteSamples = std::size_t{60} * kSampleRateHz;

void tempogram_of_a_minute(benchmark::State& state) {
  const AlignedFloats onset = noise(kMinuteFrames);
  for (auto _ : state) benchmark::DoNotOptimize(tempogram(onset));
  count_frames(state, onset.size());
}
BENCHMARK(tempogram_of_a_minute);

void all_features_of_a_minute(benchmark::State& state) {
  const AlignedFloats samples = noise(kMinuteSamples);
  FeatureExtractor extractor;
  for (auto _ : state) {
    extractor.push(samples);
    extractor.finish();
    while (const auto block = extractor.next()) benchmark::DoNotOptimize(block->log_mel.values().data());
    extractor.reset();
  }
  count_frames(state, kMinuteFrames);
}
BENCHMARK(all_features_of_a_minute);

}  // namespace

int main(int argc, char** argv) {
  const char* wanted = std::getenv("RESONANCE_TARGET");  // NOLINT(concurrency-mt-unsafe): no thread yet
  const std::string_view target = wanted == nullptr ? "" : wanted;
  if (target == "avx2") hwy::DisableTargets(HWY_AVX2 - 1);
  if (target == "sse4") hwy::DisableTargets(HWY_SSE4 - 1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
