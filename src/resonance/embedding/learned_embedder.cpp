#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/heard_bands.h"
#include "resonance/embedding/model_contract.h"
#include "resonance/embedding/onnx_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <utility>

namespace resonance::embedding {
namespace {

constexpr int kDefinitionVersion = 1;     // of how segments become a track's descriptor
constexpr int kStatisticsVersions = 100;  // beside it, what a version of the statistics counts for

// A forward pass takes this many segments, about two minutes: long enough that the 14 s which two passes
// share cost little, short enough that memory is bounded. A track is heard in one pass or a few.
constexpr std::size_t kPassSegments = 30;
constexpr std::size_t kSegment = kSegmentFrames;
constexpr std::size_t kHop = kSegmentHopFrames;
constexpr std::size_t kPassFrames = kSegment + (kPassSegments - 1) * kHop;

constexpr std::array<std::string_view, 5> kOutputs{"embedding", "timbre", "harmony", "rhythm", "gates"};
constexpr std::string_view kStyleOutput = "style";

/// Rows of frames that are yet to be heard, of one feature.
class Pending {
 public:
  explicit Pending(std::size_t columns) : columns_(columns) {}

  void append(std::span<const float> rows) { values_.insert(values_.end(), rows.begin(), rows.end()); }
  [[nodiscard]] std::size_t frames() const { return values_.size() / columns_; }
  /// Repeats what there is until there are `frames`.
  void repeat_to(std::size_t frames) {
    const std::size_t period = values_.size();
    values_.resize(frames * columns_);
    for (std::size_t i = period; i < values_.size(); ++i) values_[i] = values_[i - period];
  }
  void drop(std::size_t frames) {
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(frames * columns_));
  }
  [[nodiscard]] NamedInput input(const char* name, std::size_t frames) const {
    return {.name = name,
            .shape = {1, static_cast<std::int64_t>(frames), static_cast<std::int64_t>(columns_)},
            .values = std::span<const float>(values_).first(frames * columns_)};
  }

 private:
  std::size_t columns_;
  std::vector<float> values_;
};

/// One output of the model that is wanted, and its sum over segments.
struct Wanted {
  std::string_view output;
  std::vector<double> sum;
};

/// What the model says of one segment: of each output that is wanted its row, all zero for silence.
using SegmentOutputs = std::vector<std::vector<float>>;

/// A track's features on their way through the model, in passes that hear each segment once.
class SegmentListener {
 public:
  /// @param each  gets what is said of every segment, if there is one
  SegmentListener(const RunnableNetwork& model, std::vector<Wanted> wanted,
                  std::function<void(const SegmentOutputs&)> each)
      : model_(model), wanted_(std::move(wanted)), each_(std::move(each)) {
    for (const Wanted& one : wanted_) names_.push_back(one.output);
  }

  void push(const FeatureBlock& block) {
    const std::size_t frames = block.frames();
    if (block.log_mel.rows() != frames || block.chroma.rows() != frames || block.tempogram.rows() != frames ||
        (frames != 0 && (block.log_mel.cols() != kMelBands || block.chroma.cols() != kChromaBins ||
                         block.tempogram.cols() != kTempogramLags))) {
      throw Error(ErrorCode::invalid_argument,
                  "a feature block's parts do not have the shapes of the contract");
    }
    for (std::size_t t = 0; t < frames && (each_ || !heard_); ++t) {
      const bool heard = heard_bands(block.log_mel.row(t)).has_value();
      heard_ = heard_ || heard;
      if (each_) heard_frames_.push_back(heard);
    }
    log_mel_.append(block.log_mel.values());
    chroma_.append(block.chroma.values());
    tempogram_.append(block.tempogram.values());
    while (log_mel_.frames() >= kPassFrames) {
      hear(kPassFrames);
      drop(kPassSegments * kHop);
    }
  }

  void finish() {
    if (segments_ == 0 && log_mel_.frames() > 0 && log_mel_.frames() < kSegment) {
      log_mel_.repeat_to(kSegment);
      chroma_.repeat_to(kSegment);
      tempogram_.repeat_to(kSegment);
    }
    if (log_mel_.frames() >= kSegment) hear(log_mel_.frames());
  }

  /// What the model says of a segment in the mean, of one of the outputs that are wanted; zero for silence:
  /// of it there is nothing to say, whatever the network makes of it. After finish().
  [[nodiscard]] std::vector<float> mean(std::size_t wanted) const {
    const double scale = heard_ && segments_ > 0 ? 1.0 / static_cast<double>(segments_) : 0.0;
    const std::vector<double>& sum = wanted_[wanted].sum;
    std::vector<float> result(sum.size());
    std::transform(sum.begin(), sum.end(), result.begin(),
                   [scale](double value) { return static_cast<float>(value * scale); });
    return result;
  }

