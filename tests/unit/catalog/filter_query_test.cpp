#include "resonance/catalog/catalog.h"
#include "resonance/core/error.h"
#include "resonance/core/folded_text.h"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_track.h"
#include "support/temporary_directory.h"

namespace resonance::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A catalog whose tracks are named by the letters of their path, "/music/a".
class KeysMatching : public ::testing::Test {
 protected:
  template <typename Change>
  void put(const std::string& path, const Change& change) {
    Track track = sample_track(static_cast<std::int64_t>(catalog_.track_count()));
    track.path = path;
    change(track);
    catalog_.put(track);
  }

  [[nodiscard]] std::vector<std::string> paths(const std::vector<std::string>& conditions) const {
    std::vector<std::string> found;
    for (const std::int64_t key : catalog_.keys_matching(parse_filter(conditions))) {
      found.push_back(catalog_.find_by_key(key)->path);
    }
    return found;
  }

  resonance::testing::TemporaryDirectory folder_;
  Catalog catalog_{folder_.path(), OpenMode::create};
};

TEST_F(KeysMatching, of_an_empty_filter_are_all_in_order_of_key) {
  EXPECT_THAT(paths({}), IsEmpty());
  for (const char* path : {"/c", "/a", "/b"}) put(path, [](Track&) {});
  EXPECT_THAT(paths({}), ElementsAre("/c", "/a", "/b"));
}

TEST_F(KeysMatching, a_folder_holds_what_is_below_it_and_not_its_neighbours) {
  for (const char* path : {"/music/jazz/a", "/music/jazz2/b", "/music/jazz/x/c", "/music/jaz", "/music/jazz",
                           "/music/jazz/\xff\xfe"}) {
    put(path, [](Track&) {});
  }
  EXPECT_THAT(paths({"folder=/music/jazz"}),
              ElementsAre("/music/jazz/a", "/music/jazz/x/c", "/music/jazz/\xff\xfe"));
  EXPECT_THAT(paths({"folder=/music/jazz//"}),
              ElementsAre("/music/jazz/a", "/music/jazz/x/c", "/music/jazz/\xff\xfe"));
  EXPECT_EQ(paths({"folder=/"}).size(), 6U);
  EXPECT_THAT(paths({"folder=/music/jazz2", "folder=/music/jazz/x"}),
              ElementsAre("/music/jazz2/b", "/music/jazz/x/c"));
}

TEST_F(KeysMatching, text_is_compared_without_case_in_any_script) {
  put("/a", [](Track& t) { t.tags.artist = "Björk"; });
  put("/b", [](Track& t) { t.tags.artist = "BJÖRK "; });
  put("/c", [](Track& t) { t.tags.artist = "Кино"; });
  put("/d", [](Track& t) { t.tags.artist = "Bjork"; });
  put("/e", [](Track& t) { t.tags.album_artist = "björk"; });
  EXPECT_THAT(paths({"artist=bJÖRK"}), ElementsAre("/a", "/b", "/e"));
  EXPECT_THAT(paths({"artist=КИНО"}), ElementsAre("/c"));
  EXPECT_THAT(paths({"artist=björk", "artist=кино"}), ElementsAre("/a", "/b", "/c", "/e"));
  EXPECT_THAT(paths({"artist=nobody"}), IsEmpty());
  EXPECT_THAT(paths({"album-artist=björk"}), ElementsAre("/e"));
}

TEST_F(KeysMatching, a_genre_is_the_whole_tag_or_a_part_of_a_list) {
  put("/a", [](Track& t) { t.tags.genre = "Jazz"; });
  put("/b", [](Track& t) { t.tags.genre = "Funk; JAZZ"; });
  put("/c", [](Track& t) { t.tags.genre = "Acid Jazz"; });
  put("/d", [](Track& t) { t.tags.genre = "rock/jazz"; });
  put("/e", [](Track& t) { t.tags.genre = ""; });
  EXPECT_THAT(paths({"genre=jazz"}), ElementsAre("/a", "/b", "/d"));
  EXPECT_THAT(paths({"genre=rock/jazz"}), ElementsAre("/d"));
  EXPECT_THAT(paths({"genre="}), ElementsAre("/e"));
}

// "artist=" found every track without an album artist.
TEST_F(KeysMatching, an_empty_text_means_that_none_of_the_tags_it_may_stand_in_has_any) {
  put("/a", [](Track& t) { t.tags.album_artist = ""; });
  put("/b", [](Track& t) { t.tags.artist = t.tags.album_artist = " "; });
  put("/c", [](Track& t) { t.tags = {}; });
  EXPECT_THAT(paths({"artist="}), ElementsAre("/b", "/c"));
  EXPECT_THAT(paths({"tag="}), ElementsAre("/c"));
  EXPECT_THAT(paths({"artist=", "artist=artist 0"}), ElementsAre("/a", "/b", "/c"));
}

TEST_F(KeysMatching, sql_in_a_text_is_text) {
  put("/a", [](Track& t) { t.tags.genre = "x' OR '1'='1"; });
  put("/b", [](Track&) {});
  EXPECT_THAT(paths({"genre=x' OR '1'='1"}), ElementsAre("/a"));
  EXPECT_THAT(paths({"folder=/' OR 1=1 --"}), IsEmpty());
  EXPECT_THAT(paths({"title=%", "artist=_"}), IsEmpty());
}

TEST_F(KeysMatching, any_tag_is_found_by_tag) {
  put("/a", [](Track& t) { t.tags.title = "Live"; });
  put("/b", [](Track& t) { t.tags.album = "live"; });
  put("/c", [](Track& t) { t.tags.genre = "Rock; LIVE"; });
  put("/d", [](Track&) {});
  EXPECT_THAT(paths({"tag=live"}), ElementsAre("/a", "/b", "/c"));
}

