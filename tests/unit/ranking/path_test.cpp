#include "resonance/ranking/path.h"

#include "resonance/core/error.h"
#include "resonance/ranking/vector_math.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "random_vectors.h"

namespace resonance::ranking {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<float> at_degrees(double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

// Tracks on a circle.
struct Circle {
  std::vector<std::vector<float>> points;
  std::vector<Candidate> tracks;

  explicit Circle(const std::vector<double>& degrees) {
    points.reserve(degrees.size());
    for (std::size_t i = 0; i < degrees.size(); ++i) {
      points.push_back(at_degrees(degrees[i]));
      Candidate track;
      track.id = "t" + std::to_string(i);
      track.embedding = points.back();
      track.facts.tags.title = track.id;  // or nearest neighbours would count as duplicates
      tracks.push_back(track);
    }
  }
  [[nodiscard]] Path path(std::size_t length) const {
    return choose_path(tracks.front(), tracks.back(), std::span(tracks).subspan(1, tracks.size() - 2),
                       {.length = length});
  }
};

TEST(PathWaypoints, divide_the_great_circle_evenly) {
  const Matrix waypoints = path_waypoints(at_degrees(10), at_degrees(90), 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const std::vector<float> expected = at_degrees(10 + 20 * double(i));
    EXPECT_NEAR(waypoints(i, 0), expected[0], 1e-6);
    EXPECT_NEAR(waypoints(i, 1), expected[1], 1e-6);
  }
}

TEST(PathWaypoints, of_random_ends_have_unit_length_and_equal_steps) {
  const Matrix ends = random_unit_rows(2, 64, 51);
  const Matrix waypoints = path_waypoints(ends.row(0), ends.row(1), 9);
  const double step = angle_between(ends.row(0), ends.row(1)) / 8;
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_NEAR(inner_product(waypoints.row(i), waypoints.row(i)), 1, 1e-6);
    EXPECT_NEAR(angle_between(waypoints.row(0), waypoints.row(i)), double(i) * step, 1e-5);
  }
}

TEST(PathWaypoints, lead_to_the_opposite_side_too) {
  const Matrix waypoints = path_waypoints(at_degrees(0), at_degrees(180), 3);
  EXPECT_NEAR(waypoints(1, 0), 0, 1e-6);
  EXPECT_NEAR(std::abs(waypoints(1, 1)), 1, 1e-6);
}

TEST(PathWaypoints, refuse_ends_between_which_there_is_no_way) {
  const std::vector<float> here = at_degrees(0);
  EXPECT_THROW(path_waypoints(here, here, 5), Error);
  EXPECT_THROW(path_waypoints(here, at_degrees(90), 1), Error);
  EXPECT_THROW(path_waypoints(here, std::vector<float>{0, 0}, 5), Error);
  EXPECT_THROW(path_waypoints(here, std::vector<float>{1, 0, 0}, 5), Error);
  EXPECT_THROW(path_waypoints(here, std::vector<float>{NAN, 0}, 5), Error);
}

TEST(ChoosePath, takes_the_tracks_at_even_steps) {
  // Pool positions: 5, 20, 22, 41, 60, 79, 100 degrees.
  const Circle circle({0, 5, 20, 22, 41, 60, 79, 100, 80});
  EXPECT_THAT(circle.path(5).between, ElementsAre(1, 3, 4));
  EXPECT_THAT(circle.path(3).between, ElementsAre(3));
  EXPECT_THAT(circle.path(2).between, IsEmpty());
  EXPECT_EQ(circle.path(5).note, "");
}

TEST(ChoosePath, with_too_few_tracks_takes_them_all_in_order_and_says_so) {
  const Circle circle({0, 60, 20, 40, 80});
  const Path path = circle.path(9);
  EXPECT_THAT(path.between, ElementsAre(1, 2, 0));
  EXPECT_THAT(path.note, HasSubstr("only 5 of 9 tracks"));
  EXPECT_THAT(Circle({0, 80}).path(4).between, IsEmpty());
}

TEST(ChoosePath, passes_over_the_ends_and_their_copies) {
  Circle circle({0, 0, 40, 40, 80});
  circle.tracks[1].id = circle.tracks[0].id;
  circle.tracks[2].hash.bytes[0] = 1;
  circle.tracks[3].hash.bytes[0] = 1;
  EXPECT_THAT(circle.path(4).between, ElementsAre(1));
}

// Silence is at a right angle to everything, which is near in many dimensions.
TEST(ChoosePath, never_leads_through_silence) {
  Circle circle({0, 120, 180});
  const std::vector<float> silence{0, 0};
  circle.tracks[1].embedding = silence;
  EXPECT_THAT(circle.path(3).between, IsEmpty());
}

TEST(ChoosePath, keeps_a_direction_where_it_can) {
  Circle circle({0, 19, 21, 39, 41, 60});
  const std::vector<float> tempos{100, 140, 110, 90, 120, 130};
  for (std::size_t i = 0; i < tempos.size(); ++i) {
    circle.tracks[i].facts.description.tempo_bpm = tempos[i];
    circle.tracks[i].facts.description.tempo_confidence = 1;
  }
  const Path path =
      choose_path(circle.tracks.front(), circle.tracks.back(), std::span(circle.tracks).subspan(1, 4),
                  {.length = 4, .flow = {.tempo = Direction::up}});
  EXPECT_THAT(path.between, ElementsAre(1, 3));
}

TEST(ChoosePath, on_random_tracks_has_the_length_no_repeats_and_steps_much_smaller_than_the_whole_way) {
  const Matrix rows = random_unit_rows(3000, 6, 52);
  std::vector<Candidate> tracks;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    Candidate track;
    track.id = "t" + std::to_string(i);
    track.facts.tags.title = track.id;
    track.embedding = rows.row(i);
    tracks.push_back(track);
  }
  for (const std::size_t length : {3U, 8U, 15U}) {
    const Path path = choose_path(tracks[0], tracks[1], std::span(tracks).subspan(2), {.length = length});
    ASSERT_EQ(path.between.size(), length - 2);
    EXPECT_EQ(std::set<std::size_t>(path.between.begin(), path.between.end()).size(), length - 2);
    std::vector<std::size_t> all{0};
    for (const std::size_t position : path.between) all.push_back(position + 2);
    all.push_back(1);
    const double whole = angle_between(rows.row(0), rows.row(1));
    for (std::size_t i = 1; i < all.size(); ++i) {
      EXPECT_LT(angle_between(rows.row(all[i - 1]), rows.row(all[i])), 2 * whole / double(length - 1) + 0.15);
    }
  }
}

