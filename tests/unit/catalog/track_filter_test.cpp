#include "resonance/catalog/track_filter.h"

#include "resonance/core/error.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::catalog {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TrackFilter parse(const std::vector<std::string>& conditions) { return parse_filter(conditions); }

std::string complaint_about(const std::string& condition) {
  try {
    parse({condition});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "";
}

TEST(ParseFilter, texts_are_taken_as_they_are) {
  const TrackFilter filter = parse({"genre=jazz", "genre=Hard Bop", "artist=a=b~c", "album_artist=X",
                                    "Title=", "folder=/music/new", "tag=live", "album=One"});
  EXPECT_THAT(filter.genres, ElementsAre("jazz", "Hard Bop"));
  EXPECT_THAT(filter.artists, ElementsAre("a=b~c"));
  EXPECT_THAT(filter.album_artists, ElementsAre("X"));
  EXPECT_THAT(filter.titles, ElementsAre(""));
  EXPECT_THAT(filter.folders, ElementsAre("/music/new"));
  EXPECT_THAT(filter.tags, ElementsAre("live"));
  EXPECT_THAT(filter.albums, ElementsAre("One"));
}

TEST(ParseFilter, ranges_have_two_ends_or_one) {
  EXPECT_THAT(parse({"year=1990..1999", "year=2010..", "year=..1969", "year=1984"}).years,
              ElementsAre(NumberRange{1990, 1999}, NumberRange{2010, {}}, NumberRange{{}, 1969},
                          NumberRange{1984, 1984}));
  EXPECT_THAT(parse({"year= 1990 .. 1999 "}).years, ElementsAre(NumberRange{1990, 1999}));
}

TEST(ParseFilter, durations_are_seconds_or_have_colons) {
  EXPECT_THAT(
      parse({"duration=2:30..5:00", "duration=..90", "duration=1:00:00.5..", "duration=200"}).durations_s,
      ElementsAre(NumberRange{150, 300}, NumberRange{{}, 90}, NumberRange{3600.5, {}},
                  NumberRange{199.5, 200.5}));
}

TEST(ParseFilter, a_tempo_is_exact_or_about) {
  EXPECT_THAT(parse({"bpm=120..130", "bpm=120", "bpm~120", "bpm~60..70"}).tempos,
              ElementsAre(TempoRange{{120, 130}, false}, TempoRange{{119.5, 120.5}, false},
                          TempoRange{{115.2, 124.8}, true}, TempoRange{{60, 70}, true}));
}

TEST(ParseFilter, about_a_key_are_those_that_mix_with_it) {
  EXPECT_THAT(parse({"key=Am"}).keys, ElementsAre(MusicalKey{9, true}));
  EXPECT_EQ(parse({"key~8A"}).keys.size(), 4U);
}

TEST(ParseFilter, an_unknown_name_is_told_the_nearest_and_all_valid_ones) {
  EXPECT_THAT(
      complaint_about("gerne=jazz"),
      AllOf(HasSubstr("'gerne=jazz'"), HasSubstr("did you mean 'genre'?"), HasSubstr("album-artist")));
  EXPECT_THAT(complaint_about("xyzzy=1"), AllOf(HasSubstr("there is no 'xyzzy' (one of folder, title")));
  EXPECT_THAT(complaint_about("jazz"), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(complaint_about(""), HasSubstr("NAME=VALUE"));
}

TEST(ParseFilter, names_the_part_that_is_wrong) {
  EXPECT_THAT(complaint_about("year=199x..2000"), HasSubstr("'199x' is not a year"));
  EXPECT_THAT(complaint_about("year=2000..1990"), HasSubstr("empty"));
  EXPECT_THAT(complaint_about("year=.."), HasSubstr("at least one end"));
  EXPECT_THAT(complaint_about("year="), HasSubstr("is not a year"));
  EXPECT_THAT(complaint_about("bpm=inf"), HasSubstr("'inf' is not a tempo"));
  EXPECT_THAT(complaint_about("bpm=1e3"), HasSubstr("not a tempo"));
  EXPECT_THAT(complaint_about("bpm~-5"), HasSubstr("not a tempo"));
  EXPECT_THAT(complaint_about("duration=3:75"), HasSubstr("not a duration"));
  EXPECT_THAT(complaint_about("duration=1:2:3:4"), HasSubstr("not a duration"));
  EXPECT_THAT(complaint_about("duration=-3"), HasSubstr("not a duration"));
  EXPECT_THAT(complaint_about("key=H"), HasSubstr("'H' is not a key"));
  EXPECT_THAT(complaint_about("genre~jazz"), HasSubstr("genre="));
  EXPECT_THAT(complaint_about("folder="), HasSubstr("no name"));
}

TEST(ParseFilter, is_bounded) {
  EXPECT_THROW(parse({"genre=" + std::string(5000, 'x')}), Error);
  EXPECT_THROW(parse(std::vector<std::string>(101, "genre=x")), Error);
  EXPECT_EQ(parse(std::vector<std::string>(100, "genre=x")).genres.size(), 100U);
}

}  // namespace
}  // namespace resonance::catalog
