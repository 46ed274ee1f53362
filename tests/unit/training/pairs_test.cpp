#include "training/data/pairs.h"

#include "resonance/core/error.h"

#include <gtest/gtest.h>

namespace resonance::training {
namespace {

std::vector<TrackInfo> three_tracks() {
  std::vector<TrackInfo> tracks(3);
  const char* paths[] = {"x/one.mp3", "x/two.mp3", "y/one.mp3"};
  for (std::size_t i = 0; i < 3; ++i) {
    tracks[i].id = std::string("id") + static_cast<char>('0' + i);
    tracks[i].path = paths[i];
  }
  return tracks;
}

TEST(Pairs, tracks_are_named_by_path_end_of_path_or_id) {
  const auto pairs =
      parse_pairs(R"([["x/one.mp3", "two.mp3"], ["id2", "y/one.mp3"]])", three_tracks(), "test");
  EXPECT_EQ(pairs, (std::vector<TrackPair>{{0, 1}, {2, 2}}));
}

TEST(Pairs, what_is_no_track_or_may_be_several_is_named) {
  const auto code_of = [](const char* text) {
    try {
      parse_pairs(text, three_tracks(), "pairs.json");
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::cancelled;
  };
  EXPECT_EQ(code_of(R"([["x/one.mp3", "three.mp3"]])"), ErrorCode::not_found);
  EXPECT_EQ(code_of(R"([["one.mp3", "two.mp3"]])"), ErrorCode::invalid_argument);
  for (const char* text :
       {"", "{}", "[1]", "[[1, 2]]", R"([["id0"]])", R"([["id0", "id1", "id2"]])", "[[\"id0\""}) {
    EXPECT_EQ(code_of(text), ErrorCode::corrupt_data) << text;
  }
}

TEST(Pairs, what_is_joined_through_others_is_one) {
  EXPECT_EQ(joined_by({{0, 3}, {4, 3}, {1, 2}}, 6), (std::vector<std::size_t>{0, 1, 1, 0, 0, 5}));
}

}  // namespace
}  // namespace resonance::training
