// Learned models, on the golden networks of tools/make_golden_models.py, whose answers are known in closed
// form.
#include "resonance/core/error.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/model_contract.h"
#include "resonance/embedding/onnx_model.h"
#include "resonance/embedding/projection.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"
#include "unit/embedding/feature_blocks.h"

namespace resonance::embedding {
namespace {

using resonance::testing::random_block;
using resonance::testing::rows_of;
using resonance::testing::segments_of;
using resonance::testing::silent_block;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(RESONANCE_SOURCE_DIR) / "tests/golden/models" / name;
}

Descriptor descriptor_of(const Embedder& embedder, const FeatureBlock& block, std::size_t step) {
  const auto builder = embedder.begin_track();
  for (std::size_t at = 0; at < block.frames(); at += step) {
    builder->push(rows_of(block, at, std::min(step, block.frames() - at)));
  }
  return builder->finish();
}

/// What means.onnx says of one part: the mean over segments of the unit vectors of each segment's mean frame,
/// times sqrt(1/3).
std::vector<float> expected_part(const Matrix& frames, std::size_t dimensions) {
  const auto segments = static_cast<std::size_t>(segment_count(static_cast<std::int64_t>(frames.rows())));
  const std::size_t kept = std::min(frames.cols(), dimensions);
  std::vector<double> sum(dimensions);
  for (std::size_t s = 0; s < segments; ++s) {
    std::vector<double> mean(kept);
    for (std::size_t t = 0; t < static_cast<std::size_t>(kSegmentFrames); ++t) {
      for (std::size_t d = 0; d < kept; ++d)
        mean[d] += frames((s * kSegmentHopFrames + t) % frames.rows(), d);
    }
    double squares = 0;
    for (const double value : mean) squares += value * value;
    for (std::size_t d = 0; d < kept; ++d) sum[d] += mean[d] / std::sqrt(squares);
  }
  std::vector<float> result(dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) {
    result[d] = static_cast<float>(sum[d] / static_cast<double>(segments) * std::sqrt(1.0 / 3));
  }
  return result;
}

class LearnedEmbedderLength : public ::testing::TestWithParam<std::size_t> {};

TEST_P(LearnedEmbedderLength, the_descriptor_is_the_mean_over_the_segments_of_any_track) {
  const auto embedder = open_learned_embedder(golden("means.onnx"));
  const FeatureBlock block = random_block(GetParam(), 7);
  const Descriptor found = descriptor_of(*embedder, block, 333);
  EXPECT_THAT(found.timbre, Pointwise(FloatNear(1e-3F), expected_part(block.log_mel, 256)));
  EXPECT_THAT(found.harmony, Pointwise(FloatNear(1e-3F), expected_part(block.chroma, 128)));
  EXPECT_THAT(found.rhythm, Pointwise(FloatNear(1e-3F), expected_part(block.tempogram, 128)));
  EXPECT_TRUE(found.fused.empty());
}

// Shorter than a segment, one, some, and more than one pass (6,700 frames).
INSTANTIATE_TEST_SUITE_P(frames, LearnedEmbedderLength, ::testing::Values(50, 900, 2345, 15001));

TEST_P(LearnedEmbedderLength, each_segment_is_heard_once_and_in_order) {
  const auto embedder = open_learned_embedder(golden("means.onnx"));
  const FeatureBlock block = random_block(GetParam(), 7);
  const auto found = segments_of(*embedder, block, 333);
  ASSERT_EQ(found.size(), static_cast<std::size_t>(segment_count(static_cast<std::int64_t>(GetParam()))));
  for (std::size_t s = 0; s < found.size(); s += 7) {
    const std::size_t first = s * kSegmentHopFrames;
    const FeatureBlock segment =
        rows_of(block, first, std::min<std::size_t>(kSegmentFrames, block.frames() - first));
    EXPECT_THAT(found[s].timbre, Pointwise(FloatNear(1e-3F), expected_part(segment.log_mel, 256))) << s;
    EXPECT_THAT(found[s].rhythm, Pointwise(FloatNear(1e-3F), expected_part(segment.tempogram, 128))) << s;
  }
}

TEST(LearnedEmbedder, of_a_silent_segment_there_is_nothing_to_say_though_the_track_is_heard) {
  const auto embedder = open_learned_embedder(golden("means.onnx"));
  FeatureBlock block = silent_block(8000);  // more than one pass
  const FeatureBlock sound = random_block(300, 4);
  for (std::size_t t = 0; t < sound.frames(); ++t) {
    for (const std::size_t from : {std::size_t{0}, std::size_t{7500}}) {
      std::copy(sound.log_mel.row(t).begin(), sound.log_mel.row(t).end(),
                block.log_mel.row(from + t).begin());
    }
  }
  const auto found = segments_of(*embedder, block, 500);
  ASSERT_EQ(found.size(), 36U);
  for (std::size_t s = 0; s < found.size(); ++s) {
    const std::size_t first = s * kSegmentHopFrames;
    const bool heard = first < 300 || first + kSegmentFrames > 7500;
    EXPECT_EQ(found[s].timbre != std::vector<float>(256), heard) << s;
  }
}

TEST(LearnedEmbedder, a_segment_with_style_has_the_statistics_of_its_own_frames) {
  const auto embedder = open_learned_embedder(golden("style.onnx"));
  for (const std::size_t frames : {std::size_t{500}, std::size_t{2345}, std::size_t{7500}}) {
    const FeatureBlock block = random_block(frames, 9);
    const auto found = segments_of(*embedder, block, 333);
    const auto statistics = segments_of(*make_statistics_embedder(), block, 333);
    ASSERT_EQ(found.size(), statistics.size());
    for (std::size_t s = 0; s < found.size(); ++s) {
      EXPECT_EQ(found[s].timbre, statistics[s].timbre) << s;
      EXPECT_EQ(found[s].rhythm, statistics[s].rhythm) << s;
      const std::size_t first = s * kSegmentHopFrames;
      std::vector<float> style = expected_part(
          rows_of(block, first, std::min<std::size_t>(kSegmentFrames, frames - first)).log_mel, 256);
      style.resize(kStyleDimensions);
      for (float& value : style) value *= std::sqrt(3.0F);
      EXPECT_THAT(found[s].fused, Pointwise(FloatNear(1e-3F), style)) << s;
    }
  }
}

TEST(LearnedEmbedder, where_blocks_end_makes_no_difference) {
  const auto embedder = open_learned_embedder(golden("means.onnx"));
  const FeatureBlock block = random_block(7000, 3);
  EXPECT_EQ(descriptor_of(*embedder, block, 7000), descriptor_of(*embedder, block, 251));
}

TEST(LearnedEmbedder, its_name_tells_models_apart_and_silence_says_nothing) {
  const auto embedder = open_learned_embedder(golden("means.onnx"));
  EXPECT_EQ(embedder->info().name, "means-0123abcd");
  EXPECT_EQ(embedder->info().feature_version, kFeatureVersion);
  const Descriptor silence = descriptor_of(*embedder, silent_block(1000), 1000);
  EXPECT_EQ(silence.timbre, std::vector<float>(256));
  EXPECT_EQ(silence.rhythm, std::vector<float>(128));
}

TEST(LearnedEmbedder, a_model_with_style_stands_beside_the_statistics) {
  const auto embedder = open_learned_embedder(golden("style.onnx"));
  EXPECT_EQ(embedder->info().name, "means-0123abcd+statistics");
  const FeatureBlock block = random_block(2345, 7);
  const Descriptor found = descriptor_of(*embedder, block, 333);
  const Descriptor statistics = descriptor_of(*make_statistics_embedder(), block, 333);
  EXPECT_EQ(found.timbre, statistics.timbre);
  EXPECT_EQ(found.harmony, statistics.harmony);
  EXPECT_EQ(found.rhythm, statistics.rhythm);
  std::vector<float> style = expected_part(block.log_mel, 256);
  style.resize(kStyleDimensions);
  for (float& value : style) value *= std::sqrt(3.0F);
  EXPECT_THAT(found.fused, Pointwise(FloatNear(1e-3F), style));
  const Descriptor silence = descriptor_of(*embedder, silent_block(1000), 1000);
  EXPECT_EQ(silence.fused, std::vector<float>(kStyleDimensions));
}

TEST(LearnedEmbedder, serves_several_threads) {
  const auto embedder = open_learned_embedder(golden("means.onnx"));
  const FeatureBlock block = random_block(1500, 5);
  const Descriptor alone = descriptor_of(*embedder, block, 1500);
  std::vector<Descriptor> found(4);
  {
    std::vector<std::jthread> threads;
    for (Descriptor& result : found) {
      threads.emplace_back([&] { result = descriptor_of(*embedder, block, 1500); });
    }
  }
  for (const Descriptor& result : found) EXPECT_EQ(result, alone);
}

/// The code and message that opening `file`, and hearing a track with it, ends with.
std::pair<ErrorCode, std::string> problem_of(const std::filesystem::path& file) {
  try {
    const auto embedder = open_learned_embedder(file);
    (void)descriptor_of(*embedder, random_block(1500, 1), 1500);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  return {ErrorCode::internal, "no error"};
}

TEST(LearnedEmbedder, files_that_are_no_model_of_this_program_are_refused_by_name) {
  const resonance::testing::TemporaryDirectory folder;
  const auto expect = [](const std::filesystem::path& file, ErrorCode code, const std::string& what) {
    const auto [found, message] = problem_of(file);
    EXPECT_EQ(found, code) << message;
    EXPECT_THAT(message, HasSubstr(file.string()));
    EXPECT_THAT(message, HasSubstr(what));
  };
  expect(folder / "none.onnx", ErrorCode::not_found, "No such file");
  expect(golden("foreign.onnx"), ErrorCode::corrupt_data, "no model of Resonance");
  expect(golden("old_features.onnx"), ErrorCode::version_mismatch, "features version 99");
  expect(golden("short.onnx"), ErrorCode::corrupt_data, "does not keep its contract");

  std::ifstream stream(golden("means.onnx"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  for (const std::size_t kept : {std::size_t{0}, std::size_t{10}, bytes.size() / 2, bytes.size() - 3}) {
    std::ofstream(folder / "cut.onnx", std::ios::binary) << bytes.substr(0, kept);
    const auto [code, message] = problem_of(folder / "cut.onnx");
    EXPECT_NE(code, ErrorCode::internal) << kept;
    EXPECT_THAT(message, HasSubstr("cut.onnx"));
  }
}

TEST(LearnedEmbedder, a_turned_bit_is_found_before_the_network_is_run) {
  const resonance::testing::TemporaryDirectory folder;
  std::ifstream stream(golden("means.onnx"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    std::ofstream(folder / "damaged.onnx", std::ios::binary) << damaged;
    EXPECT_EQ(problem_of(folder / "damaged.onnx").first, ErrorCode::corrupt_data) << at;
  }
}

TEST(OnnxModel, wrong_names_and_shapes_are_refused) {
  const OnnxModel model(golden("means.onnx"), read_model_file(golden("means.onnx")));
  const std::vector<float> values(900 * 160);
  const auto run = [&](const char* name, std::int64_t frames, std::string_view output) {
    const std::array<NamedInput, 1> inputs{NamedInput{name, {1, frames, 160}, values}};
    const std::array<std::string_view, 1> wanted{output};
    return model.run(inputs, wanted);
  };
  EXPECT_THROW((void)run("no_such_input", 900, "embedding"), Error);
  EXPECT_THROW((void)run("log_mel", 899, "embedding"), Error);
  EXPECT_THROW((void)run("log_mel", 900, "no_such_output"), Error);
  EXPECT_THROW((void)run("log_mel", 900, "embedding"), Error) << "the other inputs are missing";
}

TEST(CentredProjection, subtracts_the_mean_of_the_library_and_keeps_parts_and_fused_vector_consistent) {
  const ModelInfo model{.name = "m-00000000", .version = 1, .feature_version = 1};
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<Descriptor> tracks(200);
  for (Descriptor& track : tracks) {
    for (auto& [part, count] : {std::pair{&track.timbre, 256}, {&track.harmony, 128}, {&track.rhythm, 128}}) {
      for (int d = 0; d < count; ++d) part->push_back(3.0F + normal(random));
    }
  }
  const Projection projection = Projection::fit(model, tracks);
  std::vector<double> mean(kEmbeddingDimensions);
  for (const Descriptor& track : tracks) {
    const Embedding embedding = projection.project(track);
    double squares = 0;
    for (std::size_t d = 0; d < mean.size(); ++d) {
      mean[d] += embedding.fused[d] / 200.0;
      squares += double{embedding.fused[d]} * embedding.fused[d];
    }
    EXPECT_NEAR(squares, 1.0, 1e-5);
  }
  for (const double value : mean) EXPECT_NEAR(value, 0.0, 0.03) << "3 / sqrt(512 * 10) before";
  const PartWeights weights = projection.weights();
  EXPECT_NEAR(weights.timbre, 0.5, 0.02);
  EXPECT_NEAR(weights.harmony + weights.rhythm, 0.5, 0.02);

  const Projection read = Projection::deserialize(projection.serialize());
  EXPECT_EQ(read.project(tracks[5]).fused, projection.project(tracks[5]).fused);
  EXPECT_EQ(read.weights().harmony, weights.harmony);
  const Descriptor silence{std::vector<float>(256), std::vector<float>(128), std::vector<float>(128)};
  EXPECT_EQ(projection.project(silence).fused, std::vector<float>(512));
}

TEST(CentredProjection, of_a_mixed_model_has_a_fused_vector_of_its_own) {
  const ModelInfo model{.name = "m-00000000", .version = 1, .feature_version = 1};
  std::vector<Descriptor> tracks;
  for (int i = 0; i < 3; ++i) {
    tracks.push_back({{1, 0}, {0, 1}, {1, 1}, std::vector<float>(kEmbeddingDimensions, 0.0F)});
    tracks.back().fused[static_cast<std::size_t>(i)] = 1;
  }
  const Projection projection = Projection::deserialize(Projection::fit(model, tracks).serialize());
  EXPECT_EQ(projection.weights().timbre, 0) << "not made of parts";
  EXPECT_GT(projection.project(tracks[1]).fused[1], 0.9);
  EXPECT_EQ(decode_descriptor(encode(tracks[2])), tracks[2]);
  tracks[0].fused.clear();
  EXPECT_THROW((void)projection.project(tracks[0]), Error);
}

}  // namespace
}  // namespace resonance::embedding
