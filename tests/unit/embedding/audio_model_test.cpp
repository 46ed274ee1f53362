// Audio models, on the golden networks of tools/make_golden_models.py, whose answers are known in closed
// form.
#include "resonance/embedding/audio_model.h"

#include "resonance/core/error.h"
#include "resonance/core/mel_filters.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance::embedding {
namespace {

namespace fs = std::filesystem;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

fs::path golden(const std::string& name) {
  return fs::path(RESONANCE_SOURCE_DIR) / "tests/golden/models" / name;
}

PatchEmbeddings heard(const AudioModel& model, const std::vector<float>& samples, std::size_t step) {
  PatchListener listener(model);
  for (std::size_t at = 0; at < samples.size(); at += step) {
    listener.push(std::span<const float>(samples).subspan(at, std::min(step, samples.size() - at)));
  }
  return listener.finish();
}

std::vector<float> tone(std::size_t samples, double hz, double rate_hz) {
  std::vector<float> result(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    result[i] = static_cast<float>(std::cos(2 * std::numbers::pi * hz * static_cast<double>(i) / rate_hz));
  }
  return result;
}

TEST(AudioModel, hears_a_waveform_in_patches) {
  const AudioModel model(golden("waveform.onnx"));
  EXPECT_EQ(model.name(), "waveform");
  EXPECT_EQ(model.contract().samples, 1600U);
  std::vector<float> samples(4000, 0.5F);
  std::fill(samples.begin() + 1600, samples.end(), -0.25F);
  const PatchEmbeddings found = heard(model, samples, 333);
  EXPECT_THAT(found.start_s, ElementsAre(DoubleNear(0, 1e-9), DoubleNear(0.1, 1e-9)));
  EXPECT_THAT(found.vectors.row(0), ElementsAre(FloatNear(0.5F, 1e-6F), FloatNear(0.25F, 1e-6F)));
  EXPECT_THAT(found.vectors.row(1), ElementsAre(FloatNear(-0.25F, 1e-6F), FloatNear(0.0625F, 1e-6F)));
  EXPECT_THAT(mean_of(found), ElementsAre(FloatNear(0.125F, 1e-6F), FloatNear(0.15625F, 1e-6F)));
}

TEST(AudioModel, a_track_shorter_than_a_patch_has_silence_behind_it) {
  const AudioModel model(golden("waveform.onnx"));
  const PatchEmbeddings found = heard(model, std::vector<float>(400, 1.0F), 400);
  EXPECT_THAT(found.start_s, ElementsAre(0));
  EXPECT_THAT(found.vectors.row(0), ElementsAre(FloatNear(0.25F, 1e-6F), FloatNear(0.25F, 1e-6F)));
  EXPECT_THAT(heard(model, {}, 1).vectors.row(0), ElementsAre(0, 0));
}

// A tone in the middle of a bin has a quarter of its power in each bin beside it, and none elsewhere.
TEST(AudioModel, hears_mel_frames_as_librosa_defines_them) {
  const AudioModel model(golden("mel.onnx"));
  EXPECT_EQ(model.contract().bands, 8U);
  EXPECT_EQ(model.contract().frames, 10U);
  EXPECT_NEAR(model.contract().hop_s(), 0.16, 1e-9);
  const PatchEmbeddings found = heard(model, tone(16000, 2000, 16000), 777);
  ASSERT_EQ(found.start_s.size(), 6U);  // 63 frames
  const Matrix filters = mel_filters(16000, 512, 8);
  const double peak = 128.0 * 128.0;  // (sum of the window / 2) squared
  for (std::size_t band = 0; band < 8; ++band) {
    const double power = peak * (filters(band, 64) + (filters(band, 63) + filters(band, 65)) / 4.0);
    if (power == 0) continue;
    EXPECT_NEAR(found.vectors(3, band), 10 * std::log10(power), 1e-3) << band;
  }
}

TEST(AudioModel, where_pushes_end_makes_no_difference) {
  const AudioModel model(golden("mel.onnx"));
  const std::vector<float> samples = tone(20000, 440, 16000);
  const PatchEmbeddings whole = heard(model, samples, samples.size());
  const PatchEmbeddings bits = heard(model, samples, 101);
  ASSERT_EQ(whole.vectors.rows(), bits.vectors.rows());
  EXPECT_TRUE(std::equal(whole.vectors.values().begin(), whole.vectors.values().end(),
                         bits.vectors.values().begin()));
}

TEST(AudioModel, the_mean_of_a_stretch_is_of_the_patches_inside_it) {
  PatchEmbeddings patches{.vectors = Matrix(4, 1), .start_s = {0, 1, 2, 3}};
  for (std::size_t i = 0; i < 4; ++i) patches.vectors(i, 0) = static_cast<float>(i);
  EXPECT_THAT(mean_within(patches, 1, 1, 2), ElementsAre(1.5F));
  EXPECT_THAT(mean_within(patches, 1, 1.2, 1.5), ElementsAre(1));  // none is inside: the nearest
  EXPECT_THAT(mean_within(patches, 1, 50, 10), ElementsAre(3));
}

class AudioContractTest : public ::testing::Test {
 protected:
  /// Opens waveform.onnx with a sidecar.
  AudioModel with(const std::string& sidecar) const {
    const fs::path file = folder_ / "model.onnx";
    fs::copy_file(golden("waveform.onnx"), file, fs::copy_options::overwrite_existing);
    std::ofstream(file.string() + ".json") << sidecar;
    return AudioModel(file);
  }
  std::string problem_of(const std::string& sidecar) const {
    try {
      (void)with(sidecar);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
      return error.what();
    }
    return "none";
  }

  resonance::testing::TemporaryDirectory folder_;
};

TEST_F(AudioContractTest, a_sidecar_says_how_a_model_hears) {
  const AudioModel model = with(R"({"sample_rate_hz": 8000, "hop_samples": 2000})");
  EXPECT_EQ(model.contract().sample_rate_hz, 8000);
  EXPECT_EQ(heard(model, std::vector<float>(5600), 5600).start_s.size(), 3U);  // hops beyond the patch's end
}

TEST_F(AudioContractTest, what_is_wrong_is_said_by_name) {
  EXPECT_THAT(problem_of("[]"), HasSubstr("is no JSON object"));
  EXPECT_THAT(problem_of(R"({"hop_sample": 1})"), HasSubstr("is \"hop_samples\" meant?"));
  EXPECT_THAT(problem_of(R"({"hop_samples": 0})"), HasSubstr("\"hop_samples\" is 0"));
  EXPECT_THAT(problem_of(R"({"sample_rate_hz": "fast"})"), HasSubstr("sample_rate_hz"));
  EXPECT_THAT(problem_of(R"({"input": "mel"})"), HasSubstr("has no input"));
  EXPECT_THAT(problem_of(R"({"output": "tags"})"), HasSubstr("the model has embedding"));
}

TEST(AudioModelFiles, a_model_that_hears_no_audio_is_refused_by_name) {
  try {
    (void)AudioModel(golden("means.onnx"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("means.onnx has no input \"waveform\" or \"mel\""));
  }
}

}  // namespace
}  // namespace resonance::embedding
