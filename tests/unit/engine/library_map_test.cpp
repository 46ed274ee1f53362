// The map of a catalog whose tracks have descriptors of known families: no audio is needed.
#include "resonance/engine/library_map.h"

#include "resonance/core/error.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"
#include "unit/engine/sample_catalog.h"

namespace resonance::engine {
namespace {

std::map<std::string, ranking::MapPoint> places(const LibraryMap& map) {
  std::map<std::string, ranking::MapPoint> by_path;
  for (const TrackOnMap& track : map.tracks) by_path[track.path] = track.place;
  return by_path;
}

double distance(const ranking::MapPoint& a, const ranking::MapPoint& b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

/// Share of tracks whose nearest one on the map is of the same family.
double kept_together(const LibraryMap& map) {
  int together = 0;
  for (const TrackOnMap& track : map.tracks) {
    const TrackOnMap* nearest = nullptr;
    for (const TrackOnMap& other : map.tracks) {
      if (&other == &track) continue;
      if (nearest == nullptr || distance(other.place, track.place) < distance(nearest->place, track.place)) {
        nearest = &other;
      }
    }
    together += nearest->tags.genre == track.tags.genre ? 1 : 0;
  }
  return together / static_cast<double>(map.tracks.size());
}

class LibraryMapTest : public ::testing::Test {
 protected:
  [[nodiscard]] LibraryMap map(const MapOptions& options = {}) const {
    return map_library(folder_.path(), options, {});
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(LibraryMapTest, families_lie_together_and_the_second_answer_is_the_kept_one) {
  write_sample_catalog(folder_.path(), 60);
  const LibraryMap first = map();
  EXPECT_EQ(first.origin, MapOrigin::fresh);
  EXPECT_EQ(first.tracks.size(), 60U);
  EXPECT_GT(kept_together(first), 0.9);
  const LibraryMap second = map();
  EXPECT_EQ(second.origin, MapOrigin::kept);
  EXPECT_EQ(places(second), places(first));
  EXPECT_TRUE(second.warning.empty());
}

TEST_F(LibraryMapTest, tracks_stay_nearly_where_they_are_when_others_are_added) {
  write_sample_catalog(folder_.path(), 60);
  const auto before = places(map());
  write_sample_catalog(folder_.path(), 75);
  const LibraryMap later = map();
  EXPECT_EQ(later.origin, MapOrigin::continued);
  EXPECT_EQ(later.tracks.size(), 75U);
  const auto after = places(later);
  double extent = 0;
  double largest_move = 0;
  for (const auto& [path, place] : before) {
    extent = std::max({extent, std::abs(place.x), std::abs(place.y)});
    largest_move = std::max(largest_move, distance(place, after.at(path)));
  }
  EXPECT_LT(largest_move, 0.25 * extent);
  EXPECT_GT(kept_together(later), 0.8);
}

TEST_F(LibraryMapTest, mostly_new_tracks_make_a_new_map) {
  write_sample_catalog(folder_.path(), 20);
  (void)map();
  write_sample_catalog(folder_.path(), 60);
  EXPECT_EQ(map().origin, MapOrigin::fresh);
}

TEST_F(LibraryMapTest, removed_tracks_are_not_on_it) {
  write_sample_catalog(folder_.path(), 30);
  (void)map();
  remove_sample_track(folder_.path(), 7);
  const LibraryMap rest = map();
  EXPECT_EQ(rest.tracks.size(), 29U);
  EXPECT_TRUE(rest.is_stale);
}

TEST_F(LibraryMapTest, a_larger_library_is_arranged_by_landmarks) {
  write_sample_catalog(folder_.path(), 90);
  const LibraryMap all = map({.landmarks = 45});
  EXPECT_EQ(all.tracks.size(), 90U);
  EXPECT_GT(kept_together(all), 0.9);
}

TEST_F(LibraryMapTest, one_and_two_and_three_tracks_have_a_map) {
  for (const int tracks : {1, 2, 3}) {
    write_sample_catalog(folder_.path(), tracks);
    const LibraryMap few = map({.fresh = true});
    ASSERT_EQ(few.tracks.size(), static_cast<std::size_t>(tracks));
    for (const TrackOnMap& track : few.tracks) {
      EXPECT_TRUE(std::isfinite(track.place.x) && std::isfinite(track.place.y));
    }
  }
}

TEST_F(LibraryMapTest, without_a_catalog_there_is_no_map) {
  try {
    (void)map();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
  }
}

}  // namespace
}  // namespace resonance::engine
