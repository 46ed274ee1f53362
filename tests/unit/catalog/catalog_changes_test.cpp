#include "resonance/catalog/catalog.h"
#include "resonance/core/error.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sample_track.h"
#include "support/temporary_directory.h"

namespace resonance::catalog {
namespace {

class CatalogChanges : public ::testing::Test {
 protected:
  resonance::testing::TemporaryDirectory folder_;
  Catalog catalog_{folder_.path(), OpenMode::create};
};

TEST_F(CatalogChanges, putting_at_a_known_path_keeps_the_key_and_for_the_same_content_the_id) {
  Track track = catalog_.put(sample_track(1));
  Track again = sample_track(1);
  again.descriptor = "new";
  again.tags.title = "new";
  const Track same = catalog_.put(again);
  EXPECT_EQ(same.key, track.key);
  EXPECT_EQ(same.id, track.id);
  EXPECT_EQ(catalog_.descriptor_of(track.key), "new");
  EXPECT_EQ(catalog_.find_by_key(track.key)->tags.title, "new");

  again.hash = sample_hash(99);
  const Track other = catalog_.put(again);
  EXPECT_EQ(other.key, track.key);
  EXPECT_EQ(other.id, to_hex(sample_hash(99)).substr(0, 16));
  EXPECT_FALSE(catalog_.find_by_id(track.id));
  EXPECT_EQ(catalog_.track_count(), 1U);
}

TEST_F(CatalogChanges, a_key_is_never_used_again) {
  catalog_.put(sample_track(1));
  const std::int64_t last = catalog_.put(sample_track(2)).key;
  catalog_.remove({last});
  catalog_ = Catalog(std::move(catalog_));
  EXPECT_GT(catalog_.put(sample_track(3)).key, last);
}

TEST_F(CatalogChanges, the_id_of_a_removed_copy_is_free_again) {
  Track copy = sample_track(1);
  copy.path = "/copy";
  const Track first = catalog_.put(sample_track(1));
  const Track second = catalog_.put(copy);
  catalog_.remove({first.key});
  EXPECT_EQ(catalog_.find_by_path("/copy")->id, second.id);
  EXPECT_EQ(catalog_.put(sample_track(1)).id, first.id);
}

TEST_F(CatalogChanges, the_revision_counts_changes_of_tracks_and_descriptors_only) {
  EXPECT_EQ(catalog_.revision(), 0);
  const Track track = catalog_.put(sample_track(1));
  EXPECT_EQ(catalog_.revision(), 1);
  catalog_.put(std::vector<Track>{sample_track(2), sample_track(3)});
  EXPECT_EQ(catalog_.revision(), 2);
  catalog_.put_failed({.path = "/bad", .stamp = {}, .error_code = "corrupt_data", .message = "bad"});
  catalog_.set_setting("a", "b");
  catalog_.update_files({{.key = track.key, .path = "/moved", .stamp = {}, .tags = {}}});
  catalog_.clear_failed({"/bad"});
  catalog_.remove({123456});
  catalog_.put(std::vector<Track>{});
  EXPECT_EQ(catalog_.revision(), 2);
  catalog_.remove({track.key});
  EXPECT_EQ(catalog_.revision(), 3);
  EXPECT_EQ(catalog_.descriptor_of(track.key), "");
}

TEST_F(CatalogChanges, many_tracks_put_at_once_are_as_if_put_one_by_one) {
  std::vector<Track> tracks{sample_track(1), sample_track(2), sample_track(1)};
  tracks[2].path = "/copy";
  const std::vector<Track> stored = catalog_.put(tracks);
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[2].id, stored[0].id + "-2");
  EXPECT_TRUE(same_content(catalog_.find_by_key(stored[1].key).value(), tracks[1]));
}

TEST_F(CatalogChanges, a_moved_and_retagged_file_keeps_its_key_id_and_descriptor) {
  const Track track = catalog_.put(sample_track(1));
  Tags tags = track.tags;
  tags.title = "retagged";
  tags.year = std::nullopt;
  catalog_.update_files(
      {{.key = track.key, .path = "/elsewhere", .stamp = {.size_bytes = 5, .modified_ns = 6}, .tags = tags}});
  EXPECT_FALSE(catalog_.find_by_path(track.path));
  const Track found = catalog_.find_by_path("/elsewhere").value();
  Track expected = track;
  expected.path = "/elsewhere";
  expected.stamp = {.size_bytes = 5, .modified_ns = 6};
  expected.tags = tags;
  EXPECT_TRUE(same_content(found, expected));
  EXPECT_EQ(found.key, track.key);
  EXPECT_EQ(found.id, track.id);
  EXPECT_EQ(catalog_.descriptor_of(track.key), track.descriptor);
}

TEST_F(CatalogChanges, two_files_can_exchange_their_places) {
  const Track a = catalog_.put(sample_track(1));
  const Track b = catalog_.put(sample_track(2));
  catalog_.update_files({{.key = a.key, .path = b.path, .stamp = a.stamp, .tags = a.tags},
                         {.key = b.key, .path = a.path, .stamp = b.stamp, .tags = b.tags}});
  EXPECT_EQ(catalog_.find_by_path(a.path)->key, b.key);
  EXPECT_EQ(catalog_.find_by_path(b.path)->key, a.key);
  EXPECT_EQ(catalog_.revision(), 2);
}

TEST_F(CatalogChanges, a_track_whose_place_another_file_took_is_removed) {
  const Track a = catalog_.put(sample_track(1));
  const Track b = catalog_.put(sample_track(2));
  catalog_.update_files({{.key = a.key, .path = b.path, .stamp = a.stamp, .tags = a.tags}});
  EXPECT_FALSE(catalog_.find_by_key(b.key));
  EXPECT_EQ(catalog_.descriptor_of(b.key), "");
  EXPECT_EQ(catalog_.track_count(), 1U);
  EXPECT_EQ(catalog_.revision(), 3);
}

TEST_F(CatalogChanges, updating_an_unknown_key_throws_and_changes_nothing) {
  const Track a = catalog_.put(sample_track(1));
  try {
    catalog_.update_files({{.key = a.key, .path = "/x", .stamp = {}, .tags = {}},
                           {.key = 999, .path = "/y", .stamp = {}, .tags = {}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
  }
  EXPECT_TRUE(same_content(catalog_.find_by_key(a.key).value(), a));
}

TEST_F(CatalogChanges, a_failed_file_is_remembered_until_it_is_analysed_or_cleared) {
  const FailedFile bad{.path = "/music/1.mp3",
                       .stamp = {.size_bytes = 3, .modified_ns = 4},
                       .error_code = "unsupported_format",
                       .message = "not audio"};
  catalog_.put_failed(bad);
  catalog_.put_failed(bad);
  catalog_.put_failed({.path = "/bad\xff", .stamp = {}, .error_code = "corrupt_data", .message = "?"});
  ASSERT_EQ(catalog_.failed().size(), 2U);
  EXPECT_EQ(catalog_.failed()[1].path, bad.path);
  EXPECT_EQ(catalog_.failed()[1].stamp, bad.stamp);
  EXPECT_EQ(catalog_.failed()[1].error_code, bad.error_code);
  EXPECT_EQ(catalog_.failed()[1].message, bad.message);
  catalog_.put(sample_track(1));
  ASSERT_EQ(catalog_.failed().size(), 1U);
  catalog_.clear_failed({"/bad\xff", "/never seen"});
  EXPECT_TRUE(catalog_.failed().empty());
}

TEST_F(CatalogChanges, known_files_lists_tracks_and_failures_with_their_stamps) {
  const Track track = catalog_.put(sample_track(1));
  catalog_.put_failed(
      {.path = "/bad", .stamp = {.size_bytes = 3, .modified_ns = 4}, .error_code = "x", .message = ""});
  const std::vector<KnownFile> files = catalog_.known_files();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].path, track.path);
  EXPECT_EQ(files[0].stamp, track.stamp);
  EXPECT_EQ(files[0].key, track.key);
  EXPECT_EQ(files[0].hash, track.hash);
  EXPECT_EQ(files[1].path, "/bad");
  EXPECT_EQ(files[1].key, 0);
  EXPECT_EQ(files[1].hash, ContentHash{});
}

}  // namespace
}  // namespace resonance::catalog
