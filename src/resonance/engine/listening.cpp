#include "resonance/engine/listening.h"

#include "resonance/audio/audio_file.h"
#include "resonance/audio/rate_converter.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/engine/models.h"
#include "resonance/features/feature_extractor.h"
#include "resonance/features/tempogram_completer.h"

#include <algorithm>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

/// One of our models with one track.
class FeatureEar {
 public:
  FeatureEar(const embedding::Embedder& embedder, const std::optional<SegmentPlan>& plan)
      : builder_(embedder.begin_track()) {
    if (plan) segments_.emplace(embedder, *plan);
  }
  void push(const FeatureBlock& block) {
    builder_->push(block);
    if (segments_) segments_->push(block);
  }
  void finish(ModelAnswer& answer) {
    answer.whole = builder_->finish();
    if (segments_) answer.segments = segments_->finish();
  }

 private:
  std::unique_ptr<embedding::DescriptorBuilder> builder_;
  std::optional<SegmentDescriptors> segments_;
};

/// A stretch of a track in seconds.
struct Stretch {
  double from_s = 0;
  double to_s = 1e12;
};

/// An audio model with one track, of which it hears a stretch.
class AudioEar {
 public:
  AudioEar(const embedding::AudioModel& model, const Stretch& stretch)
      : converter_(kSampleRateHz, model.contract().sample_rate_hz), listener_(model) {
    first_ = static_cast<std::int64_t>(stretch.from_s * kSampleRateHz);
    end_ = static_cast<std::int64_t>(stretch.to_s * kSampleRateHz);
  }
  void push(std::span<const float> samples) {
    const auto count = static_cast<std::int64_t>(samples.size());
    const std::int64_t from = std::clamp<std::int64_t>(first_ - position_, 0, count);
    const std::int64_t to = std::clamp<std::int64_t>(end_ - position_, from, count);
    position_ += count;
    if (from == to) return;
    listener_.push(converter_.push(
        samples.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from))));
  }
  void finish(ModelAnswer& answer) {
    listener_.push(converter_.finish());
    answer.patches = listener_.finish();
    for (double& start : answer.patches.start_s) start += static_cast<double>(first_) / kSampleRateHz;
  }

 private:
  audio::RateConverter converter_;
  embedding::PatchListener listener_;
  std::int64_t first_ = 0;
  std::int64_t end_ = 0;
  std::int64_t position_ = 0;
};

/// All models with one track.
class Ears {
 public:
  Ears(const std::vector<ListeningModel>& models, const ListeningOptions& options, const Stretch& stretch) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      if (models[i].embedder) {
        features_.emplace_back(i, FeatureEar(*models[i].embedder, options.segments));
      } else {
        audio_.emplace_back(i, AudioEar(*models[i].audio_model, stretch));
      }
    }
  }
  [[nodiscard]] bool hears_features() const { return !features_.empty(); }
  void push(const FeatureBlock& block) {
    for (auto& [model, ear] : features_) ear.push(block);
  }
  void push(std::span<const float> samples) {
    for (auto& [model, ear] : audio_) ear.push(samples);
  }
  std::vector<ModelAnswer> finish() {
    std::vector<ModelAnswer> answers(features_.size() + audio_.size());
    for (auto& [model, ear] : features_) ear.finish(answers[model]);
    for (auto& [model, ear] : audio_) ear.finish(answers[model]);
    return answers;
  }

 private:
  std::vector<std::pair<std::size_t, FeatureEar>> features_;
  std::vector<std::pair<std::size_t, AudioEar>> audio_;
};

std::optional<Listening> listen_to_cache(const fs::path& file, const std::vector<ListeningModel>& models,
                                         const ListeningOptions& options) {
  const audio::AudioProbe probe = audio::probe(file);
  if (!options.cache->contains(probe.hash)) return std::nullopt;
  Ears ears(models, options, {});
  features::TempogramCompleter completer;
  const auto hand_on = [&] {
    while (const auto block = completer.next()) ears.push(*block);
  };
  const bool found = options.cache->load(probe.hash, [&](FeatureBlock block) {
    completer.push(std::move(block));
    hand_on();
  });
  if (!found) return std::nullopt;
  completer.finish();
  hand_on();
  return Listening{.audio_s = probe.info.duration_s, .answers = ears.finish()};
}

Stretch middle_of(double duration_s, double middle_s) {
  constexpr double kLongShare = 3;
  if (middle_s <= 0 || duration_s <= kLongShare * middle_s) return {};
  return {duration_s / 2 - middle_s / 2, duration_s / 2 + middle_s / 2};
}

}  // namespace

ListeningModel open_listening_model(const std::string& choice) {
  std::error_code problem;
  if (fs::is_regular_file(choice, problem) && fs::path(choice).extension() == ".onnx" &&
      !embedding::claims_contract(embedding::read_model_file(choice))) {
    auto model = std::make_unique<embedding::AudioModel>(choice);
    std::string name = model->name();
    return {.name = std::move(name), .embedder = nullptr, .audio_model = std::move(model)};
  }
  auto embedder = open_model(choice);
  std::string name = embedder->info().name;
  return {.name = std::move(name), .embedder = std::move(embedder), .audio_model = nullptr};
}

Listening listen(const fs::path& path, const std::vector<ListeningModel>& models,
                 const ListeningOptions& options, const std::stop_token& stop) {
  const bool only_features = std::none_of(
      models.begin(), models.end(), [](const ListeningModel& model) { return model.audio_model != nullptr; });
  if (only_features && options.cache != nullptr) {
    if (auto known = listen_to_cache(path, models, options)) return std::move(*known);
  }
  audio::AudioFile file(path);
  const Stretch stretch = middle_of(file.info().duration_s, options.middle_s);
  Ears ears(models, options, stretch);
  features::FeatureExtractor extractor;
  const auto hand_on = [&] {
    while (const auto block = extractor.next()) ears.push(*block);
  };
  double heard_s = 0;
  while (const auto samples = file.read()) {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped while reading " + path.string());
    ears.push(*samples);
    heard_s += static_cast<double>(samples->size()) / kSampleRateHz;
    if (ears.hears_features()) {
      extractor.push(*samples);
      hand_on();
    } else if (heard_s > stretch.to_s) {
      break;
    }
  }
  if (ears.hears_features()) {
    extractor.finish();
    hand_on();
  }
  return {.audio_s = heard_s, .answers = ears.finish()};
}

}  // namespace resonance::engine
