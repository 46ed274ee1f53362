#include "resonance/core/clock_time.h"

#include <gtest/gtest.h>

namespace resonance {
namespace {

TEST(ClockTime, is_read_as_seconds_minutes_or_hours) {
  EXPECT_EQ(parse_clock_time("90"), 90);
  EXPECT_EQ(parse_clock_time("0"), 0);
  EXPECT_EQ(parse_clock_time("1:30"), 90);
  EXPECT_EQ(parse_clock_time("1:30.5"), 90.5);
  EXPECT_EQ(parse_clock_time("1:02:03"), 3723);
  EXPECT_EQ(parse_clock_time("75:00"), 4500);
}

TEST(ClockTime, of_anything_else_is_nothing) {
  for (const char* text :
       {"", ":", "1:", ":30", "1:60", "-1", "-0:30", "1:-5", "1e3", "inf", "nan", "1:2:3:4", "1m"}) {
    EXPECT_EQ(parse_clock_time(text), std::nullopt) << text;
  }
}

TEST(ClockTime, is_written_to_the_nearest_second) {
  EXPECT_EQ(clock_time(0), "0:00");
  EXPECT_EQ(clock_time(64.4), "1:04");
  EXPECT_EQ(clock_time(59.6), "1:00");
  EXPECT_EQ(clock_time(3723), "1:02:03");
}

}  // namespace
}  // namespace resonance
