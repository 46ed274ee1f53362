#include "resonance/engine/tag_plan.h"

#include "resonance/core/error.h"
#include "resonance/engine/label_votes.h"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"
#include "unit/engine/sample_catalog.h"

namespace resonance::engine {
namespace {

index::LayeredIndex index_over(const std::vector<float>& vectors) {
  const auto rows = std::make_shared<const index::ExactIndex>(vectors, 2);
  return {rows, rows, std::nullopt, nullptr};
}

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(TagPlan, sure_suggestions_are_written_where_nothing_is) {
  const FieldProposal empty{{}, {{"Rock", 0.9, 0.9}, {"Pop", 0.8, 0.8}, {"Folk", 0.1, 0.1}}, {}};
  EXPECT_THAT(accepted_values(empty, 0.8, false), ElementsAre("Rock", "Pop"));
  EXPECT_THAT(accepted_values(empty, 0.95, false), IsEmpty());
  FieldProposal there = empty;
  there.present = {"Jazz"};
  EXPECT_THAT(accepted_values(there, 0.8, false), IsEmpty());
  EXPECT_THAT(accepted_values(there, 0.8, true), ElementsAre("Rock", "Pop"));
  there.present = {"Rock", "Pop"};
  EXPECT_THAT(accepted_values(there, 0.8, true), IsEmpty()) << "it says so already";
}

TEST(TagPlan, keys_are_written_as_players_read_them) {
  Description description;
  EXPECT_EQ(key_tag(description), "");
  description.key_tonic = 9;
  description.key_minor = true;
  EXPECT_EQ(key_tag(description), "Am");
  description.key_tonic = 6;
  description.key_minor = false;
  EXPECT_EQ(key_tag(description), "F#");
}

TEST(TagPlan, files_that_are_not_there_are_listed_and_unknown_requests_refused) {
  const testing::TemporaryDirectory folder;
  write_sample_catalog(folder.path(), 12);
  const TagPlan plan = plan_tags(folder.path(), {}, {}, {});
  EXPECT_THAT(plan.tracks, IsEmpty());
  EXPECT_THAT(plan.failed, SizeIs(12));
  EXPECT_EQ(plan.labelled.at(kGenreField), 12U);
  EXPECT_THAT(plan.failed.front().message, HasSubstr("/music/0.mp3"));

  TagRequest unknown;
  unknown.fields = {"LYRICS"};
  EXPECT_THROW((void)plan_tags(folder.path(), unknown, {}, {}), Error);
  TagRequest sure;
  sure.min_confidence = 1.5;
  EXPECT_THROW((void)plan_tags(folder.path(), sure, {}, {}), Error);
  TagRequest nobody;
  nobody.tracks = {"nobody.mp3"};
  EXPECT_THROW((void)plan_tags(folder.path(), nobody, {}, {}), Error);
  TagRequest filtered;
  const std::vector<std::string> conditions{"genre=jazz"};
  filtered.filter = catalog::parse_filter(conditions);
  EXPECT_THAT(plan_tags(folder.path(), filtered, {}, {}).failed, SizeIs(4));
}

/// Rows in the plane: two tight families, 10 of each, one behind the other.
std::vector<float> two_families() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.05F);
  std::vector<float> rows;
  for (int i = 0; i < 20; ++i) {
    rows.push_back((i < 10 ? 1.0F : 0.0F) + normal(random));
    rows.push_back((i < 10 ? 0.0F : 1.0F) + normal(random));
  }
  return rows;
}

LabelledRow labelled(int row, const std::string& label) {
  LabelledRow result;
  if (!label.empty()) result.labels = {label};
  result.hash.bytes[0] = static_cast<std::uint8_t>(row);
  return result;
}

TEST(LabelVotes, neighbours_with_labels_decide_and_the_confidence_is_what_they_have_earned) {
  const std::vector<float> vectors = two_families();
  const index::LayeredIndex index = index_over(vectors);
  std::vector<LabelledRow> rows;
  for (int i = 0; i < 20; ++i) rows.push_back(labelled(i, i == 3 ? "" : i < 10 ? "Rock" : "Folk"));
  const LabelVotes votes(index, rows, {});
  EXPECT_EQ(votes.labelled(), 19U);
  const std::vector<std::int64_t> own{3};
  const auto suggestions = votes.suggest(std::span(vectors).subspan(6, 2), own);
  ASSERT_THAT(suggestions, SizeIs(1));
  EXPECT_EQ(suggestions[0].at(0).label, "Rock");
  EXPECT_GT(suggestions[0].at(0).confidence, 0.9);
  EXPECT_LT(suggestions[0].at(0).confidence, 1.0);
}

TEST(LabelVotes, nobody_with_a_label_means_no_suggestion) {
  const std::vector<float> vectors = two_families();
  const index::LayeredIndex index = index_over(vectors);
  const LabelVotes votes(index, std::vector<LabelledRow>(20), {});
  const std::vector<std::int64_t> own{-1};
  EXPECT_THAT(votes.suggest(std::span(vectors).first(2), own), ElementsAre(IsEmpty()));
}

TEST(LabelVotes, copies_of_one_recording_and_one_album_do_not_praise_each_other) {
  // Labels at random: the only right guesses come from copies and album mates.
  const std::vector<float> vectors = two_families();
  const index::LayeredIndex index = index_over(vectors);
  std::vector<LabelledRow> rows;
  for (int i = 0; i < 20; ++i) {
    rows.push_back(labelled(i, "label " + std::to_string(i / 2)));
    if (i < 10) rows.back().hash.bytes[0] = static_cast<std::uint8_t>(i / 2);
    if (i >= 10) rows.back().album = "album " + std::to_string(i / 2);
  }
  const LabelVotes votes(index, rows, {});
  const std::vector<std::int64_t> own{-1};
  const auto suggestions = votes.suggest(std::span(vectors).first(2), own);
  EXPECT_LT(suggestions.at(0).at(0).confidence, 0.3);
}

}  // namespace
}  // namespace resonance::engine
