#include "resonance/engine/content_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ContentHash content(std::uint8_t number) {
  ContentHash hash;
  hash.bytes[0] = number;
  return hash;
}

/// A catalog and a library; contents are numbers.
struct Situation {
  ScanPlan plan;
  std::vector<ProbedFile> probed;
  std::vector<catalog::KnownFile> known;

  void track(std::int64_t key, const std::string& path, std::uint8_t number) {
    known.push_back({.path = path, .stamp = {}, .key = key, .hash = content(number)});
  }
  void missing_track(std::int64_t key, const std::string& path, std::uint8_t number) {
    track(key, path, number);
    plan.missing.push_back(key);
  }
  void file(const std::string& path, std::uint8_t number) {
    probed.push_back({plan.work.size(), content(number), {}});
    plan.work.push_back({{path, {}}, false});
  }
  [[nodiscard]] ContentMatch match() const { return match_content(plan, probed, known); }
};

/// "key path" of each update.
std::vector<std::string> updates_of(const ContentMatch& match) {
  std::vector<std::string> result;
  for (const catalog::FileUpdate& update : match.updates) {
    result.push_back(std::to_string(update.key) + " " + update.path);
  }
  return result;
}

TEST(ContentMatch, the_same_content_at_the_same_path_is_a_retag) {
  Situation situation;
  situation.track(1, "/a", 10);
  situation.file("/a", 10);
  const ContentMatch match = situation.match();
  EXPECT_THAT(updates_of(match), ElementsAre("1 /a"));
  EXPECT_EQ(match.moved, 0U);
  EXPECT_THAT(match.settled, ElementsAre(true));
}

TEST(ContentMatch, a_circle_of_renames_is_moves_only) {
  Situation situation;
  situation.track(1, "/a", 10);
  situation.track(2, "/b", 20);
  situation.track(3, "/c", 30);
  situation.file("/a", 20);
  situation.file("/b", 30);
  situation.file("/c", 10);
  const ContentMatch match = situation.match();
  EXPECT_THAT(updates_of(match), ElementsAre("2 /a", "3 /b", "1 /c"));
  EXPECT_EQ(match.moved, 3U);
}

TEST(ContentMatch, a_chain_that_ends_at_a_new_name_is_moves_and_one_analysis) {
  Situation situation;
  situation.track(1, "/a", 10);
  situation.track(2, "/b", 20);
  situation.file("/a", 99);
  situation.file("/b", 10);
  situation.file("/c", 20);
  const ContentMatch match = situation.match();
  EXPECT_THAT(updates_of(match), ElementsAre("1 /b", "2 /c"));
  EXPECT_THAT(match.settled, ElementsAre(false, true, true));
}

TEST(ContentMatch, of_two_files_with_a_missing_tracks_content_one_is_the_move_and_one_a_copy) {
  Situation situation;
  situation.missing_track(1, "/gone", 10);
  situation.file("/x", 10);
  situation.file("/y", 10);
  const ContentMatch match = situation.match();
  EXPECT_THAT(updates_of(match), ElementsAre("1 /x"));
  ASSERT_EQ(match.copies.size(), 1U);
  EXPECT_EQ(match.copies[0].probed, 1U);
  EXPECT_EQ(match.copies[0].key, 1);
  EXPECT_THAT(match.gone, IsEmpty());
}

TEST(ContentMatch, a_copy_of_a_track_that_stays_leaves_it_where_it_is) {
  Situation situation;
  situation.track(1, "/a", 10);
  situation.file("/b", 10);
  const ContentMatch match = situation.match();
  EXPECT_THAT(match.updates, IsEmpty());
  ASSERT_EQ(match.copies.size(), 1U);
  EXPECT_EQ(match.copies[0].key, 1);
}

TEST(ContentMatch, a_missing_track_that_is_nowhere_is_gone_and_a_displaced_one_is_not) {
  Situation situation;
  situation.missing_track(1, "/gone", 10);
  situation.track(2, "/b", 20);
  situation.file("/b", 99);
  const ContentMatch match = situation.match();
  EXPECT_THAT(match.gone, ElementsAre(1)) << "what /b held is replaced when /b is analysed";
  EXPECT_THAT(match.settled, ElementsAre(false));
}

TEST(ContentMatch, a_file_that_could_not_be_probed_stays_unsettled) {
  Situation situation;
  situation.missing_track(1, "/gone", 10);
  situation.file("/x", 10);
  situation.probed.clear();
  const ContentMatch match = situation.match();
  EXPECT_THAT(match.settled, ElementsAre(false));
  EXPECT_THAT(match.gone, ElementsAre(1));
}

}  // namespace
}  // namespace resonance::engine
