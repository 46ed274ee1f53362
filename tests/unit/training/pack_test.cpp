#include "training/data/pack.h"

#include "resonance/audio/audio_file.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/core/npz.h"

#include <cstring>
#include <fstream>

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"
#include "sample_set.h"
#include "training/data/feature_encoding.h"
#include "training/data/feature_set.h"
#include "training/data/npz_reader.h"
#include "training/data/random.h"

namespace resonance::training {
namespace {

using resonance::testing::TemporaryDirectory;

/// A second of noise as a WAV file: enough to have a content hash.
void write_wav(const std::filesystem::path& path, std::uint64_t seed) {
  constexpr std::uint32_t kSamples = 44100;
  std::string bytes = "RIFF....WAVEfmt ";
  const auto u32 = [&](std::uint32_t v) { bytes.append(reinterpret_cast<const char*>(&v), 4); };
  const auto u16 = [&](std::uint16_t v) { bytes.append(reinterpret_cast<const char*>(&v), 2); };
  u32(16);
  u16(1);
  u16(1);
  u32(44100);
  u32(88200);
  u16(2);
  u16(16);
  bytes += "data";
  u32(2 * kSamples);
  Random random{seed};
  for (std::uint32_t i = 0; i < kSamples; ++i) u16(static_cast<std::uint16_t>(random.below(65536)));
  const auto size = static_cast<std::uint32_t>(bytes.size() - 8);
  std::memcpy(bytes.data() + 4, &size, 4);
  std::ofstream(path, std::ios::binary) << bytes;
}

FeatureBlock block_of(std::uint64_t seed, std::size_t frames) {
  FeatureBlock block;
  block.log_mel = Matrix(frames, kMelBands);
  block.chroma = Matrix(frames, kChromaBins);
  const ExcerptLevels levels = testing::sample_levels(seed, static_cast<std::int64_t>(frames));
  for (std::size_t i = 0; i < levels.log_mel.size(); ++i)
    block.log_mel.values()[i] = log_mel_db(levels.log_mel[i]);
  for (std::size_t i = 0; i < levels.chroma.size(); ++i)
    block.chroma.values()[i] = chroma_value(levels.chroma[i]);
  block.onset.assign(frames, 1.0F);
  block.loudness.assign(frames, 0.1F);
  block.pitch_peaks.assign(std::size_t{kPitchPeakHistograms} * kPitchPeakBins, 0.0F);
  return block;
}

/// A folder of five files, the first four of which are in a cache.
class PackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_ / "music");
    const auto cache = cache::open_sqlite_cache(folder_ / "cache");
    std::ofstream manifest(folder_ / "music" / "list.csv");
    manifest << "file,artist,genre\n";
    for (std::uint64_t i = 0; i < 5; ++i) {
      const std::string name = std::to_string(i) + ".wav";
      write_wav(folder_ / "music" / name, i);
      manifest << name << ",\"Artist, " << i << "\"," << (i == 0 ? "" : "rock") << "\n";
      if (i == 4) continue;
      const auto writer = cache->begin(audio::probe(folder_ / "music" / name).hash);
      writer->push(block_of(i, 3000));
      writer->commit();
    }
  }

  void write_teacher() {
    std::filesystem::create_directory(folder_ / "teachers");
    for (int i = 0; i < 3; ++i) {
      NpzWriter writer(folder_ / "teachers" / (std::to_string(i) + ".wav.npz"));
      const std::vector<float> starts = {0, 3, 24, 57};
      std::vector<float> values;
      for (int row = 0; row < 4; ++row) {
        for (int d = 0; d < 5; ++d) values.push_back(static_cast<float>(10 * row + d));
      }
      const std::span<const float> start_part(starts);
      const std::span<const float> value_part(values);
      writer.add("start", {&start_part, 1}, 4, 0);
      writer.add("ear", {&value_part, 1}, 4, 5);
      writer.commit();
    }
  }

  PackOptions options() {
    PackOptions options;
    options.cache = folder_ / "cache";
    options.manifests = {folder_ / "music" / "list.csv"};
    options.out = folder_ / "set";
    return options;
  }

  static PackReport run(const PackOptions& options) {
    return pack(options, [](std::size_t, std::size_t) {}, {});
  }

  TemporaryDirectory folder_;
};

TEST_F(PackTest, files_without_a_manifest_are_packed_by_their_paths) {
  PackOptions packed = options();
  packed.manifests.clear();
  for (const char* name : {"2.wav", "0.wav"}) packed.files.push_back(folder_ / "music" / name);
  EXPECT_EQ(run(packed).tracks, 2U);
  const FeatureSet set(packed.out);
  EXPECT_EQ(set.tracks()[0].path, (folder_ / "music" / "2.wav").string());
  EXPECT_TRUE(set.tracks()[0].labels.empty());
}

