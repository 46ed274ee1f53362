#include "resonance/decoding/clean_text.h"

#include <gtest/gtest.h>

namespace resonance::decoding {
namespace {

TEST(CleanText, valid_text_of_every_length_of_sequence_passes_unchanged) {
  const std::string text = "a \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xB5";
  EXPECT_EQ(clean_text(text, 100), text);
}

TEST(CleanText, every_broken_sequence_becomes_one_replacement_character) {
  EXPECT_EQ(clean_text("a\xFF"
                       "b",
                       100),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(clean_text("caf\xE9", 100), "caf\xEF\xBF\xBD");                            // Latin-1
  EXPECT_EQ(clean_text("\xE2\x82", 100), "\xEF\xBF\xBD");                              // cut off
  EXPECT_EQ(clean_text("\xC0\xAF", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
  EXPECT_EQ(clean_text("\xED\xA0\x80", 100), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // surrogate
  EXPECT_EQ(clean_text("\xF4\x90\x80\x80", 100).size(), 12U);                          // beyond U+10FFFF
}

TEST(CleanText, space_at_the_ends_goes) {
  EXPECT_EQ(clean_text("  two words \r\n", 100), "two words");
  EXPECT_EQ(clean_text("   ", 100), "");
}

TEST(CleanText, long_text_is_cut_at_a_character) {
  EXPECT_EQ(clean_text("abcd", 3), "abc");
  EXPECT_EQ(clean_text("a\xE2\x82\xAC", 3), "a");
}

}  // namespace
}  // namespace resonance::decoding
