#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/harmony_statistics.h"
#include "resonance/embedding/heard_bands.h"
#include "resonance/embedding/rhythm_statistics.h"
#include "resonance/embedding/timbre_statistics.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace resonance::embedding {
namespace {

constexpr int kDefinitionVersion = 4;  // of the descriptor; raised by any change of a number or formula

/// One frame, as the parts hear it.
struct Frame {
  std::optional<HeardBands> bands;  ///< nothing for a silent one
  std::array<float, kChromaBins> chroma{};
  std::array<float, kTempogramLags> tempogram{};
  float onset = 0;
};

/// A stretch of frames, of a whole track or of a segment.
class Stretch {
 public:
  void push(const Frame& frame) {
    if (frame.bands) {
      timbre_.push(*frame.bands);
      rhythm_.push(*frame.bands);
    }
    harmony_.push(frame.chroma);
    rhythm_.push(frame.tempogram, frame.onset);
  }

  Descriptor finish() {
    return rounded({.timbre = timbre_.finish(), .harmony = harmony_.finish(), .rhythm = rhythm_.finish()});
  }

 private:
  TimbreStatistics timbre_;
  HarmonyStatistics harmony_;
  RhythmStatistics rhythm_;
};

/// The segments of a track. Four or five of them hear a frame at once; what costs most, finding the heard
/// bands, was done for all.
class Segments {
 public:
  explicit Segments(SegmentSink sink) : sink_(std::move(sink)) {}

  void push(const Frame& frame) {
    if (frames_ % kSegmentHopFrames == 0) open_.push_back({frames_, std::make_unique<Stretch>()});
    for (const Open& segment : open_) segment.stretch->push(frame);
    ++frames_;
    if (frames_ < kSegmentFrames) {
      beginning_.push_back(frame);
    } else {
      beginning_ = {};
    }
    if (frames_ - open_.front().first_frame == kSegmentFrames) {
      sink_(open_.front().stretch->finish());
      open_.pop_front();
    }
  }

  void finish() {
    if (beginning_.empty()) return;
    Stretch& only = *open_.front().stretch;
    for (std::size_t i = beginning_.size(); i < kSegmentFrames; ++i)
      only.push(beginning_[i % beginning_.size()]);
    sink_(only.finish());
  }

 private:
  struct Open {
    std::int64_t first_frame = 0;
    std::unique_ptr<Stretch> stretch;
  };

  SegmentSink sink_;
  std::int64_t frames_ = 0;
  std::deque<Open> open_;
  std::vector<Frame> beginning_;  ///< while the track is shorter than a segment
};

/// Every frame goes through each part by itself, so where blocks begin and end makes no difference to the
/// last bit.
class StatisticsBuilder final : public DescriptorBuilder {
 public:
  explicit StatisticsBuilder(SegmentSink segments) {
    if (segments) segments_.emplace(std::move(segments));
  }

  void push(const FeatureBlock& block) override {
    const std::size_t frames = block.frames();
    if (block.log_mel.rows() != frames || block.chroma.rows() != frames || block.tempogram.rows() != frames ||
        (frames != 0 && (block.log_mel.cols() != kMelBands || block.chroma.cols() != kChromaBins ||
                         block.tempogram.cols() != kTempogramLags))) {
      throw Error(ErrorCode::invalid_argument,
                  "a feature block's parts do not have the shapes of the contract");
    }
    for (std::size_t t = 0; t < frames; ++t) {
      frame_.bands = heard_bands(block.log_mel.row(t));
      std::ranges::copy(block.chroma.row(t), frame_.chroma.begin());
      std::ranges::copy(block.tempogram.row(t), frame_.tempogram.begin());
      frame_.onset = block.onset[t];
      whole_.push(frame_);
      if (segments_) segments_->push(frame_);
    }
  }

  Descriptor finish() override {
    if (segments_) segments_->finish();
    return whole_.finish();
  }

 private:
  Frame frame_;
  Stretch whole_;
  std::optional<Segments> segments_;
};

class StatisticsEmbedder final : public Embedder {
 public:
  [[nodiscard]] const ModelInfo& info() const override { return info_; }

 private:
  [[nodiscard]] std::unique_ptr<DescriptorBuilder> make_builder(SegmentSink segments) const override {
    return std::make_unique<StatisticsBuilder>(std::move(segments));
  }

  ModelInfo info_{.name = std::string(kStatisticsName),
                  .version = kDefinitionVersion,
                  .feature_version = kFeatureVersion};
};

}  // namespace

std::unique_ptr<Embedder> make_statistics_embedder() { return std::make_unique<StatisticsEmbedder>(); }

}  // namespace resonance::embedding
