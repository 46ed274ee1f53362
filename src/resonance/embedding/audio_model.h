#pragma once

#include "resonance/core/matrix.h"
#include "resonance/embedding/audio_contract.h"
#include "resonance/embedding/onnx_model.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::embedding {

/// What an audio model says of one track: P patches of D values.
struct PatchEmbeddings {
  Matrix vectors;               ///< P x D
  std::vector<double> start_s;  ///< P, when each patch begins
};

/// Mean over the patches, D values. @throws Error(invalid_argument) for none
std::vector<float> mean_of(const PatchEmbeddings& patches);
/// Mean over the patches of `patch_s` that lie within [start_s, start_s + length_s], or, if there is none,
/// the patch whose middle is nearest to its middle.
std::vector<float> mean_within(const PatchEmbeddings& patches, double patch_s, double start_s,
                               double length_s);

class AudioModel;

/// One track being heard by an audio model. Memory is bounded whatever its length, but for its answers. Not
/// thread-safe.
class PatchListener {
 public:
  explicit PatchListener(const AudioModel& model);
  ~PatchListener();
  PatchListener(PatchListener&&) noexcept;
  PatchListener& operator=(PatchListener&&) noexcept;
  PatchListener(const PatchListener&) = delete;
  PatchListener& operator=(const PatchListener&) = delete;

  /// @param samples  mono, at the contract's rate, in [-1, 1]
  /// @throws Error(corrupt_data) naming the model if it cannot be run
  void push(std::span<const float> samples);
  /// Patches that the track fills; of a shorter track one, with silence behind it. Call once, last.
  PatchEmbeddings finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Any ONNX model that hears audio itself, in patches: a teacher, or a peer to be compared with. Unlike an
/// Embedder it takes samples, not features, at a rate of its own. Thread-safe.
class AudioModel {
 public:
  /// The contract is in FILE.json beside the model's FILE, or in the model, or what AudioContract has as
  /// defaults.
  /// @throws Error as OnnxModel, read_audio_contract
  explicit AudioModel(const std::filesystem::path& file);

  /// The file's name without its suffix.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const AudioContract& contract() const { return contract_; }
  [[nodiscard]] const OnnxModel& model() const { return model_; }

 private:
  OnnxModel model_;
  AudioContract contract_;
  std::string name_;
};

/// Whether the bytes of a model file claim to be a learned model of Resonance (ModelContract), not an audio
/// model. Looks for the contract's key without loading the network.
bool claims_contract(std::string_view bytes);

}  // namespace resonance::embedding
