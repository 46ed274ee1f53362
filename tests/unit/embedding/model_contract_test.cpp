#include "resonance/embedding/model_contract.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance::embedding {
namespace {

ModelContract some_contract() {
  return {.name = "resonance-1",
          .id = "00ff12ab",
          .precision = "int8",
          .fusion = "gated_concat",
          .feature_version = kFeatureVersion,
          .dimensions = 512,
          .part_dimensions = {256, 128, 128},
          .training = "3 tracks",
          .licence = "MIT"};
}

TEST(ModelContract, is_read_as_it_was_written) {
  EXPECT_EQ(read_contract(metadata_of(some_contract()), "m.onnx"), some_contract());
}

TEST(ModelContract, may_speak_of_a_style) {
  ModelContract contract = some_contract();
  contract.style_dimensions = 128;
  auto metadata = metadata_of(contract);
  EXPECT_EQ(read_contract(metadata, "m.onnx"), contract);
  metadata["resonance.style_dimensions"] = "64";
  EXPECT_THROW((void)read_contract(metadata, "m.onnx"), Error);
}

TEST(ModelContract, whatever_is_missing_or_impossible_is_named) {
  const auto good = metadata_of(some_contract());
  for (const auto& [key, value] : good) {
    if (key == "resonance.sample_rate_hz" || key == "resonance.fft_size" || key == "resonance.hop_samples" ||
        key == kModelChecksumKey || key.starts_with("resonance.segment")) {
      continue;  // for other programs
    }
    auto without = good;
    without.erase(key);
    try {
      (void)read_contract(without, "m.onnx");
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("m.onnx"));
      EXPECT_THAT(error.what(), ::testing::HasSubstr(key));
    }
  }
  for (const auto& [key, value] : {std::pair{"resonance.precision", "int3"},
                                   {"resonance.fusion", "sum"},
                                   {"resonance.feature_version", "-1"},
                                   {"resonance.feature_version", "1x"},
                                   {"resonance.embedding_dimensions", "99999999999999999999"},
                                   {"resonance.embedding_dimensions", "256"},
                                   {"resonance.timbre_dimensions", "0"},
                                   {"resonance.timbre_dimensions", "255"},
                                   {"resonance.id", "00FF12AB"},
                                   {"resonance.id", "00ff12ab00"},
                                   {"resonance.name", ""}}) {
    auto changed = good;
    changed[key] = value;
    EXPECT_THROW((void)read_contract(changed, "m.onnx"), Error) << key << " " << value;
  }
}

TEST(ModelSeal, finds_every_changed_byte) {
  std::string bytes = "weights" + std::string(kModelChecksumKey) + "\x12\x08" + "00000000" + "more weights";
  seal_model(bytes);
  require_whole_model(bytes, "m.onnx");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THROW(require_whole_model(changed, "m.onnx"), Error) << i;
    EXPECT_THROW(require_whole_model(bytes.substr(0, i), "m.onnx"), Error) << i;
  }
  std::string foreign = "no key at all";
  EXPECT_THROW(seal_model(foreign), Error);
}

TEST(ModelContract, of_another_version_is_refused_with_the_way_on) {
  for (const char* key : {"resonance.contract", "resonance.feature_version"}) {
    auto changed = metadata_of(some_contract());
    changed[key] = std::string(1, '7');
    try {
      (void)read_contract(changed, "m.onnx");
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::version_mismatch);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("7"));
    }
  }
}

}  // namespace
}  // namespace resonance::embedding