TEST(ChoosePath, does_not_depend_on_the_order_of_the_pool) {
  const Matrix rows = random_unit_rows(80, 4, 53);
  std::vector<Candidate> tracks;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    Candidate track;
    track.id = "t" + std::to_string(i / 2 * 2);  // and some twice
    track.row = static_cast<std::int64_t>(i);
    track.embedding = rows.row(i / 2 * 2);
    tracks.push_back(track);
  }
  const auto ids = [&](const std::vector<Candidate>& pool) {
    std::vector<std::string> names;
    for (const std::size_t i : choose_path(tracks[0], tracks[2], pool, {.length = 7}).between) {
      names.push_back(pool[i].id);
    }
    return names;
  };
  std::vector<Candidate> shuffled = tracks;
  std::mt19937 random(54);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_EQ(ids(shuffled), ids(tracks));
  }
}

TEST(TracksLasting, divides_by_the_mean_duration) {
  std::vector<Candidate> tracks(2);
  tracks[0].facts.description.duration_s = 100;
  tracks[1].facts.description.duration_s = 300;
  EXPECT_EQ(tracks_lasting(2000, tracks), 10U);
  EXPECT_EQ(tracks_lasting(1, tracks), 2U);
  EXPECT_EQ(tracks_lasting(1e12, tracks), 1000U);
  EXPECT_EQ(tracks_lasting(2000, {}), 2U);
}

}  // namespace
}  // namespace resonance::ranking
