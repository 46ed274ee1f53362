// Descriptors of segments: they come, are replaced and go with their tracks.
#include "resonance/catalog/catalog.h"
#include "resonance/core/error.h"
#include "resonance/sqlite/database.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_track.h"
#include "support/temporary_directory.h"

namespace resonance::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Texts = std::vector<std::string>;

class SegmentsTest : public ::testing::Test {
 protected:
  SegmentsTest() : catalog_(folder_.path(), OpenMode::create) {}

  std::int64_t put(int number, const Texts& segments) {
    Track track = sample_track(number);
    if (!segments.empty()) {
      const auto stage = catalog_.stage_segments();
      for (const std::string& segment : segments) stage->add(segment);
      track.segments = stage;
    }
    return catalog_.put(std::move(track)).key;
  }
  static Texts segments_of(const Catalog& catalog, std::int64_t key) {
    Texts found;
    catalog.for_each_segment(key, [&](std::string_view bytes) { found.emplace_back(bytes); });
    return found;
  }

  resonance::testing::TemporaryDirectory folder_;
  Catalog catalog_;
};

TEST_F(SegmentsTest, come_back_in_order_also_for_readers) {
  const std::int64_t key = put(1, {"a", std::string("b\0c", 3), "", "d"});
  put(2, {});
  const std::int64_t other = put(3, {"e"});
  const Catalog reader(folder_.path(), OpenMode::read_only);
  EXPECT_THAT(segments_of(reader, key), ElementsAre("a", std::string("b\0c", 3), "", "d"));
  EXPECT_EQ(reader.segment_of(key, 3), "d");
  EXPECT_EQ(reader.segment_of(key, 4), "");
  EXPECT_THAT(reader.segment_counts(), ElementsAre(Pair(key, 4U), Pair(other, 1U)));
  EXPECT_THAT(reader.keys_without_segments(), ElementsAre(key + 1));
}

TEST_F(SegmentsTest, are_replaced_and_removed_with_their_track) {
  const std::int64_t key = put(1, {"a", "b", "c"});
  EXPECT_EQ(put(1, {"d"}), key);
  EXPECT_THAT(segments_of(catalog_, key), ElementsAre("d"));
  EXPECT_EQ(put(1, {}), key);
  EXPECT_THAT(segments_of(catalog_, key), IsEmpty()) << "the recording is another, and theirs were not kept";
  put(1, {"e"});
  catalog_.remove({key});
  EXPECT_THAT(segments_of(catalog_, key), IsEmpty());
  EXPECT_THAT(catalog_.segment_counts(), IsEmpty());
}

TEST_F(SegmentsTest, of_a_copy_are_those_of_the_track_whatever_becomes_of_it_meanwhile) {
  const std::int64_t key = put(1, {"a", "b"});
  Track copy = sample_track(2);
  copy.segments = catalog_.stage_segments_of(key);
  put(1, {"c"});
  const std::int64_t copied = catalog_.put(std::move(copy)).key;
  EXPECT_THAT(segments_of(catalog_, copied), ElementsAre("a", "b"));
  EXPECT_EQ(catalog_.stage_segments_of(put(3, {})), nullptr);
}

TEST_F(SegmentsTest, that_were_never_put_are_gone_with_their_stage) {
  const auto first = catalog_.stage_segments();
  first->add("a");
  {
    const auto second = catalog_.stage_segments();
    second->add("b");
  }
  Track track = sample_track(1);
  track.segments = first;
  EXPECT_THAT(segments_of(catalog_, catalog_.put(track).key), ElementsAre("a"));
  track = sample_track(2);
  track.segments = catalog_.stage_segments();
  EXPECT_THAT(segments_of(catalog_, catalog_.put(track).key), IsEmpty());
}

TEST_F(SegmentsTest, can_be_forgotten_all_at_once) {
  put(1, {"a"});
  put(2, {"b"});
  const std::int64_t revision = catalog_.revision();
  catalog_.remove_segments();
  EXPECT_THAT(catalog_.segment_counts(), IsEmpty());
  EXPECT_EQ(catalog_.track_count(), 2U);
  EXPECT_EQ(catalog_.revision(), revision);
}

TEST_F(SegmentsTest, are_no_business_of_a_reader) {
  put(1, {"a"});
  Catalog reader(folder_.path(), OpenMode::read_only);
  EXPECT_THROW((void)reader.stage_segments(), Error);
  EXPECT_THROW(reader.remove_segments(), Error);
}

TEST(SegmentsOfOlderCatalogs, are_none_until_a_writer_has_made_room_for_them) {
  const resonance::testing::TemporaryDirectory folder;
  { Catalog(folder.path(), OpenMode::create).put(sample_track(1)); }
  {  // as the version before left it
    sqlite::Database database(folder / "tracks.db", {.access = sqlite::Access::read_write});
    database.execute("DROP TABLE segments; PRAGMA user_version = 2");
  }
  EXPECT_THROW(Catalog(folder.path(), OpenMode::read_only), Error);
  Catalog catalog(folder.path(), OpenMode::read_write);
  EXPECT_EQ(catalog.track_count(), 1U);
  EXPECT_EQ(catalog.keys_without_segments().size(), 1U);
}

}  // namespace
}  // namespace resonance::catalog