 private:
  void drop(std::size_t frames) {
    log_mel_.drop(frames);
    chroma_.drop(frames);
    tempogram_.drop(frames);
    if (each_)
      heard_frames_.erase(heard_frames_.begin(), heard_frames_.begin() + static_cast<std::ptrdiff_t>(frames));
  }

  /// One forward pass over the first `frames` frames.
  void hear(std::size_t frames) {
    const std::array<NamedInput, 3> inputs{log_mel_.input("log_mel", frames), chroma_.input("chroma", frames),
                                           tempogram_.input("tempogram", frames)};
    const std::vector<Tensor> outputs = model_.run(inputs, names_);
    const auto segments = static_cast<std::size_t>(segment_count(static_cast<std::int64_t>(frames)));
    for (std::size_t i = 0; i < wanted_.size(); ++i) add(outputs[i], segments, wanted_[i].sum);
    segments_ += segments;
    for (std::size_t segment = 0; each_ && segment < segments; ++segment) hand_on(outputs, segment);
  }

  void hand_on(const std::vector<Tensor>& outputs, std::size_t segment) const {
    // Repetitions of a track that is shorter than a segment add nothing to be heard.
    const std::size_t first = std::min(segment * kHop, heard_frames_.size());
    const std::size_t end = std::min(segment * kHop + kSegment, heard_frames_.size());
    const bool heard = std::any_of(heard_frames_.begin() + static_cast<std::ptrdiff_t>(first),
                                   heard_frames_.begin() + static_cast<std::ptrdiff_t>(end),
                                   [](bool frame) { return frame; });
    SegmentOutputs said;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      const std::size_t dimensions = wanted_[i].sum.size();
      const auto row = std::span<const float>(outputs[i].values).subspan(segment * dimensions, dimensions);
      if (heard) {
        said.emplace_back(row.begin(), row.end());
      } else {
        said.emplace_back(dimensions);
      }
    }
    each_(said);
  }

  void add(const Tensor& output, std::size_t segments, std::vector<double>& sum) const {
    if (output.values.size() != segments * sum.size() ||
        !std::all_of(output.values.begin(), output.values.end(), [](float v) { return std::isfinite(v); })) {
      throw Error(ErrorCode::corrupt_data,
                  "model " + model_.file().string() + " gives an output that does not keep its contract");
    }
    for (std::size_t i = 0; i < output.values.size(); ++i) sum[i % sum.size()] += output.values[i];
  }

  const RunnableNetwork& model_;
  std::vector<Wanted> wanted_;
  std::function<void(const SegmentOutputs&)> each_;
  std::deque<bool> heard_frames_;  ///< of the frames that are yet to be heard, if there is each_
  std::vector<std::string_view> names_;
  Pending log_mel_{kMelBands};
  Pending chroma_{kChromaBins};
  Pending tempogram_{kTempogramLags};
  std::size_t segments_ = 0;
  bool heard_ = false;
};

/// What the network alone says. In a model of gated_concat the three parts lie in the embedding one after the
/// other, scaled by their gates, and nothing else need be kept.
class LearnedBuilder final : public DescriptorBuilder {
 public:
  LearnedBuilder(const RunnableNetwork& model, const ModelContract& contract, SegmentSink segments)
      : contract_(contract),
        segments_(std::move(segments)),
        listener_(model,
                  {{.output = "embedding", .sum = std::vector<double>(contract.dimensions)},
                   {.output = "timbre", .sum = std::vector<double>(contract.part_dimensions[0])},
                   {.output = "harmony", .sum = std::vector<double>(contract.part_dimensions[1])},
                   {.output = "rhythm", .sum = std::vector<double>(contract.part_dimensions[2])}},
                  handed_on()) {}

  void push(const FeatureBlock& block) override { listener_.push(block); }

  Descriptor finish() override {
    listener_.finish();
    return descriptor_of({listener_.mean(0), listener_.mean(1), listener_.mean(2), listener_.mean(3)});
  }

 private:
  [[nodiscard]] std::function<void(const SegmentOutputs&)> handed_on() {
    if (!segments_) return {};
    return [this](const SegmentOutputs& said) { segments_(descriptor_of(said)); };
  }

  [[nodiscard]] Descriptor descriptor_of(const SegmentOutputs& said) const {
    if (contract_.fusion != "gated_concat") {
      return rounded({.timbre = said[1], .harmony = said[2], .rhythm = said[3], .fused = said[0]});
    }
    std::span<const float> rest = said[0];
    const auto take = [&](std::size_t count) {
      const std::span<const float> part = rest.first(count);
      rest = rest.subspan(count);
      return std::vector<float>(part.begin(), part.end());
    };
    Descriptor descriptor;
    descriptor.timbre = take(contract_.part_dimensions[0]);
    descriptor.harmony = take(contract_.part_dimensions[1]);
    descriptor.rhythm = take(contract_.part_dimensions[2]);
    return rounded(std::move(descriptor));
  }

