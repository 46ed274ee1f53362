// embed, features, describe, doctor and precompute.
#include "resonance/core/npy.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

class OtherVerbsTest : public LibraryTest {
 protected:
  OtherVerbsTest() { write_library(music(), 2); }

  static std::span<const float> row(const NpyFile& array, std::size_t i) {
    return array.floats().subspan(i * array.cols(), array.cols());
  }
};

TEST_F(OtherVerbsTest, embed_writes_a_row_per_file_in_the_order_given) {
  const json report =
      answer({"embed", "--out", "vectors", "music/noise-1.wav", "music/chord-2.wav", "music/drum-1.wav"});
  EXPECT_EQ(report.at("embedded"), 3);
  for (const char* name : {"embeddings.npy", "timbre.npy", "harmony.npy", "rhythm.npy"}) {
    EXPECT_EQ(NpyFile(folder_ / "vectors" / name).rows(), 3U) << name;
  }
  EXPECT_EQ(NpyFile(folder_ / "vectors/embeddings.npy").cols(), 512U);
  const json tracks = json::parse(read_text(folder_ / "vectors/tracks.json")).at("tracks");
  ASSERT_THAT(tracks, SizeIs(3));
  EXPECT_EQ(tracks.at(0).at("path"), "music/noise-1.wav");
  EXPECT_EQ(tracks.at(1).at("path"), "music/chord-2.wav");
  EXPECT_EQ(tracks.at(2).at("path"), "music/drum-1.wav");
}

TEST_F(OtherVerbsTest, embed_gives_a_failed_file_a_row_of_zeros_and_its_error) {
  write_text(folder_ / "bad.mp3", "no music");
  const json report = answer(
      {"embed", "--out", "vectors", "music/noise-1.wav", "bad.mp3", "nowhere.wav", "music/chord-2.wav"}, 1);
  EXPECT_EQ(report.at("embedded"), 2);
  EXPECT_EQ(names_in(report.at("failed")), (std::set<std::string>{"bad.mp3", "nowhere.wav"}));
  const NpyFile array(folder_ / "vectors/embeddings.npy");
  ASSERT_EQ(array.rows(), 4U);
  EXPECT_THAT(row(array, 1), Each(0.0F));
  EXPECT_THAT(row(array, 2), Each(0.0F));
  EXPECT_THAT(row(array, 3), ::testing::Not(Each(0.0F)));
  const json tracks = json::parse(read_text(folder_ / "vectors/tracks.json")).at("tracks");
  EXPECT_THAT(tracks.at(1).at("error").get<std::string>(), HasSubstr("bad.mp3"));
}

TEST_F(OtherVerbsTest, embed_of_nothing_usable_is_an_error) {
  write_text(folder_ / "bad.mp3", "no music");
  expect_refusal(run({"embed", "--out", "vectors", "bad.mp3"}), 3, {"bad.mp3"});
}

TEST_F(OtherVerbsTest, embed_into_the_space_of_a_catalog_gives_the_rows_of_the_catalog) {
  (void)index();
  (void)answer({"embed", "--out", "vectors", "--catalog", "catalog", "music/drum-2.wav"});
  const NpyFile ours(folder_ / "vectors/embeddings.npy");
  const NpyFile theirs(catalog("embeddings.npy"));
  const auto rows = json::parse(read_text(catalog("meta.json"))).at("rows");
  std::size_t i = 0;
  while (!rows.at(i).at("path").get<std::string>().ends_with("/drum-2.wav")) ++i;
  double product = 0;
  for (std::size_t d = 0; d < 512; ++d) product += row(ours, 0)[d] * row(theirs, i)[d];
  EXPECT_NEAR(product, 1, 1e-4);
}

TEST_F(OtherVerbsTest, features_writes_every_array_under_its_name) {
  EXPECT_EQ(run({"features", "music/chord-1.wav", "--out", "features.npz"}).exit_status, 0);
  const std::string archive = read_text(folder_ / "features.npz");
  EXPECT_TRUE(archive.starts_with("PK"));
  // 4 s of 50 frames a second and the one at the end, centred.
  for (const char* part : {"log_mel.npy", "chroma.npy", "onset.npy", "loudness.npy", "tempogram.npy",
                           "(201, 160)", "(201, 24)", "(201, 320)", "(201,)"}) {
    EXPECT_THAT(archive, HasSubstr(part));
  }
}

TEST_F(OtherVerbsTest, features_of_a_bad_file_leave_nothing_behind) {
  write_text(folder_ / "bad.mp3", "no music");
  write_text(folder_ / "features.npz", "what was there before");
  expect_refusal(run({"features", "bad.mp3", "--out", "features.npz"}), 3, {"bad.mp3"});
  EXPECT_EQ(read_text(folder_ / "features.npz"), "what was there before");
}

