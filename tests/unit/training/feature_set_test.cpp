#include "training/data/feature_set.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../../support/temporary_directory.h"
#include "sample_set.h"
#include "training/data/feature_encoding.h"
#include "training/data/random.h"

namespace resonance::training {
namespace {

using resonance::testing::TemporaryDirectory;
using testing::write_sample_set;

std::filesystem::path data_file(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".bin") return entry.path();
  }
  return {};
}

void replace_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

ErrorCode code_of(const std::filesystem::path& folder) {
  try {
    const FeatureSet set(folder);
    for (std::size_t i = 0; i < set.tracks().size(); ++i) {
      (void)set.excerpt(i, 0);
      for (std::size_t t = 0; t < set.teachers().size(); ++t) (void)set.teacher_rows(i, t);
    }
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::cancelled;  // nothing was thrown
}

TEST(FeatureSet, what_was_written_is_read) {
  const TemporaryDirectory folder;
  write_sample_set(folder.path());
  const FeatureSet set(folder.path());
  ASSERT_EQ(set.tracks().size(), 8U);
  EXPECT_EQ(set.tracks()[3].path, "music/3.mp3");
  EXPECT_EQ(set.tracks()[3].labels.at("artist"), "artist 1");
  const ExcerptLevels expected = testing::sample_levels(4, 400);
  const Excerpt excerpt = set.excerpt(3, 0);
  EXPECT_TRUE(std::equal(excerpt.log_mel.begin(), excerpt.log_mel.end(), expected.log_mel.begin(),
                         expected.log_mel.end()));
  EXPECT_TRUE(std::equal(excerpt.chroma.begin(), excerpt.chroma.end(), expected.chroma.begin(),
                         expected.chroma.end()));
  EXPECT_TRUE(
      std::equal(excerpt.onset.begin(), excerpt.onset.end(), expected.onset.begin(), expected.onset.end()));
  ASSERT_EQ(set.teachers().size(), 2U);
  const TeacherRows rows = set.teacher_rows(3, 1);
  EXPECT_EQ(rows.starts, (std::vector<std::int64_t>{0, 150}));
  EXPECT_EQ(rows.values.size(), 8U);
}

TEST(FeatureSet, a_compact_set_is_within_its_steps_and_much_smaller) {
  const TemporaryDirectory plain;
  const TemporaryDirectory compact;
  write_sample_set(plain.path());
  testing::SampleSetOptions options;
  options.encoding = FeatureSetWriter::Encoding::compact;
  write_sample_set(compact.path(), options);
  EXPECT_LT(2 * std::filesystem::file_size(data_file(compact.path())),
            std::filesystem::file_size(data_file(plain.path())));
  const FeatureSet a(plain.path());
  const FeatureSet b(compact.path());
  const Excerpt exact = a.excerpt(2, 0);
  const Excerpt near = b.excerpt(2, 0);
  for (std::size_t i = 0; i < exact.log_mel.size(); ++i)
    EXPECT_LE(std::abs(exact.log_mel[i] - near.log_mel[i]), 2);
  for (std::size_t i = 0; i < exact.chroma.size(); ++i)
    EXPECT_LE(std::abs(exact.chroma[i] - near.chroma[i]), 9);
  const TeacherRows rows = a.teacher_rows(2, 0);
  const TeacherRows rounded = b.teacher_rows(2, 0);
  ASSERT_EQ(rows.values.size(), rounded.values.size());
  EXPECT_EQ(rows.starts, rounded.starts);
  for (std::size_t i = 0; i < rows.values.size(); ++i) EXPECT_NEAR(rows.values[i], rounded.values[i], 0.02);
}

TEST(FeatureSet, writing_again_replaces_the_whole_set) {
  const TemporaryDirectory folder;
  write_sample_set(folder.path());
  write_sample_set(folder.path(), {.tracks = 3});
  EXPECT_EQ(FeatureSet(folder.path()).tracks().size(), 3U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(FeatureSet, an_interrupted_writer_leaves_the_set_that_was_there) {
  const TemporaryDirectory folder;
  write_sample_set(folder.path(), {.tracks = 3});
  {
    FeatureSetWriter writer(folder.path(), FeatureSetWriter::Encoding::plain, {});
    TrackInfo info;
    info.frames = 400;
    writer.begin_track(info);
    writer.add_excerpt(testing::sample_levels(1, 400));
  }
  EXPECT_EQ(FeatureSet(folder.path()).tracks().size(), 3U);
}

TEST(FeatureSet, a_missing_set_says_what_to_run) {
  const TemporaryDirectory folder;
  try {
    const FeatureSet set(folder / "none");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(std::string(error.what()).find("resonance-train pack"), std::string::npos);
  }
}

TEST(FeatureSet, damage_anywhere_is_found) {
  const TemporaryDirectory folder;
  write_sample_set(folder.path(), {.tracks = 2, .frames = 200});
  const std::string description = read_file(folder / "set.json", 1 << 20);
  const std::filesystem::path data = data_file(folder.path());
  const std::string bytes = read_file(data, 1 << 20);
  ASSERT_EQ(code_of(folder.path()), ErrorCode::cancelled);
  Random random{1};
  for (int i = 0; i < 200; ++i) {
    std::string damaged = description;
    damaged[random.below(damaged.size() - 1)] ^= static_cast<char>(1U << random.below(7));
    replace_bytes(folder / "set.json", damaged);
    EXPECT_NE(code_of(folder.path()), ErrorCode::cancelled) << i;
    EXPECT_NE(code_of(folder.path()), ErrorCode::internal) << i;
  }
  replace_bytes(folder / "set.json", description);
  for (int i = 0; i < 100; ++i) {
    std::string damaged = bytes;
    const std::size_t at = 16 + random.below(damaged.size() - 16);
    damaged[at] ^= 1;
    replace_bytes(data, damaged);
    const ErrorCode code = code_of(folder.path());
    EXPECT_TRUE(code == ErrorCode::corrupt_data || damaged[at] == 1)
        << at;  // a byte of padding harms nothing
  }
  replace_bytes(data, bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(code_of(folder.path()), ErrorCode::corrupt_data);
}

/// Changes set.json and gives it the checksum that it then has to have.
template <typename Change>
void change_description(const std::filesystem::path& folder, const Change& change) {
  auto description = nlohmann::json::parse(read_file(folder / "set.json", 1 << 20));
  description.erase("checksum");
  change(description);
  description["checksum"] = crc32(0, description.dump());
  replace_bytes(folder / "set.json", description.dump());
}

TEST(FeatureSet, numbers_that_are_no_counts_are_refused) {
  // A fraction, or one beyond all integers, was converted as the compiler pleased.
  const TemporaryDirectory folder;
  for (const char* number : {"1.5", "1e300", "-1", "18446744073709551615"}) {
    write_sample_set(folder.path(), {.tracks = 1});
    change_description(folder.path(), [&](nlohmann::json& description) {
      description["tracks"][0]["frames"] = nlohmann::json::parse(number);
    });
    EXPECT_EQ(code_of(folder.path()), ErrorCode::corrupt_data) << number;
    write_sample_set(folder.path(), {.tracks = 1});
    change_description(folder.path(), [&](nlohmann::json& description) {
      description["teachers"][0]["dimensions"] = nlohmann::json::parse(number);
    });
    EXPECT_EQ(code_of(folder.path()), ErrorCode::corrupt_data) << number;
  }
}

TEST(FeatureSet, a_small_file_cannot_ask_for_all_memory) {
  const TemporaryDirectory folder;
  write_sample_set(folder.path(), {.tracks = 1, .encoding = FeatureSetWriter::Encoding::compact});
  change_description(folder.path(), [](nlohmann::json& description) {
    nlohmann::json& track = description["tracks"][0];
    track["frames"] = 4'000'000;
    nlohmann::json excerpt = track["excerpts"][0];
    excerpt[0] = excerpt[1] = excerpt[2] = {0, 4'000'000};
    track["excerpts"] = nlohmann::json::array();
    for (int i = 0; i < 100; ++i) track["excerpts"].push_back(excerpt);
  });
  EXPECT_EQ(code_of(folder.path()), ErrorCode::limit_exceeded);
}

TEST(FeatureSet, rows_of_a_teacher_that_do_not_ascend_are_refused) {
  const TemporaryDirectory folder;
  FeatureSetWriter writer(folder.path(), FeatureSetWriter::Encoding::plain, {{"some", 1, 150}});
  TrackInfo info;
  info.frames = 400;
  writer.begin_track(info);
  writer.add_excerpt(testing::sample_levels(1, 400));
  writer.add_teacher_rows(0, {{150, 0}, {1, 2}});
  writer.commit();
  EXPECT_EQ(code_of(folder.path()), ErrorCode::corrupt_data);
}

TEST(FeatureSet, a_set_of_other_features_is_refused) {
  const TemporaryDirectory folder;
  write_sample_set(folder.path(), {.tracks = 2});
  std::string description = read_file(folder / "set.json", 1 << 20);
  const std::string version = "\"feature_version\":" + std::to_string(kFeatureVersion);
  description.replace(description.find(version), version.size(), "\"feature_version\":77");
  replace_bytes(folder / "set.json", description);
  EXPECT_EQ(code_of(folder.path()), ErrorCode::version_mismatch);
}

TEST(FeatureEncoding, levels_cover_what_the_network_hears) {
  EXPECT_EQ(log_mel_level(-80), 0);
  EXPECT_EQ(log_mel_level(-100), 0);
  EXPECT_EQ(log_mel_level(100), 255);
  EXPECT_FLOAT_EQ(log_mel_db(log_mel_level(-33.7F)), -33.5F);
  EXPECT_EQ(chroma_level(1), 255);
  EXPECT_EQ(chroma_level(-1), 0);
}

TEST(FeatureEncoding, a_part_of_another_size_is_refused_before_memory_is_taken) {
  const std::string bytes = compress_bytes("abc");
  EXPECT_THROW(decompress_bytes(bytes, std::size_t{1} << 40U), Error);
  EXPECT_THROW(decompress_bytes("nonsense", 3), Error);
}

}  // namespace
}  // namespace resonance::training