  const ModelContract& contract_;
  SegmentSink segments_;
  SegmentListener listener_;
};

/// What the network has learned of style, beside the descriptors of `statistics`.
class StyleBuilder final : public DescriptorBuilder {
 public:
  StyleBuilder(const RunnableNetwork& model, const ModelContract& contract, const Embedder& statistics,
               SegmentSink segments)
      : segments_(std::move(segments)),
        listener_(model, {{.output = kStyleOutput, .sum = std::vector<double>(contract.style_dimensions)}},
                  style_sink()),
        statistics_(statistics.begin_track(statistics_sink())) {}

  void push(const FeatureBlock& block) override {
    listener_.push(block);
    statistics_->push(block);
  }

  Descriptor finish() override {
    listener_.finish();
    Descriptor descriptor = statistics_->finish();
    descriptor.fused = listener_.mean(0);
    return rounded(std::move(descriptor));
  }

 private:
  // The network hears in passes, the statistics as they go: whoever is ahead of the other waits.
  [[nodiscard]] std::function<void(const SegmentOutputs&)> style_sink() {
    if (!segments_) return {};
    return [this](const SegmentOutputs& said) {
      styles_.push_back(said[0]);
      hand_on();
    };
  }
  [[nodiscard]] SegmentSink statistics_sink() {
    if (!segments_) return {};
    return [this](const Descriptor& descriptor) {
      beside_.push_back(descriptor);
      hand_on();
    };
  }
  void hand_on() {
    while (!styles_.empty() && !beside_.empty()) {
      Descriptor descriptor = std::move(beside_.front());
      descriptor.fused = std::move(styles_.front());
      styles_.pop_front();
      beside_.pop_front();
      segments_(rounded(std::move(descriptor)));
    }
  }

  SegmentSink segments_;
  std::deque<std::vector<float>> styles_;
  std::deque<Descriptor> beside_;
  SegmentListener listener_;
  std::unique_ptr<DescriptorBuilder> statistics_;
};

class LearnedEmbedder final : public Embedder {
 public:
  LearnedEmbedder(std::unique_ptr<const RunnableNetwork> network, ModelContract contract)
      : network_(std::move(network)), contract_(std::move(contract)) {
    if (contract_.style_dimensions > 0) statistics_ = make_statistics_embedder();
    info_ = {
        .name = contract_.name + "-" + contract_.id + std::string(statistics_ ? kBesideStatistics : ""),
        .version = kDefinitionVersion + (statistics_ ? kStatisticsVersions * statistics_->info().version : 0),
        .feature_version = contract_.feature_version};
  }

  [[nodiscard]] const ModelInfo& info() const override { return info_; }

 private:
  [[nodiscard]] std::unique_ptr<DescriptorBuilder> make_builder(SegmentSink segments) const override {
    if (statistics_) {
      return std::make_unique<StyleBuilder>(*network_, contract_, *statistics_, std::move(segments));
    }
    return std::make_unique<LearnedBuilder>(*network_, contract_, std::move(segments));
  }

  std::unique_ptr<const RunnableNetwork> network_;
  ModelContract contract_;
  std::unique_ptr<Embedder> statistics_;  ///< of models that have style, and stand beside it
  ModelInfo info_;
};

void require_output(const OnnxModel& model, std::string_view output) {
  if (std::none_of(model.outputs().begin(), model.outputs().end(),
                   [&](const TensorInfo& info) { return info.name == output; })) {
    throw Error(ErrorCode::corrupt_data,
                "model " + model.file().string() + " has no output " + std::string(output));
  }
}

}  // namespace

std::unique_ptr<Embedder> open_learned_embedder(const std::filesystem::path& file) {
  const std::string bytes = read_model_file(file);
  require_whole_model(bytes, file.string());
  auto model = std::make_unique<OnnxModel>(file, bytes);
  ModelContract contract = read_contract(model->metadata(), file.string());
  for (const std::string_view output : kOutputs) require_output(*model, output);
  if (contract.style_dimensions > 0) require_output(*model, kStyleOutput);
  return make_learned_embedder(std::move(model), std::move(contract));
}

std::unique_ptr<Embedder> make_learned_embedder(std::unique_ptr<const RunnableNetwork> network,
                                                ModelContract contract) {
  return std::make_unique<LearnedEmbedder>(std::move(network), std::move(contract));
}

}  // namespace resonance::embedding
