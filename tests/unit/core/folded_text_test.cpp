#include "resonance/core/folded_text.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace resonance {
namespace {

TEST(FoldedText, upper_and_lower_case_are_one_in_latin_greek_cyrillic_and_armenian) {
  EXPECT_EQ(folded_text("MOTÖRHEAD"), "motörhead");
  EXPECT_EQ(folded_text("SIGUR RÓS"), "sigur rós");
  EXPECT_EQ(folded_text("DVOŘÁK ŽIŽKA ŁÓDŹ ŸES"), "dvořák žižka łódź ÿes");
  EXPECT_EQ(folded_text("ΟΔΥΣΣΕΑΣ ΆΣΜΑ"), folded_text("οδυσσεας άσμα"));
  EXPECT_EQ(folded_text("КИНО ЁЛКА ЇЖАК"), "кино ёлка їжак");
  EXPECT_EQ(folded_text("ԱՐԱՄ"), "արամ");
  EXPECT_EQ(folded_text("NGUYỄN ƠƯ"), "nguyễn ơư");
}

TEST(FoldedText, letters_without_case_and_accents_stay) {
  EXPECT_EQ(folded_text("椎名林檎 × 1"), "椎名林檎 × 1");
  EXPECT_EQ(folded_text("ﷺ 🎵"), "ﷺ 🎵");
  EXPECT_FALSE(same_folded("Rosé", "Rose"));
  EXPECT_EQ(folded_text("ẞ"), "ß");
}

TEST(FoldedText, blanks_are_one_space_between_words_and_none_at_the_ends) {
  EXPECT_EQ(folded_text("  The \t  Band\n"), "the band");
  EXPECT_EQ(folded_text(" \t "), "");
  EXPECT_EQ(folded_text(std::string_view("a\0b", 3)), "a b");
}

TEST(FoldedText, bytes_that_are_not_utf8_stay) {
  EXPECT_EQ(folded_text("A\xff\xc3"), "a\xff\xc3");
  EXPECT_EQ(folded_text("\xc3("), "\xc3(");
  EXPECT_EQ(folded_text("\xc1\x81"), "\xc1\x81");  // an overlong A
}

TEST(FoldedText, folding_twice_is_folding_once_whatever_the_bytes) {
  std::mt19937 random(20);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned length = random() % 12; length > 0; --length) {
      static constexpr std::string_view kLikely = "\xc3\xc4\xce\xd0\xe1\x80\x9e\xba A";
      text.push_back(random() % 2 == 0 ? kLikely[random() % kLikely.size()] : static_cast<char>(random()));
    }
    ASSERT_EQ(folded_text(folded_text(text)), folded_text(text));
  }
}

}  // namespace
}  // namespace resonance
