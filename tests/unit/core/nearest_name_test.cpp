#include "resonance/core/nearest_name.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace resonance {
namespace {

constexpr std::array<std::string_view, 4> kNames{"genre", "artist", "album", "year"};

TEST(NearestName, finds_what_was_misspelt) {
  EXPECT_EQ(nearest_name("gerne", kNames), "genre");
  EXPECT_EQ(nearest_name("artists", kNames), "artist");
  EXPECT_EQ(nearest_name("yer", kNames), "year");
  EXPECT_EQ(nearest_name("album", kNames), "album");
}

TEST(NearestName, suggests_nothing_for_something_else) {
  EXPECT_EQ(nearest_name("loudness", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
  EXPECT_EQ(nearest_name(std::string(1000, 'a'), kNames), "");
  EXPECT_EQ(nearest_name("genre", {}), "");
}

}  // namespace
}  // namespace resonance
