// The catalog: what a finished track costs, and what a scan of 10,000 known files costs.
#include "resonance/catalog/catalog.h"

#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "temporary_folder.h"

namespace {

using namespace resonance;
using benchmarks::TemporaryFolder;

constexpr std::int64_t kLibraryTracks = 10'000;
constexpr std::size_t kDescriptorBytes = 30'000;

catalog::Track track_of(std::int64_t number) {
  catalog::Track track;
  track.path =
      "/home/somebody/Music/An Artist/An Album of Some Year/" + std::to_string(number) + " A Title.mp3";
  track.stamp = {.size_bytes = 5'000'000 + number, .modified_ns = number};
  for (std::size_t i = 0; i < 8; ++i) track.hash.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  track.tags.title = "A Title";
  track.tags.artist = "An Artist";
  track.tags.album = "An Album of Some Year";
  track.audio = {.codec = "mp3", .sample_rate_hz = 44100, .channels = 2, .duration_s = 240};
  track.descriptor.assign(kDescriptorBytes, 'd');
  return track;
}

void fill(const std::filesystem::path& directory) {
  catalog::Catalog catalog(directory, catalog::OpenMode::create);
  for (std::int64_t first = 0; first < kLibraryTracks; first += 500) {
    std::vector<catalog::Track> tracks;
    tracks.reserve(500);
    for (std::int64_t number = first; number < first + 500; ++number) tracks.push_back(track_of(number));
    catalog.put(std::move(tracks));
  }
}

void put_one(benchmark::State& state) {
  const TemporaryFolder folder;
  catalog::Catalog catalog(folder.path(), catalog::OpenMode::create);
  std::int64_t number = 0;
  while (state.KeepRunning()) catalog.put(track_of(number++));
}
BENCHMARK(put_one)->Unit(benchmark::kMicrosecond)->UseRealTime();

void put_a_hundred_at_once(benchmark::State& state) {
  const TemporaryFolder folder;
  catalog::Catalog catalog(folder.path(), catalog::OpenMode::create);
  std::int64_t number = 0;
  while (state.KeepRunning()) {
    std::vector<catalog::Track> tracks;
    tracks.reserve(500);
    for (int i = 0; i < 100; ++i) tracks.push_back(track_of(number++));
    catalog.put(std::move(tracks));
  }
}
BENCHMARK(put_a_hundred_at_once)->Unit(benchmark::kMicrosecond)->UseRealTime();

void reading_10000_tracks(benchmark::State& state) {
  const TemporaryFolder folder;
  fill(folder.path());
  const catalog::Catalog catalog(folder.path(), catalog::OpenMode::read_only);
  const bool descriptors = state.range(0) == 2;
  while (state.KeepRunning()) {
    if (state.range(0) == 0) {
      benchmark::DoNotOptimize(catalog.known_files());
    } else {
      catalog.for_each(descriptors, [](const catalog::Track& track) { benchmark::DoNotOptimize(track.key); });
    }
  }
  state.SetLabel(state.range(0) == 0 ? "known_files"
                 : descriptors       ? "for_each with descriptors"
                                     : "for_each");
}
BENCHMARK(reading_10000_tracks)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

void open_and_find_one_of_10000(benchmark::State& state) {
  const TemporaryFolder folder;
  fill(folder.path());
  while (state.KeepRunning()) {
    const catalog::Catalog catalog(folder.path(), catalog::OpenMode::read_only);
    benchmark::DoNotOptimize(catalog.find_by_key(kLibraryTracks / 2));
  }
}
BENCHMARK(open_and_find_one_of_10000)->Unit(benchmark::kMicrosecond);

}  // namespace
