#include "sample_set.h"

#include "resonance/core/feature_contract.h"
#include "resonance/embedding/float16.h"

#include <cmath>

#include "training/data/feature_encoding.h"
#include "training/data/random.h"

namespace resonance::training::testing {

ExcerptLevels sample_levels(std::uint64_t seed, std::int64_t frames) {
  Random character{seed, 1};
  Random random{seed, 2};
  ExcerptLevels levels;
  levels.log_mel_range = levels.chroma_range = levels.onset_range = {0, frames};
  const double centre = character.uniform(20, 140);
  const double tilt = character.uniform(0.1, 0.5);
  const auto root = static_cast<std::size_t>(character.below(kChromaBins));
  const auto period = 15 + static_cast<std::int64_t>(character.below(30));
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    for (std::size_t band = 0; band < kMelBands; ++band) {
      const double distance = (static_cast<double>(band) - centre) / 25;
      const double db =
          -20 - tilt * static_cast<double>(band) + 25 * std::exp(-distance * distance) + 4 * random.normal();
      levels.log_mel.push_back(log_mel_level(static_cast<float>(db)));
    }
    for (std::size_t bin = 0; bin < kChromaBins; ++bin) {
      const bool chord = bin == root || bin == (root + 8) % kChromaBins || bin == (root + 14) % kChromaBins;
      levels.chroma.push_back(chroma_level(static_cast<float>((chord ? 0.8 : 0.1) + 0.1 * random.uniform())));
    }
    levels.onset.push_back(embedding::to_float16(
        static_cast<float>((frame % period == 0 ? 3.0 : 0.0) + 0.1 * random.uniform())));
  }
  return levels;
}

void write_sample_set(const std::filesystem::path& folder, const SampleSetOptions& options) {
  std::vector<TeacherInfo> teachers;
  if (options.teachers) teachers = {{"first", 6, 150}, {"second", 4, 150}};
  FeatureSetWriter writer(folder, options.encoding, teachers);
  for (std::size_t i = 0; i < options.tracks; ++i) {
    TrackInfo info;
    info.id = "track" + std::to_string(i);
    info.path = "music/" + std::to_string(i) + ".mp3";
    info.frames = options.frames;
    info.labels = {{"artist", "artist " + std::to_string(i / 2)},
                   {"genre", i % 2 == 0 ? "jazz" : "rock"},
                   {"recording_group", std::to_string(i)},
                   {"repository", options.repository}};
    writer.begin_track(info);
    writer.add_excerpt(sample_levels(i + 1, options.frames));
    Random random{i, 7};
    for (std::size_t teacher = 0; teacher < teachers.size(); ++teacher) {
      std::vector<float> own;
      for (std::size_t d = 0; d < teachers[teacher].dimensions; ++d)
        own.push_back(static_cast<float>(random.normal()));
      TeacherRows rows;
      for (std::int64_t start = 0; start + 150 <= options.frames; start += 150) {
        rows.starts.push_back(start);
        for (const float value : own)
          rows.values.push_back(value + static_cast<float>(0.1 * random.normal()));
      }
      writer.add_teacher_rows(teacher, rows);
    }
  }
  writer.commit();
}

}  // namespace resonance::training::testing
