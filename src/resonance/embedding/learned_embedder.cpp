#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/heard_bands.h"
#include "resonance/embedding/model_contract.h"
#include "resonance/embedding/onnx_model.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace resonance::embedding {
namespace {

constexpr int kDefinitionVersion = 1;  // of how segments become a track's descriptor

// A forward pass takes this many segments, about two minutes: long enough that the 14 s which two passes
// share cost little, short enough that memory is bounded. A track is heard in one pass or a few.
constexpr std::size_t kPassSegments = 30;
constexpr std::size_t kSegment = kSegmentFrames;
constexpr std::size_t kHop = kSegmentHopFrames;
constexpr std::size_t kPassFrames = kSegment + (kPassSegments - 1) * kHop;

constexpr std::array<std::string_view, 5> kOutputs{"embedding", "timbre", "harmony", "rhythm", "gates"};

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

/// Sums of what the model says of each segment. In a model of gated_concat the three parts lie in the
/// embedding one after the other, scaled by their gates, and nothing else need be kept.
class LearnedBuilder final : public DescriptorBuilder {
 public:
  LearnedBuilder(const OnnxModel& model, const ModelContract& contract)
      : model_(model), contract_(contract), sum_(contract.dimensions) {
    for (std::size_t part = 0; part < 3; ++part) parts_[part].resize(contract.part_dimensions[part]);
  }

  void push(const FeatureBlock& block) override {
    const std::size_t frames = block.frames();
    if (block.log_mel.rows() != frames || block.chroma.rows() != frames || block.tempogram.rows() != frames ||
        (frames != 0 && (block.log_mel.cols() != kMelBands || block.chroma.cols() != kChromaBins ||
                         block.tempogram.cols() != kTempogramLags))) {
      throw Error(ErrorCode::invalid_argument,
                  "a feature block's parts do not have the shapes of the contract");
    }
    for (std::size_t t = 0; t < frames && !heard_; ++t)
      heard_ = heard_bands(block.log_mel.row(t)).has_value();
    log_mel_.append(block.log_mel.values());
    chroma_.append(block.chroma.values());
    tempogram_.append(block.tempogram.values());
    while (log_mel_.frames() >= kPassFrames) {
      hear(kPassFrames);
      drop(kPassSegments * kHop);
    }
  }

  Descriptor finish() override {
    if (segments_ == 0 && log_mel_.frames() > 0 && log_mel_.frames() < kSegment) {
      log_mel_.repeat_to(kSegment);
      chroma_.repeat_to(kSegment);
      tempogram_.repeat_to(kSegment);
    }
    if (log_mel_.frames() >= kSegment) hear(log_mel_.frames());
    // Of silence there is nothing to say, whatever the network makes of it.
    const double scale = heard_ && segments_ > 0 ? 1.0 / static_cast<double>(segments_) : 0.0;
    Descriptor descriptor;
    if (contract_.fusion == "gated_concat") {
      std::span<const double> rest = sum_;
      const auto take = [&](std::size_t count) {
        const std::vector<float> part = scaled(rest.first(count), scale);
        rest = rest.subspan(count);
        return part;
      };
      descriptor.timbre = take(contract_.part_dimensions[0]);
      descriptor.harmony = take(contract_.part_dimensions[1]);
      descriptor.rhythm = take(contract_.part_dimensions[2]);
    } else {
      descriptor.timbre = scaled(parts_[0], scale);
      descriptor.harmony = scaled(parts_[1], scale);
      descriptor.rhythm = scaled(parts_[2], scale);
      descriptor.fused = scaled(sum_, scale);
    }
    return rounded(std::move(descriptor));
  }

 private:
  static std::vector<float> scaled(std::span<const double> values, double scale) {
    std::vector<float> result(values.size());
    std::transform(values.begin(), values.end(), result.begin(),
                   [scale](double value) { return static_cast<float>(value * scale); });
    return result;
  }

  void drop(std::size_t frames) {
    log_mel_.drop(frames);
    chroma_.drop(frames);
    tempogram_.drop(frames);
  }

  /// One forward pass over the first `frames` frames.
  void hear(std::size_t frames) {
    const std::array<NamedInput, 3> inputs{log_mel_.input("log_mel", frames), chroma_.input("chroma", frames),
                                           tempogram_.input("tempogram", frames)};
    const std::vector<Tensor> outputs =
        model_.run(inputs, std::span<const std::string_view>(kOutputs).first(4));
    const auto segments = static_cast<std::size_t>(segment_count(static_cast<std::int64_t>(frames)));
    add(outputs[0], segments, sum_);
    for (std::size_t part = 0; part < 3; ++part) add(outputs[part + 1], segments, parts_[part]);
    segments_ += segments;
  }

  void add(const Tensor& output, std::size_t segments, std::vector<double>& sum) const {
    if (output.values.size() != segments * sum.size() ||
        !std::all_of(output.values.begin(), output.values.end(), [](float v) { return std::isfinite(v); })) {
      throw Error(ErrorCode::corrupt_data,
                  "model " + model_.file().string() + " gives an output that does not keep its contract");
    }
    for (std::size_t i = 0; i < output.values.size(); ++i) sum[i % sum.size()] += output.values[i];
  }

  const OnnxModel& model_;
  const ModelContract& contract_;
  Pending log_mel_{kMelBands};
  Pending chroma_{kChromaBins};
  Pending tempogram_{kTempogramLags};
  std::vector<double> sum_;
  std::array<std::vector<double>, 3> parts_;
  std::size_t segments_ = 0;
  bool heard_ = false;
};

class LearnedEmbedder final : public Embedder {
 public:
  explicit LearnedEmbedder(const std::filesystem::path& file)
      : model_(open_whole(file)), contract_(read_contract(model_.metadata(), file.string())) {
    for (const std::string_view output : kOutputs) {
      if (std::none_of(model_.outputs().begin(), model_.outputs().end(),
                       [&](const TensorInfo& info) { return info.name == output; })) {
        throw Error(ErrorCode::corrupt_data,
                    "model " + file.string() + " has no output " + std::string(output));
      }
    }
    info_ = {.name = contract_.name + "-" + contract_.id,
             .version = kDefinitionVersion,
             .feature_version = contract_.feature_version};
  }

  [[nodiscard]] const ModelInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<DescriptorBuilder> begin_track() const override {
    return std::make_unique<LearnedBuilder>(model_, contract_);
  }

 private:
  static OnnxModel open_whole(const std::filesystem::path& file) {
    const std::string bytes = read_model_file(file);
    require_whole_model(bytes, file.string());
    return OnnxModel(file, bytes);
  }

  OnnxModel model_;
  ModelContract contract_;
  ModelInfo info_;
};

}  // namespace

std::unique_ptr<Embedder> open_learned_embedder(const std::filesystem::path& file) {
  return std::make_unique<LearnedEmbedder>(file);
}

}  // namespace resonance::embedding
