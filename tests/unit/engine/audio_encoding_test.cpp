#include "resonance/engine/audio_encoding.h"

#include "resonance/core/error.h"

#include <gtest/gtest.h>

namespace resonance::engine {
namespace {

TEST(AudioEncoding, is_read_from_its_steps) {
  const AudioEncoding encoding = parse_encoding("lowpass:8000+gain:-9+opus:32");
  EXPECT_EQ(encoding.codec, "opus");
  EXPECT_EQ(encoding.bit_rate_kbps, 32);
  EXPECT_EQ(encoding.low_pass_hz, 8000);
  EXPECT_EQ(encoding.gain_db, -9);
  EXPECT_EQ(parse_encoding("gain:3").codec, "");
}

TEST(AudioEncoding, what_it_is_not_is_refused) {
  for (const char* text : {"", "mp3", "mp3:", "mp3:x", "mp3:64k", "mp3:4", "flac:9", "lowpass:1", "gain:99",
                           "mp3:64+", "mp3:64+opus:32", "gain:1+gain:2", "+mp3:64", "gain:nan"}) {
    EXPECT_THROW((void)parse_encoding(text), Error) << text;
  }
}

}  // namespace
}  // namespace resonance::engine
