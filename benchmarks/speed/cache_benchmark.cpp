// The feature cache: what a minute of audio costs, and how small it gets. Features here are made up with the
// statistics of real ones (decibels that wander by 3 dB a frame); the bytes of real music are in
// benchmarks/README.md.
#include "resonance/cache/feature_cache.h"
#include "resonance/cache/feature_chunk.h"
#include "resonance/core/feature_contract.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <string>

#include <benchmark/benchmark.h>

#include "temporary_folder.h"

namespace {

using namespace resonance;
using benchmarks::TemporaryFolder;

constexpr int kTrackMinutes = 4;

FeatureBlock minute_of_features(std::int64_t first_frame = 0) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  FeatureBlock block;
  block.first_frame = first_frame;
  block.log_mel = Matrix(cache::kChunkFrames, kMelBands);
  block.chroma = Matrix(cache::kChunkFrames, kChromaBins);
  block.pitch_peaks.resize(std::size_t{kPitchPeakHistograms} * kPitchPeakBins, 100.0F);
  for (std::size_t frame = 0; frame < cache::kChunkFrames; ++frame) {
    const std::span<float> mel = block.log_mel.row(frame);
    for (std::size_t band = 0; band < mel.size(); ++band) {
      mel[band] = 10.0F - 0.3F * static_cast<float>(band) + 10.0F * normal(random);
    }
    for (float& value : block.chroma.row(frame)) value = std::min(1.0F, std::abs(0.4F * normal(random)));
    block.onset.push_back(std::max(0.0F, normal(random)));
    block.loudness.push_back(std::exp(normal(random) - 6.0F));
  }
  return block;
}

ContentHash hash_of(std::uint64_t number) {
  ContentHash hash;
  for (std::size_t i = 0; i < 8; ++i) hash.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return hash;
}

void write_track(cache::FeatureCache& cache, const ContentHash& hash) {
  static const FeatureBlock kMinute = minute_of_features();
  FeatureBlock block = kMinute;
  const auto writer = cache.begin(hash);
  for (int minute = 0; minute < kTrackMinutes; ++minute) {
    block.first_frame = static_cast<std::int64_t>(minute) * static_cast<std::int64_t>(cache::kChunkFrames);
    writer->push(block);
  }
  writer->commit();
}

void encode_minute(benchmark::State& state) {
  const FeatureBlock block = minute_of_features();
  std::size_t bytes = 0;
  while (state.KeepRunning()) bytes = cache::encode_chunk(block).size();
  state.counters["bytes_per_audio_second"] = static_cast<double>(bytes) / 60;
}
BENCHMARK(encode_minute)->Unit(benchmark::kMillisecond);

void decode_minute(benchmark::State& state) {
  const std::string bytes = cache::encode_chunk(minute_of_features());
  while (state.KeepRunning()) benchmark::DoNotOptimize(cache::decode_chunk(bytes));
}
BENCHMARK(decode_minute)->Unit(benchmark::kMillisecond);

void load_track(benchmark::State& state, const cache::FeatureCache& cache) {
  while (state.KeepRunning()) {
    cache.load(hash_of(0), [](const FeatureBlock& block) { benchmark::DoNotOptimize(block.onset.data()); });
  }
}

void sqlite_write_four_minutes(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto cache = cache::open_sqlite_cache(folder.path());
  std::uint64_t number = 0;
  while (state.KeepRunning()) write_track(*cache, hash_of(number++ % 50));
}
BENCHMARK(sqlite_write_four_minutes)->Unit(benchmark::kMillisecond);

void sqlite_load_four_minutes(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto cache = cache::open_sqlite_cache(folder.path());
  write_track(*cache, hash_of(0));
  load_track(state, *cache);
}
BENCHMARK(sqlite_load_four_minutes)->Unit(benchmark::kMillisecond);

void ram_load_four_minutes(benchmark::State& state) {
  const auto cache = cache::make_ram_cache();
  write_track(*cache, hash_of(0));
  load_track(state, *cache);
}
BENCHMARK(ram_load_four_minutes)->Unit(benchmark::kMillisecond);

}  // namespace