TEST_F(OtherVerbsTest, describe_tells_of_a_file_what_the_catalog_tells_of_the_track) {
  (void)index();
  const json by_file = answer({"describe", "music/drum-1.wav"}).at("tracks").at(0);
  const json by_track = answer({"describe", "--track", "drum-1.wav"}).at("tracks").at(0);
  for (const char* name : {"tempo_bpm", "tempo_confidence", "key", "key_confidence", "loudness_lufs",
                           "brightness_hz", "onsets_per_second", "energy", "duration_s", "title", "artist",
                           "codec", "sample_rate_hz", "channels", "traits"}) {
    ASSERT_TRUE(by_file.contains(name)) << name;
    EXPECT_EQ(by_file.at(name), by_track.at(name)) << name;
  }
  EXPECT_NEAR(by_file.at("duration_s").get<double>(), 4, 1e-3);
  EXPECT_EQ(by_file.at("sample_rate_hz"), 44100);
}

TEST_F(OtherVerbsTest, the_tempo_of_clicks_is_their_rate) {
  for (const double bpm : {60.0, 90.0, 128.0, 174.0}) {
    write_wav16(folder_ / "clicks.wav", clicks(bpm, 20, 0.8F));
    const json described = answer({"describe", "clicks.wav"}).at("tracks").at(0);
    EXPECT_NEAR(described.at("tempo_bpm").get<double>(), bpm, 0.01 * bpm);
    EXPECT_GT(described.at("tempo_confidence").get<double>(), 0.8) << bpm;
  }
}

TEST_F(OtherVerbsTest, describe_goes_on_after_a_bad_file) {
  write_text(folder_ / "bad.mp3", "no music");
  const json described = answer({"describe", "music/drum-1.wav", "bad.mp3", "music/chord-1.wav"}, 1);
  EXPECT_THAT(described.at("tracks"), SizeIs(2));
  EXPECT_EQ(names_in(described.at("failed")), std::set<std::string>{"bad.mp3"});
}

TEST_F(OtherVerbsTest, doctor_finds_nothing_wrong_with_what_is_healthy) {
  (void)index();
  const json looked = answer({"doctor"});
  std::vector<std::string> subjects;
  for (const json& finding : looked.at("findings")) {
    EXPECT_EQ(finding.at("problem"), false) << finding;
    subjects.push_back(finding.at("subject"));
  }
  EXPECT_THAT(subjects,
              IsSupersetOf({"CPU", "decoder", "model", "catalog", "search index", "feature cache"}));
}

class PrecomputeTest : public OtherVerbsTest {
 protected:
  json precompute(int exit_status = 0) const {
    return answer({"precompute", "music", "--jobs", "1", "--quiet"}, exit_status);
  }
};

TEST_F(PrecomputeTest, the_cache_fills_once) {
  const json first = precompute();
  EXPECT_EQ(first.at("computed"), 6);
  EXPECT_EQ(first.at("present"), 0);
  EXPECT_GT(first.at("cache_bytes"), 0);
  const json second = precompute();
  EXPECT_EQ(second.at("computed"), 0);
  EXPECT_EQ(second.at("present"), 6);
  fs::rename(music("chord-1.wav"), music("moved.wav"));
  EXPECT_EQ(precompute().at("present"), 6) << "a moved file costs nothing";
  EXPECT_EQ(run({"doctor"}).exit_status, 0);
}

TEST_F(PrecomputeTest, index_takes_features_from_the_cache_and_finds_the_same) {
  (void)index(0, {"--catalog", "by_ear"});
  (void)precompute();
  const json report = index();
  EXPECT_EQ(report.at("analysed"), 0);
  EXPECT_EQ(report.at("reused"), 6);
  for (const char* name : {"chord-1.wav", "drum-1.wav", "noise-1.wav"}) {
    const json cached = answer({"query", "--track", name}).at("results");
    const json heard = answer({"query", "--track", name, "--catalog", "by_ear"}).at("results");
    EXPECT_EQ(cached.at(0).at("path"), heard.at(0).at("path"));
    EXPECT_NEAR(cached.at(0).at("score").get<double>(), heard.at(0).at("score").get<double>(), 0.05);
    EXPECT_NEAR(answer({"describe", "--track", name}).at("tracks").at(0).at("loudness_lufs").get<double>(),
                answer({"describe", "--track", name, "--catalog", "by_ear"})
                    .at("tracks")
                    .at(0)
                    .at("loudness_lufs")
                    .get<double>(),
                0.1);
  }
}

TEST_F(PrecomputeTest, a_bad_file_is_listed_and_the_rest_is_computed) {
  write_text(music("bad.mp3"), "no music");
  const json report = precompute(1);
  EXPECT_EQ(report.at("computed"), 6);
  EXPECT_EQ(names_in(report.at("failed")), std::set<std::string>{"bad.mp3"});
}

TEST_F(PrecomputeTest, a_damaged_cache_does_not_hurt_the_index) {
  (void)precompute();
  for (const auto& entry : fs::directory_iterator(folder_ / "cache/features")) {
    if (entry.path().extension() == ".db") flip_bits(entry.path(), 2000, 8192);
  }
  const ProgramRun done = run({"index", "music", "--format", "json"});
  EXPECT_EQ(done.signal, 0);
  EXPECT_THAT(done.errors, ::testing::Not(HasSubstr("this is a bug")));
  if (done.exit_status != 0) {
    EXPECT_THAT(done.errors, HasSubstr("features-v")) << "the damaged file is named";
  }
  EXPECT_EQ(index(0, {"--cache-dir", "none", "--retry-failed"}).at("tracks"), 6);
}

}  // namespace
}  // namespace resonance::testing