TEST_F(KeysMatching, what_is_not_known_fits_no_range) {
  put("/a", [](Track& t) {
    t.tags.year.reset();
    t.description.tempo_bpm = 0;
    t.description.key_tonic = -1;
  });
  EXPECT_THAT(paths({"year=..3000"}), IsEmpty());
  EXPECT_THAT(paths({"bpm=..500"}), IsEmpty());
  EXPECT_THAT(paths({"bpm~..500"}), IsEmpty());
  EXPECT_THAT(paths({"key=C"}), IsEmpty());
  EXPECT_THAT(paths({"duration=0.."}), ElementsAre("/a"));
}

TEST_F(KeysMatching, half_and_double_tempo_count_if_asked) {
  put("/a", [](Track& t) { t.description.tempo_bpm = 60; });
  put("/b", [](Track& t) { t.description.tempo_bpm = 120; });
  put("/c", [](Track& t) { t.description.tempo_bpm = 240; });
  put("/d", [](Track& t) { t.description.tempo_bpm = 90; });
  EXPECT_THAT(paths({"bpm=115..125"}), ElementsAre("/b"));
  EXPECT_THAT(paths({"bpm~115..125"}), ElementsAre("/a", "/b", "/c"));
  EXPECT_THAT(paths({"bpm=120"}), ElementsAre("/b"));
}

TEST_F(KeysMatching, works_for_a_reader_too_and_after_a_change) {
  put("/a", [](Track& t) { t.tags.genre = "Jazz"; });
  const Catalog reader(folder_.path(), OpenMode::read_only);
  EXPECT_EQ(reader.keys_matching(parse_filter(std::vector<std::string>{"genre=jazz"})).size(), 1U);
  put("/b", [](Track& t) { t.tags.genre = "JAZZ"; });
  EXPECT_EQ(reader.keys_matching(parse_filter(std::vector<std::string>{"genre=jazz"})).size(), 2U);
}

TEST_F(KeysMatching, as_many_conditions_as_are_allowed_are_answered) {
  put("/a", [](Track& t) { t.description.tempo_bpm = 75; });
  std::vector<std::string> conditions;
  for (int i = 0; i < 100; ++i)
    conditions.push_back("bpm~" + std::to_string(i + 80) + ".." + std::to_string(i + 81));
  EXPECT_THAT(paths(conditions), ElementsAre("/a"));
}

// The definition, track by track.
bool in_range(double value, const NumberRange& range) {
  return (!range.least || value >= *range.least) && (!range.most || value <= *range.most);
}

bool passes(const Track& track, const TrackFilter& filter) {
  const auto any = [](const auto& list, const auto& fits) {
    return list.empty() || std::any_of(list.begin(), list.end(), fits);
  };
  const double tempo = double{track.description.tempo_bpm};
  return any(filter.artists,
             [&](const std::string& text) {
               return same_folded(text, track.tags.artist) || same_folded(text, track.tags.album_artist);
             }) &&
         any(filter.genres, [&](const std::string& text) { return same_folded(text, track.tags.genre); }) &&
         any(filter.years,
             [&](const NumberRange& range) {
               return track.tags.year && in_range(*track.tags.year, range);
             }) &&
         any(filter.durations_s,
             [&](const NumberRange& range) { return in_range(track.audio.duration_s, range); }) &&
         any(filter.tempos,
             [&](const TempoRange& range) {
               if (tempo == 0) return false;
               if (in_range(tempo, range.bpm)) return true;
               return range.any_octave && (in_range(tempo * 2, range.bpm) || in_range(tempo / 2, range.bpm));
             }) &&
         any(filter.keys, [&](const MusicalKey& key) {
           return key == MusicalKey{track.description.key_tonic, track.description.key_minor};
         });
}

TEST_F(KeysMatching, are_those_that_the_definition_admits_on_random_catalogs) {
  std::mt19937 random(21);
  std::vector<Track> tracks;
  for (int i = 0; i < 300; ++i) {
    Track track = sample_track(i);
    static constexpr std::array<const char*, 4> kGenres{"jazz", "JAZZ", "Rock", ""};
    track.tags.genre = kGenres[random() % 4];
    track.tags.artist = random() % 2 == 0 ? "Ö" : "ö";
    if (random() % 3 == 0) track.tags.artist = "other";
    track.tags.year =
        random() % 5 == 0 ? std::nullopt : std::optional(1950 + static_cast<int>(random() % 70));
    track.audio.duration_s = static_cast<double>(random() % 600);
    track.description.tempo_bpm = random() % 6 == 0 ? 0 : static_cast<float>(50 + random() % 150);
    track.description.key_tonic = static_cast<int>(random() % 13) - 1;
    track.description.key_minor = random() % 2 == 0;
    tracks.push_back(track);
  }
  tracks = catalog_.put(tracks);
  static constexpr std::array<const char*, 12> kConditions{
      "genre=jazz", "genre=",       "artist=Ö", "year=1960..1985",     "year=..1975", "year=2000..",
      "bpm~120",    "bpm=100..140", "key~C",    "duration=1:00..5:00", "key=F#m",     "genre=rock"};
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> conditions;
    for (unsigned count = random() % 5; count > 0; --count) {
      conditions.emplace_back(kConditions[random() % kConditions.size()]);
    }
    const TrackFilter filter = parse_filter(conditions);
    std::vector<std::int64_t> expected;
    for (const Track& track : tracks) {
      if (passes(track, filter)) expected.push_back(track.key);
    }
    EXPECT_EQ(catalog_.keys_matching(filter), expected) << ::testing::PrintToString(conditions);
  }
}

}  // namespace
}  // namespace resonance::catalog
