#include "resonance/cache/feature_chunk.h"

#include "resonance/core/error.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "sample_features.h"

namespace resonance::cache {
namespace {

bool same_features(const FeatureBlock& a, const FeatureBlock& b) {
  return std::ranges::equal(a.log_mel.values(), b.log_mel.values()) &&
         std::ranges::equal(a.chroma.values(), b.chroma.values()) && a.onset == b.onset &&
         a.loudness == b.loudness && a.pitch_peaks == b.pitch_peaks;
}

void expect_refused(const std::string& bytes) {
  try {
    (void)decode_chunk(bytes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
  }
}

TEST(FeatureChunk, frames_come_back_rounded_to_float16) {
  for (const std::size_t frames : {std::size_t{1}, std::size_t{2}, std::size_t{777}, kChunkFrames}) {
    const FeatureBlock features = sample_features(frames, 5, 123456789012);
    const std::string bytes = encode_chunk(features);
    EXPECT_LE(bytes.size(), kMaxChunkBytes);
    const FeatureBlock decoded = decode_chunk(bytes);
    EXPECT_EQ(decoded.first_frame, features.first_frame);
    EXPECT_EQ(decoded.frames(), frames);
    EXPECT_TRUE(equal_when_rounded(decoded, features));
  }
}

TEST(FeatureChunk, digital_silence_comes_back) {
  FeatureBlock silence = sample_features(100);
  std::ranges::fill(silence.log_mel.values(), -100.0F);
  std::ranges::fill(silence.chroma.values(), 0.0F);
  std::ranges::fill(silence.onset, 0.0F);
  std::ranges::fill(silence.loudness, 0.0F);
  std::ranges::fill(silence.pitch_peaks, 0.0F);
  const std::string bytes = encode_chunk(silence);
  EXPECT_LT(bytes.size(), 1000U);
  EXPECT_TRUE(same_features(decode_chunk(bytes), silence));
}

TEST(FeatureChunk, blocks_that_cannot_be_kept_are_refused) {
  FeatureBlock infinite = sample_features(10);
  infinite.loudness[3] = std::numeric_limits<float>::infinity();
  FeatureBlock not_a_number = sample_features(10);
  not_a_number.chroma(4, 5) = std::numeric_limits<float>::quiet_NaN();
  FeatureBlock short_onset = sample_features(10);
  short_onset.onset.pop_back();
  FeatureBlock no_peaks = sample_features(10);
  no_peaks.pitch_peaks.clear();
  FeatureBlock narrow = sample_features(10);
  narrow.log_mel = Matrix(10, 159);
  for (const FeatureBlock& block : {infinite, not_a_number, short_onset, no_peaks, narrow, FeatureBlock{},
                                    sample_features(kChunkFrames + 1)}) {
    try {
      (void)encode_chunk(block);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    }
  }
}

TEST(FeatureChunk, truncated_and_extended_bytes_are_refused) {
  const std::string bytes = encode_chunk(sample_features(50));
  for (std::size_t length = 0; length < bytes.size(); length += 1 + length / 16) {
    expect_refused(bytes.substr(0, length));
  }
  expect_refused(bytes + "x");
  expect_refused(bytes + bytes);
}

TEST(FeatureChunk, no_flipped_bit_changes_a_value_unnoticed) {
  const FeatureBlock features = sample_features(40);
  const std::string bytes = encode_chunk(features);
  const FeatureBlock decoded = decode_chunk(bytes);
  int refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += bit < 400 ? 1 : 29) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    try {
      EXPECT_TRUE(same_features(decode_chunk(flipped), decoded)) << bit;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(FeatureChunk, claims_of_more_frames_than_a_chunk_has_are_refused_before_memory_is_taken) {
  std::string bytes = encode_chunk(sample_features(50));
  for (const char byte : {'\x7f', '\xff'}) {
    bytes[7] = byte;  // the count's highest byte
    expect_refused(bytes);
  }
}

}  // namespace
}  // namespace resonance::cache
