#include "resonance/embedding/projection.h"

#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace resonance::embedding {
namespace {

ModelInfo test_model() { return {.name = std::string(kStatisticsName), .version = 1, .feature_version = 1}; }

double inner(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Gaussian descriptors: dimension d has mean d and deviation d + 1; dimension 0 of harmony never changes.
std::vector<Descriptor> library(std::size_t tracks, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<Descriptor> result(tracks);
  for (Descriptor& descriptor : result) {
    for (const auto& [part, dimensions] :
         {std::pair{&descriptor.timbre, 300}, {&descriptor.harmony, 40}, {&descriptor.rhythm, 20}}) {
      for (int d = 0; d < dimensions; ++d) {
        part->push_back(static_cast<float>(d) + static_cast<float>(d + 1) * normal(random));
      }
    }
    descriptor.harmony[0] = 7;
  }
  return result;
}

TEST(Projection, every_part_and_the_fused_vector_have_unit_length_and_512_dimensions_in_all) {
  const auto tracks = library(100);
  const Projection projection = Projection::fit(test_model(), tracks);
  const Embedding embedding = projection.project(tracks[3]);
  EXPECT_EQ(embedding.fused.size(), static_cast<std::size_t>(kEmbeddingDimensions));
  EXPECT_EQ(embedding.timbre.size() + embedding.harmony.size() + embedding.rhythm.size(),
            embedding.fused.size());
  for (const auto* part : {&embedding.fused, &embedding.timbre, &embedding.harmony, &embedding.rhythm}) {
    EXPECT_NEAR(inner(*part, *part), 1.0, 1e-5);
  }
}

TEST(Projection, the_fused_inner_product_is_one_weighted_sum_of_the_parts_inner_products) {
  const auto tracks = library(60);
  const Projection projection = Projection::fit(test_model(), tracks);
  const PartWeights weights = projection.weights();
  EXPECT_NEAR(weights.timbre + weights.harmony + weights.rhythm, 1.0, 1e-6);
  for (std::size_t i = 1; i < tracks.size(); ++i) {
    const Embedding a = projection.project(tracks[0]);
    const Embedding b = projection.project(tracks[i]);
    EXPECT_NEAR(inner(a.fused, b.fused),
                weights.timbre * inner(a.timbre, b.timbre) + weights.harmony * inner(a.harmony, b.harmony) +
                    weights.rhythm * inner(a.rhythm, b.rhythm),
                1e-5);
  }
}

/// A library of a network beside `statistics`: `count` tracks, each with a style.
std::vector<Descriptor> library_with_style(std::size_t count) {
  auto tracks = library(count);
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.5F, 1.0F);
  for (Descriptor& track : tracks) {
    track.fused.resize(kStyleDimensions);
    for (float& value : track.fused) value = normal(random);
  }
  return tracks;
}

ModelInfo model_beside() { return {.name = "net-01234567+statistics", .version = 1, .feature_version = 1}; }

TEST(Projection, a_network_beside_statistics_shares_in_timbre_and_the_parts_still_make_the_fused_vector) {
  auto tracks = library_with_style(60);
  const Projection projection = Projection::fit(model_beside(), tracks);
  const PartWeights weights = projection.weights();
  EXPECT_NEAR(weights.timbre + weights.harmony + weights.rhythm, 1.0, 1e-6);
  const Embedding a = projection.project(tracks[0]);
  EXPECT_EQ(a.fused.size(), static_cast<std::size_t>(kEmbeddingDimensions));
  EXPECT_EQ(projection.output_dimensions(), (std::array{a.timbre.size(), a.harmony.size(), a.rhythm.size()}));
  for (std::size_t i = 1; i < tracks.size(); ++i) {
    const Embedding b = projection.project(tracks[i]);
    EXPECT_NEAR(inner(b.timbre, b.timbre), 1.0, 1e-5);
    EXPECT_NEAR(inner(a.fused, b.fused),
                weights.timbre * inner(a.timbre, b.timbre) + weights.harmony * inner(a.harmony, b.harmony) +
                    weights.rhythm * inner(a.rhythm, b.rhythm),
                1e-5);
  }
  // Another style is another timbre, and no other harmony.
  Descriptor other = tracks[1];
  other.fused = tracks[2].fused;
  const Embedding before = projection.project(tracks[1]);
  const Embedding after = projection.project(other);
  EXPECT_LT(inner(before.timbre, after.timbre), 0.9);
  EXPECT_EQ(before.harmony, after.harmony);
  const Projection read = Projection::deserialize(projection.serialize());
  EXPECT_EQ(read.project(other).fused, after.fused);
  EXPECT_EQ(read.output_dimensions(), projection.output_dimensions());
}

TEST(Projection, a_network_beside_statistics_needs_a_style_of_128_values) {
  auto tracks = library_with_style(20);
  for (Descriptor& track : tracks) track.fused.resize(64);
  EXPECT_THROW((void)Projection::fit(model_beside(), tracks), Error);
  EXPECT_THROW((void)Projection::fit(model_beside(), library(20)), Error);
  EXPECT_THROW((void)Projection::fit(test_model(), library_with_style(20)), Error);
}

TEST(Projection, a_silent_part_is_zero_and_the_rest_still_has_unit_length) {
  auto tracks = library(30);
  Descriptor silent = tracks[0];
  std::fill(silent.rhythm.begin(), silent.rhythm.end(), 0.0F);
  tracks.push_back(silent);
  const Projection projection = Projection::fit(test_model(), tracks);
  const Embedding embedding = projection.project(silent);
  EXPECT_EQ(inner(embedding.rhythm, embedding.rhythm), 0.0);
  EXPECT_NEAR(inner(embedding.fused, embedding.fused), 1.0, 1e-5);
  std::fill(silent.timbre.begin(), silent.timbre.end(), 0.0F);
  std::fill(silent.harmony.begin(), silent.harmony.end(), 0.0F);
  const Embedding nothing = projection.project(silent);
  EXPECT_EQ(inner(nothing.fused, nothing.fused), 0.0);
}

TEST(Projection, one_track_two_equal_tracks_and_a_library_of_silence_give_finite_embeddings) {
  const auto one = library(1);
  auto silence = one;
  for (auto* part : {&silence[0].timbre, &silence[0].harmony, &silence[0].rhythm}) {
    std::fill(part->begin(), part->end(), 0.0F);
  }
  for (const auto& tracks : {one, {one[0], one[0]}, silence}) {
    const Projection projection = Projection::fit(test_model(), tracks);
    for (const Descriptor& track : {one[0], library(1, 9)[0]}) {
      for (const float value : projection.project(track).fused) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST(Projection, a_track_listed_twice_is_its_own_nearest_neighbour) {
  auto tracks = library(50);
  tracks.push_back(tracks[10]);
  const Projection projection = Projection::fit(test_model(), tracks);
  EXPECT_NEAR(inner(projection.project(tracks[10]).fused, projection.project(tracks[50]).fused), 1.0, 1e-5);
}

TEST(Projection, a_dimension_in_another_unit_makes_no_difference) {
  auto tracks = library(200);
  const Projection before = Projection::fit(test_model(), tracks);
  const double similarity = inner(before.project(tracks[0]).fused, before.project(tracks[1]).fused);
  for (Descriptor& track : tracks) track.timbre[5] = 1024 * track.timbre[5] + 3;
  const Projection after = Projection::fit(test_model(), tracks);
  EXPECT_NEAR(inner(after.project(tracks[0]).fused, after.project(tracks[1]).fused), similarity, 1e-3);
}

TEST(Projection, no_track_and_differing_dimensions_are_refused) {
  EXPECT_THROW((void)Projection::fit(test_model(), {}), Error);
  auto tracks = library(3);
  tracks[2].rhythm.pop_back();
  EXPECT_THROW((void)Projection::fit(test_model(), tracks), Error);
  const auto good = library(3);
  EXPECT_THROW((void)Projection::fit(test_model(), good).project(tracks[2]), Error);
}

TEST(Projection, it_round_trips_through_bytes_to_the_last_bit) {
  const auto tracks = library(40);
  const Projection projection = Projection::fit(test_model(), tracks);
  const std::string bytes = projection.serialize();
  const Projection read = Projection::deserialize(bytes);
  EXPECT_EQ(read.model(), test_model());
  EXPECT_EQ(read.fitted_on(), 40U);
  EXPECT_EQ(read.serialize(), bytes);
  EXPECT_EQ(read.project(tracks[7]).fused, projection.project(tracks[7]).fused);
  EXPECT_EQ(Projection::fit(test_model(), tracks).serialize(), bytes) << "fitting is deterministic";
}

TEST(Projection, any_bit_flipped_or_byte_missing_is_found) {
  const std::string bytes = Projection::fit(test_model(), library(5)).serialize();
  for (std::size_t at = 0; at < bytes.size(); at += 1 + at / 3) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_THROW((void)Projection::deserialize(damaged), Error) << at;
    EXPECT_THROW((void)Projection::deserialize(std::string_view(bytes).substr(0, at)), Error) << at;
  }
  EXPECT_THROW((void)Projection::deserialize(bytes + "x"), Error);
}

TEST(Projection, lying_counts_behind_a_right_checksum_are_found_too) {
  const std::string bytes = Projection::fit(test_model(), library(5)).serialize();
  for (std::size_t at = 8; at < 64; ++at) {
    std::string damaged = bytes.substr(0, bytes.size() - 4);
    damaged[at] = '\xff';
    const std::uint32_t checksum = crc32(0, damaged);
    damaged.append(reinterpret_cast<const char*>(&checksum), 4);
    try {
      (void)Projection::deserialize(damaged);  // a changed number may be as good as another
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
    }
  }
}

}  // namespace
}  // namespace resonance::embedding
