// The map of a library, as coordinates and as a picture.
#include <cmath>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class MapTest : public LibraryTest {
 protected:
  MapTest() {
    write_library(music(), 3);
    (void)index();
  }
  static json place_of(const json& map, const std::string& name) {
    for (const json& track : map.at("tracks")) {
      if (track.at("path").get<std::string>().ends_with("/" + name)) return {track.at("x"), track.at("y")};
    }
    return nullptr;
  }
};

TEST_F(MapTest, every_track_has_its_facts_and_a_place_which_stays) {
  const json first = answer({"map"});
  ASSERT_THAT(first.at("tracks"), SizeIs(9));
  EXPECT_EQ(first.at("map"), "fresh");
  for (const json& track : first.at("tracks")) {
    for (const char* name : {"id", "path", "title", "artist", "genre", "x", "y"}) {
      EXPECT_TRUE(track.contains(name)) << name;
    }
    EXPECT_TRUE(std::isfinite(track.at("x").get<double>()));
  }
  const json second = answer({"map"});
  EXPECT_EQ(second.at("map"), "kept");
  EXPECT_EQ(second.at("tracks"), first.at("tracks"));
  EXPECT_EQ(answer({"map", "--fresh"}).at("tracks"), first.at("tracks")) << "deterministic";
}

TEST_F(MapTest, adding_a_song_moves_the_others_hardly) {
  const json before = answer({"map"});
  write_wav16(music("chord-4.wav"), chord_track(4));
  (void)index();
  const json after = answer({"map"});
  EXPECT_EQ(after.at("map"), "continued");
  EXPECT_THAT(after.at("tracks"), SizeIs(10));
  for (const char* name : {"chord-1.wav", "drum-2.wav", "noise-3.wav"}) {
    const json from = place_of(before, name);
    const json to = place_of(after, name);
    EXPECT_LT(
        std::hypot(to[0].get<double>() - from[0].get<double>(), to[1].get<double>() - from[1].get<double>()),
        4)
        << name;
  }
}

TEST_F(MapTest, out_writes_coordinates_or_a_picture_by_the_suffix) {
  EXPECT_EQ(answer({"map", "--out", "map.json"}).at("tracks"), 9);
  EXPECT_THAT(json::parse(read_text(folder_ / "map.json")).at("tracks"), SizeIs(9));
  const ProgramRun done = run({"map", "--out", "map.svg"});
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_THAT(done.output, HasSubstr("9 tracks on the map"));
  const std::string picture = read_text(folder_ / "map.svg");
  EXPECT_THAT(picture, HasSubstr("<svg"));
  EXPECT_THAT(picture, HasSubstr("chord-1.wav"));
}

TEST_F(MapTest, a_file_of_another_kind_is_wrong_usage_and_nothing_is_written) {
  expect_refusal(run({"map", "--out", "map.png"}), 2, {"map.png", ".svg"});
  EXPECT_FALSE(fs::exists(folder_ / "map.png"));
  EXPECT_FALSE(fs::exists(catalog("map.bin")));
  expect_refusal(run({"map", "--out", "nowhere/map.svg"}), 3, {"nowhere/map.svg"});
}

TEST_F(MapTest, a_damaged_map_is_named_and_made_anew) {
  const json before = answer({"map"});
  flip_bits(catalog("map.bin"), 20);
  const ProgramRun done = run({"map", "--format", "json"});
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_THAT(done.errors, HasSubstr("map.bin"));
  EXPECT_EQ(done.json().at("tracks"), before.at("tracks"));
  EXPECT_THAT(run({"map"}).errors, IsEmpty());
}

TEST_F(MapTest, a_catalog_that_may_not_be_written_answers_too) {
  fs::permissions(folder_.path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  fs::permissions(catalog(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                                 fs::perms::others_exec);
  const ProgramRun done = run({"map", "--format", "json"}, {.folder = folder_.path(), .unprivileged = true});
  EXPECT_EQ(done.exit_status, 0) << done.errors;
  EXPECT_THAT(done.errors, HasSubstr("not kept"));
  EXPECT_THAT(done.json().at("tracks"), SizeIs(9));
  EXPECT_FALSE(fs::exists(catalog("map.bin")));
}

TEST_F(MapTest, no_catalog_is_refused) {
  expect_refusal(run({"map", "--catalog", "nowhere"}), 3, {"nowhere"});
}

}  // namespace
}  // namespace resonance::testing