TEST_F(PackTest, whole_tracks_with_labels_and_teachers_are_packed) {
  write_teacher();
  PackOptions packed = options();
  packed.teachers = {folder_ / "teachers"};
  const PackReport report = run(packed);
  EXPECT_EQ(report.tracks, 4U);
  EXPECT_EQ(report.with_teachers, 3U);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].path, "4.wav");
  EXPECT_NE(report.problems[0].message.find("resonance precompute"), std::string::npos);

  const FeatureSet set(packed.out);
  ASSERT_EQ(set.tracks().size(), 4U);
  EXPECT_EQ(set.tracks()[1].labels.at("artist"), "Artist, 1");
  EXPECT_FALSE(set.tracks()[0].labels.contains("genre"));
  EXPECT_EQ(set.tracks()[1].frames, 3000);
  const Excerpt excerpt = set.excerpt(1, 0);
  EXPECT_EQ(excerpt.log_mel.size(), 3000U * kMelBands);
  EXPECT_TRUE(std::equal(excerpt.log_mel.begin(), excerpt.log_mel.end(),
                         testing::sample_levels(1, 3000).log_mel.begin()));
  const TeacherRows rows = set.teacher_rows(2, 0);
  EXPECT_EQ(rows.starts, (std::vector<std::int64_t>{0, 150, 1200, 2850}));
  EXPECT_EQ(rows.values[5], 10);
  EXPECT_TRUE(set.teacher_rows(3, 0).starts.empty());
}

TEST_F(PackTest, a_budget_is_kept_by_excerpts_that_begin_where_a_teacher_does) {
  write_teacher();
  PackOptions packed = options();
  packed.teachers = {folder_ / "teachers"};
  packed.budget_bytes = 120'000;
  const PackReport report = run(packed);
  EXPECT_EQ(report.tracks, 4U);
  const FeatureSet set(packed.out);
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(packed.out)) bytes += entry.file_size();
  EXPECT_LE(bytes, *packed.budget_bytes);
  EXPECT_GT(bytes, *packed.budget_bytes / 3);
  const auto& excerpts = set.tracks()[1].excerpts;
  ASSERT_FALSE(excerpts.empty());
  EXPECT_LT(excerpts[0].log_mel.frames, 3000);
  EXPECT_GT(excerpts[0].chroma.frames, excerpts[0].log_mel.frames);
}

TEST_F(PackTest, a_budget_too_small_is_refused) {
  PackOptions packed = options();
  packed.budget_bytes = 500;
  EXPECT_THROW(run(packed), Error);
}

TEST_F(PackTest, what_concerns_the_whole_run_is_an_error) {
  PackOptions none = options();
  none.manifests = {folder_ / "none.csv"};
  EXPECT_THROW(run(none), Error);
  std::ofstream(folder_ / "bad.csv") << "path\nx\n";
  none.manifests = {folder_ / "bad.csv"};
  EXPECT_THROW(run(none), Error);
  std::ofstream(folder_ / "missing.csv") << "file\nnowhere.wav\n";
  none.manifests = {folder_ / "missing.csv"};
  EXPECT_THROW(run(none), Error);
  PackOptions teachers = options();
  teachers.teachers = {folder_ / "music"};
  EXPECT_THROW(run(teachers), Error);
}

TEST_F(PackTest, an_array_whose_header_ends_with_a_key_is_refused) {
  // The value was looked for behind the end of the header: std::out_of_range, which nobody catches.
  const std::string text = "{'fortran_order': False, 'shape': (1,), 'descr'";
  std::string bytes(std::string("\x93NUMPY\x01\x00", 8));
  bytes.push_back(static_cast<char>(text.size()));
  bytes.push_back(0);
  EXPECT_THROW(parse_npy(bytes + text, "test"), Error);
}

TEST_F(PackTest, arrays_of_numpy_are_read_whatever_their_type) {
  std::string bytes(std::string("\x93NUMPY\x01\x00", 8));
  const std::string text = "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }\n";
  bytes.push_back(static_cast<char>(text.size()));
  bytes.push_back(0);
  bytes += text;
  bytes += std::string("\x00\x3c\x00\x40\x00\xc0\x00\x00", 8);
  const NumberArray array = parse_npy(bytes, "test");
  EXPECT_EQ(array.rows, 2U);
  EXPECT_EQ(array.values, (std::vector<float>{1, 2, -2, 0}));
  EXPECT_THROW(parse_npy(bytes.substr(0, bytes.size() - 1), "test"), Error);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(parse_npy(bytes.substr(0, size), "test"), Error);
  }
}

}  // namespace
}  // namespace resonance::training
