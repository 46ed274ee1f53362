#include "training/trainer/event_file.h"

#include "resonance/core/atomic_file.h"

#include <cstring>

#include <gtest/gtest.h>

#include "../../support/temporary_directory.h"

namespace resonance::training {
namespace {

TEST(EventFile, crc32c_is_that_of_rfc_3720) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
}

TEST(EventFile, a_record_is_length_and_data_each_with_its_masked_sum) {
  const std::string record = tf_record("abc");
  ASSERT_EQ(record.size(), 8U + 4 + 3 + 4);
  EXPECT_EQ(record.substr(0, 8), std::string("\3\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(record.substr(12, 3), "abc");
  std::uint32_t sum = 0;
  std::memcpy(&sum, record.data() + 15, 4);
  EXPECT_EQ(sum, masked_crc32c("abc"));
}

TEST(EventFile, an_event_is_the_protocol_buffer_that_tensorflow_defines) {
  // By hand: 1: double 0; 2: varint 300; 5: Summary { 1: Value { 1: "a", 2: float 1 } }
  const std::string expected(
      "\x09\0\0\0\0\0\0\0\0\x10\xac\x02\x2a\x0a\x0a\x08\x0a\x01"
      "a\x15\0\0\x80\x3f",
      24);
  EXPECT_EQ(scalar_event(0, 300, "a", 1.0F), expected);
}

TEST(EventFile, a_file_begins_with_its_version) {
  const resonance::testing::TemporaryDirectory folder;
  {
    EventFile file(folder.path());
    file.scalar("loss", 1, 0.5);
    file.flush();
  }
  const auto entry = std::filesystem::directory_iterator(folder.path());
  const std::string bytes = read_file(entry->path(), 10000);
  EXPECT_NE(bytes.find("brain.Event:2"), std::string::npos);
  EXPECT_NE(bytes.find("loss"), std::string::npos);
}

}  // namespace
}  // namespace resonance::training
