#include "sample_library/flac_tags.h"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::sample_library {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string block(int type, const std::string& content) {
  return std::string{static_cast<char>(type), 0, 0, static_cast<char>(content.size())} + content;
}

const std::string kStreamInfo(34, 'i');
const std::string kFrames = "\xff\xf8 frames";

TEST(FlacTags, come_last_before_the_frames_and_say_that_they_are_the_last) {
  const std::string tagged = with_tags("fLaC" + block(0x80, kStreamInfo) + kFrames, {{"TITLE", "Abc"}});
  const std::string head = "fLaC" + block(0x00, kStreamInfo);
  ASSERT_TRUE(tagged.starts_with(head));
  EXPECT_EQ(static_cast<unsigned char>(tagged[head.size()]), 0x84);
  EXPECT_THAT(tagged, HasSubstr(std::string("\x09\0\0\0TITLE=Abc", 13) + kFrames));
}

TEST(FlacTags, replace_older_tags_and_padding) {
  const std::string tagged = with_tags(
      "fLaC" + block(0x00, kStreamInfo) + block(0x04, "old tags") + block(0x81, "padding") + kFrames, {});
  EXPECT_THAT(tagged, Not(HasSubstr("old tags")));
  EXPECT_THAT(tagged, Not(HasSubstr("padding")));
  EXPECT_TRUE(tagged.ends_with(kFrames));
}

TEST(FlacTags, anything_else_is_refused) {
  const std::string whole = "fLaC" + block(0x80, kStreamInfo);
  for (const std::string& bytes :
       {std::string(), std::string("RIFF....WAVE"), whole.substr(0, 6), whole.substr(0, 20)}) {
    EXPECT_THROW(with_tags(bytes, {}), std::invalid_argument);
  }
}

}  // namespace
}  // namespace resonance::sample_library
