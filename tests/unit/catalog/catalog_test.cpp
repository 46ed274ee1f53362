#include "resonance/catalog/catalog.h"

#include "resonance/core/error.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sample_track.h"
#include "support/temporary_directory.h"

namespace resonance::catalog {
namespace {

using resonance::testing::TemporaryDirectory;

TEST(Catalog, every_field_of_a_track_comes_back_after_reopening) {
  const TemporaryDirectory folder;
  const Track track = sample_track(7);
  std::int64_t key = 0;
  {
    Catalog catalog(folder / "catalog", OpenMode::create);
    const Track stored = catalog.put(track);
    key = stored.key;
    EXPECT_EQ(stored.id, to_hex(track.hash).substr(0, 16));
  }
  const Catalog catalog(folder / "catalog", OpenMode::read_only);
  const auto found = catalog.find_by_path(track.path);
  ASSERT_TRUE(found);
  EXPECT_TRUE(same_content(*found, track));
  EXPECT_EQ(found->key, key);
  EXPECT_EQ(found->descriptor, "");
  EXPECT_EQ(catalog.descriptor_of(key), track.descriptor);
  EXPECT_TRUE(same_content(catalog.find_by_key(key).value(), track));
  EXPECT_TRUE(same_content(catalog.find_by_id(found->id).value(), track));
  EXPECT_EQ(catalog.find_by_hash(track.hash).size(), 1U);
  EXPECT_EQ(catalog.integrity_problem(), "");
}

TEST(Catalog, what_a_file_does_not_say_stays_unsaid) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  Track bare;
  bare.path = "/x";
  catalog.put(bare);
  const Track found = catalog.find_by_path("/x").value();
  EXPECT_TRUE(same_content(found, bare));
  EXPECT_FALSE(found.tags.year || found.tags.track_number || found.tags.replay_gain_track_db);
  EXPECT_EQ(found.description.key_tonic, -1);
}

TEST(Catalog, text_and_paths_are_kept_byte_for_byte) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  const std::vector<std::string> paths{"/a b'\"\n\t%_*.mp3", "/\xff\xfe broken utf-8 \xc3.flac",
                                       "/\xe2\x99\xab", "/x", "/X"};
  for (const std::string& path : paths) {
    Track track = sample_track(1);
    track.path = path;
    track.tags.title = std::string("nul \0 inside", 12);
    catalog.put(track);
  }
  EXPECT_EQ(catalog.track_count(), paths.size());
  for (const std::string& path : paths) {
    const auto found = catalog.find_by_path(path);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(found->path, path);
    EXPECT_EQ(found->tags.title.size(), 12U);
  }
}

TEST(Catalog, a_tag_that_is_no_number_is_as_if_it_were_missing) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  Track track = sample_track(1);
  track.tags.replay_gain_track_db = std::numeric_limits<float>::quiet_NaN();
  track.tags.replay_gain_album_db = std::numeric_limits<float>::max();
  catalog.put(track);
  const Track found = catalog.find_by_path(track.path).value();
  EXPECT_FALSE(found.tags.replay_gain_track_db);
  EXPECT_EQ(found.tags.replay_gain_album_db, std::numeric_limits<float>::max());
}

TEST(Catalog, a_description_that_is_no_number_is_refused_and_changes_nothing) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  std::vector<Track> tracks{sample_track(1), sample_track(2)};
  tracks[1].description.energy = std::numeric_limits<float>::quiet_NaN();
  try {
    catalog.put(tracks);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(catalog.track_count(), 0U);
  EXPECT_EQ(catalog.revision(), 0);
}

TEST(Catalog, copies_of_one_recording_get_numbered_ids) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  std::vector<std::string> ids;
  for (int copy = 0; copy < 3; ++copy) {
    Track track = sample_track(1);
    track.path = "/copy" + std::to_string(copy);
    ids.push_back(catalog.put(track).id);
  }
  const std::string base = to_hex(sample_hash(1)).substr(0, 16);
  EXPECT_EQ(ids, (std::vector<std::string>{base, base + "-2", base + "-3"}));
  const std::vector<Track> copies = catalog.find_by_hash(sample_hash(1));
  ASSERT_EQ(copies.size(), 3U);
  EXPECT_EQ(copies[2].id, ids[2]);
  EXPECT_EQ(catalog.find_by_id(ids[1])->path, "/copy1");
}

TEST(Catalog, settings_come_back_and_leave_the_revision_alone) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  EXPECT_FALSE(catalog.setting("model"));
  catalog.set_setting("model", "statistics");
  catalog.set_setting("model", "statistics 2");
  catalog.set_setting("empty", "");
  EXPECT_EQ(catalog.setting("model"), "statistics 2");
  EXPECT_EQ(catalog.setting("empty"), "");
  EXPECT_EQ(catalog.revision(), 0);
}

TEST(Catalog, tracks_are_visited_in_order_of_key_with_descriptors_if_wanted) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  for (const std::int64_t number : {5, 3, 4}) catalog.put(sample_track(number));
  catalog.put(sample_track(5));  // keeps its place
  std::vector<std::string> with;
  std::vector<std::string> without;
  catalog.for_each(true, [&](const Track& track) { with.push_back(track.descriptor); });
  catalog.for_each(false, [&](const Track& track) {
    without.push_back(track.path + catalog.find_by_key(track.key)->descriptor);  // reading inside is allowed
  });
  EXPECT_EQ(with, (std::vector<std::string>{sample_track(5).descriptor, sample_track(3).descriptor,
                                            sample_track(4).descriptor}));
  EXPECT_EQ(without, (std::vector<std::string>{"/music/5.mp3", "/music/3.mp3", "/music/4.mp3"}));
}

TEST(Catalog, a_folder_without_a_catalog_says_what_to_run) {
  const TemporaryDirectory folder;
  for (const OpenMode mode : {OpenMode::read_only, OpenMode::read_write}) {
    try {
      const Catalog catalog(folder.path(), mode);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::not_found);
      EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("resonance index"), std::string::npos);
    }
  }
}

TEST(Catalog, a_catalog_opened_for_reading_refuses_to_write) {
  const TemporaryDirectory folder;
  { const Catalog catalog(folder.path(), OpenMode::create); }
  Catalog catalog(folder.path(), OpenMode::read_only);
  EXPECT_THROW(catalog.set_setting("a", "b"), Error);
  EXPECT_THROW(catalog.put(sample_track(1)), Error);
}

TEST(Catalog, a_folder_with_a_name_that_sqlite_would_interpret_works) {
  const TemporaryDirectory folder;
  const std::filesystem::path directory = folder / "file:a?mode=ro#%41 \xff";
  { Catalog(directory, OpenMode::create).put(sample_track(1)); }
  EXPECT_EQ(Catalog(directory, OpenMode::read_only).track_count(), 1U);
}

}  // namespace
}  // namespace resonance::catalog
