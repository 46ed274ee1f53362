#include "resonance/ranking/map_picture.h"

#include "resonance/core/error.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::ranking {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(MapPicture, fills_the_picture_and_up_is_up) {
  const std::string svg =
      map_picture(std::vector<PicturePoint>{{{0, 0}, "low", "a"}, {{2, 1}, "high", "b"}}, {.title = "Map"});
  EXPECT_THAT(svg, HasSubstr("<title>Map</title>"));
  EXPECT_THAT(svg,
              HasSubstr("<circle cx=\"20.0\" cy=\"740.0\" r=\"6.0\" fill=\"#0072B2\"><title>low</title>"));
  EXPECT_THAT(svg,
              HasSubstr("<circle cx=\"980.0\" cy=\"260.0\" r=\"6.0\" fill=\"#D55E00\"><title>high</title>"));
  EXPECT_THAT(svg, HasSubstr(">a</text>"));
}

TEST(MapPicture, gives_colours_to_the_commonest_groups_and_grey_to_the_rest) {
  std::vector<PicturePoint> points;
  for (int group = 0; group < 12; ++group) {
    for (int i = 0; i <= group; ++i) {
      points.push_back({{double(group), double(i)}, "x", std::string("g").append(std::to_string(group))});
    }
  }
  points.push_back({{0, 0}, "unknown", ""});
  const std::string svg = map_picture(points, {});
  EXPECT_EQ(count(svg, "#0072B2"), 13U);  // 12 of g11, and the legend's
  EXPECT_EQ(count(svg, "#999999"), 1U + 1 + 2 + 3);
  EXPECT_EQ(count(svg, "<text"), 9U);
}

TEST(MapPicture, no_text_becomes_markup) {
  const std::string svg =
      map_picture(std::vector<PicturePoint>{{{0, 0}, "</title><script>alert(1)</script>", "\"><script>\xff"}},
                  {.title = "<&>"});
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("&lt;/title&gt;&lt;script&gt;"));
  EXPECT_THAT(svg, HasSubstr("<title>&lt;&amp;&gt;</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("\xff")));
}

TEST(MapPicture, of_none_or_one_track_is_a_picture) {
  EXPECT_THAT(map_picture({}, {}), HasSubstr("</svg>"));
  EXPECT_THAT(map_picture(std::vector<PicturePoint>{{{1e9, -7}, "x", ""}}, {}),
              HasSubstr("cx=\"500.0\" cy=\"500.0\""));
}

TEST(MapPicture, refuses_what_cannot_be_drawn) {
  EXPECT_THROW(map_picture(std::vector<PicturePoint>{{{NAN, 0}, "", ""}}, {}), Error);
  EXPECT_THROW(map_picture({}, {.width = 50}), Error);
  EXPECT_THROW(map_picture({}, {.height = 20'000}), Error);
}

}  // namespace
}  // namespace resonance::ranking
