#include "resonance/core/error.h"

#include "resonance/core/content_hash.h"
#include "resonance/core/description.h"
#include "resonance/core/feature_contract.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace resonance {
namespace {

TEST(Error, wrong_usage_exits_with_2_and_the_rest_with_3) {
  EXPECT_EQ(exit_status_of(ErrorCode::invalid_argument), 2);
  EXPECT_EQ(exit_status_of(ErrorCode::corrupt_data), 3);
  EXPECT_EQ(name_of(ErrorCode::limit_exceeded), "limit_exceeded");
  EXPECT_EQ(http_status_of(ErrorCode::not_found), 404);
}

TEST(Error, a_full_disk_is_told_apart_from_other_system_errors) {
  const Error error = system_error(ENOSPC, "cannot write a.bin");
  EXPECT_EQ(error.code(), ErrorCode::no_space);
  EXPECT_STREQ(error.what(), "cannot write a.bin: No space left on device");
  EXPECT_EQ(system_error(EACCES, "x").code(), ErrorCode::unreadable);
}

TEST(ContentHash, hexadecimal_round_trips_and_rejects_anything_else) {
  ContentHash hash;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) hash.bytes[i] = static_cast<std::uint8_t>(i * 17);
  EXPECT_EQ(to_hex(hash), "00112233445566778899aabbccddeeff");
  EXPECT_EQ(content_hash_from_hex(to_hex(hash)), hash);
  EXPECT_FALSE(content_hash_from_hex("0011"));
  EXPECT_FALSE(content_hash_from_hex("00112233445566778899aabbccddeefg"));
}

TEST(FeatureContract, a_short_track_is_one_segment) {
  EXPECT_EQ(frame_count(0), 0);
  EXPECT_EQ(frame_count(1), 1);
  EXPECT_EQ(frame_count(kHopSamples), 2);
  EXPECT_EQ(segment_count(1), 1);
  EXPECT_EQ(segment_count(kSegmentFrames), 1);
  EXPECT_EQ(segment_count(kSegmentFrames + kSegmentHopFrames), 2);
}

TEST(Description, keys_are_named_by_tonic_and_mode) {
  EXPECT_EQ(key_name({.key_tonic = 9, .key_minor = true}), "A minor");
  EXPECT_EQ(key_name({.key_tonic = 6}), "F# major");
  EXPECT_EQ(key_name({}), "");
}

}  // namespace
}  // namespace resonance
