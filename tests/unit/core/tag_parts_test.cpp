#include "resonance/core/tag_parts.h"

#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TagParts, are_between_the_separators_without_blanks) {
  EXPECT_THAT(tag_parts("Rock; Pop/Soul"), ElementsAre("Rock", "Pop", "Soul"));
  EXPECT_THAT(tag_parts(" Acid Jazz "), ElementsAre("Acid Jazz"));
  EXPECT_THAT(tag_parts(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
  EXPECT_THAT(tag_parts(",; |/ x,"), ElementsAre("x"));
  EXPECT_THAT(tag_parts(""), IsEmpty());
  EXPECT_THAT(tag_parts(" ; "), IsEmpty());
}

}  // namespace
}  // namespace resonance
