#include "unit/engine/sample_catalog.h"

#include "resonance/embedding/descriptor.h"
#include "resonance/embedding/embedder.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/publisher.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace resonance::engine {
namespace {

embedding::Descriptor descriptor_of(int number, int version) {
  std::mt19937 family(static_cast<unsigned>(number % 3 + 1));
  std::mt19937 own(static_cast<unsigned>(number + 1000 + 100'000 * version));
  std::normal_distribution<float> normal;
  embedding::Descriptor descriptor;
  for (const auto& [part, dimensions] :
       {std::pair{&descriptor.timbre, 300}, {&descriptor.harmony, 40}, {&descriptor.rhythm, 20}}) {
    for (int d = 0; d < dimensions; ++d) part->push_back(normal(family) + 0.3F * normal(own));
  }
  return descriptor;
}

std::string path_of(int number) { return "/music/" + std::to_string(number) + ".mp3"; }

}  // namespace

catalog::Track sample_track(int number, int version) {
  catalog::Track track;
  track.path = path_of(number);
  track.stamp = {.size_bytes = 1000 + number, .modified_ns = 1};
  std::mt19937 random(static_cast<unsigned>(number + 1 + 100'000 * version));
  for (std::uint8_t& byte : track.hash.bytes) byte = static_cast<std::uint8_t>(random());
  track.tags.title = "title " + std::to_string(number);
  track.tags.artist = "artist " + std::to_string(number);
  track.tags.genre = kSampleFamilies[number % 3];
  track.audio = {.codec = "mp3", .sample_rate_hz = 44100, .channels = 2, .duration_s = 100};
  track.description.tempo_bpm = static_cast<float>(100 + number);
  track.descriptor = embedding::encode(descriptor_of(number, version));
  return track;
}

std::size_t sample_segment_count(int number) { return 3 + static_cast<std::size_t>(number % 2); }

embedding::Descriptor sample_segment(int number, int segment, int version) {
  std::mt19937 random(static_cast<unsigned>(number + 1000 * version + 100'000 * (segment + 1)));
  std::normal_distribution<float> normal;
  embedding::Descriptor descriptor;
  for (const auto& [part, dimensions] :
       {std::pair{&descriptor.timbre, 300}, {&descriptor.harmony, 40}, {&descriptor.rhythm, 20}}) {
    for (int d = 0; d < dimensions; ++d) part->push_back(normal(random));
  }
  return embedding::rounded(std::move(descriptor));
}

void put_with_segments(catalog::Catalog& catalog, int first, int last, int version) {
  std::vector<catalog::Track> tracks;
  for (int number = first; number < last; ++number) {
    tracks.push_back(sample_track(number, version));
    const auto stage = catalog.stage_segments();
    for (std::size_t i = 0; i < sample_segment_count(number); ++i) {
      stage->add(embedding::encode(sample_segment(number, static_cast<int>(i), version)));
    }
    tracks.back().segments = stage;
  }
  catalog.put(std::move(tracks));
}

void write_sample_catalog(const std::filesystem::path& folder, int tracks) {
  catalog::Catalog catalog(folder, catalog::OpenMode::create);
  const auto model = embedding::make_statistics_embedder()->info();
  require_model(catalog, model);
  std::vector<catalog::Track> added;
  for (int i = 0; i < tracks; ++i) {
    if (!catalog.find_by_path(path_of(i))) added.push_back(sample_track(i));
  }
  catalog.put(std::move(added));
  publish_snapshot(catalog, model, false, {});
}

void remove_sample_track(const std::filesystem::path& folder, int number) {
  catalog::Catalog catalog(folder, catalog::OpenMode::read_write);
  catalog.remove({catalog.find_by_path(path_of(number)).value().key});
}

}  // namespace resonance::engine
