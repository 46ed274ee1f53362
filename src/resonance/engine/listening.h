#pragma once

#include "resonance/cache/feature_cache.h"
#include "resonance/core/content_hash.h"
#include "resonance/embedding/audio_model.h"
#include "resonance/embedding/embedder.h"
#include "resonance/engine/segment_descriptors.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

/// A model of either kind: one of ours, which hears features, or any other, which hears audio.
struct ListeningModel {
  std::string name;
  std::unique_ptr<embedding::Embedder> embedder;       ///< one of ours, or
  std::unique_ptr<embedding::AudioModel> audio_model;  ///< any other
};

/// What open_model() takes, or any other ONNX file that hears audio (embedding::AudioModel).
/// @throws Error as open_model and embedding::AudioModel
ListeningModel open_listening_model(const std::string& choice);

struct ListeningOptions {
  /// Features are taken from here where it has them, if no audio model listens.
  const cache::FeatureCache* cache = nullptr;
  std::optional<SegmentPlan> segments;
  /// Audio models hear this much of the middle of recordings that are three times as long; 0: all of them.
  double middle_s = 0;
};

/// What one model heard in one file.
struct ModelAnswer {
  embedding::Descriptor whole;                  ///< of ours
  std::vector<embedding::Descriptor> segments;  ///< of ours, by the plan
  embedding::PatchEmbeddings patches;           ///< of an audio model
};

struct Listening {
  double audio_s = 0;
  std::vector<ModelAnswer> answers;  ///< in the order of the models
};

/// Decodes a file once, for all models side by side, in bounded memory.
/// @throws Error as audio::AudioFile and the models; Error(cancelled)
Listening listen(const std::filesystem::path& file, const std::vector<ListeningModel>& models,
                 const ListeningOptions& options, const std::stop_token& stop);

}  // namespace resonance::engine
