#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/embedding/embedder.h"
#include "resonance/embedding/harmony_statistics.h"
#include "resonance/embedding/heard_bands.h"
#include "resonance/embedding/rhythm_statistics.h"
#include "resonance/embedding/timbre_statistics.h"

#include <optional>

namespace resonance::embedding {
namespace {

constexpr int kDefinitionVersion = 3;  // of the descriptor; raised by any change of a number or formula

/// Every frame goes through each part by itself, so where blocks begin and end makes no difference to the
/// last bit.
class StatisticsBuilder final : public DescriptorBuilder {
 public:
  void push(const FeatureBlock& block) override {
    const std::size_t frames = block.frames();
    if (block.log_mel.rows() != frames || block.chroma.rows() != frames || block.tempogram.rows() != frames ||
        (frames != 0 && (block.log_mel.cols() != kMelBands || block.chroma.cols() != kChromaBins ||
                         block.tempogram.cols() != kTempogramLags))) {
      throw Error(ErrorCode::invalid_argument,
                  "a feature block's parts do not have the shapes of the contract");
    }
    for (std::size_t t = 0; t < frames; ++t) {
      if (const std::optional<HeardBands> bands = heard_bands(block.log_mel.row(t))) {
        timbre_.push(*bands);
        rhythm_.push(*bands);
      }
      harmony_.push(block.chroma.row(t));
      rhythm_.push(block.tempogram.row(t), block.onset[t]);
    }
  }

  Descriptor finish() override {
    return rounded({.timbre = timbre_.finish(), .harmony = harmony_.finish(), .rhythm = rhythm_.finish()});
  }

 private:
  TimbreStatistics timbre_;
  HarmonyStatistics harmony_;
  RhythmStatistics rhythm_;
};

class StatisticsEmbedder final : public Embedder {
 public:
  [[nodiscard]] const ModelInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<DescriptorBuilder> begin_track() const override {
    return std::make_unique<StatisticsBuilder>();
  }

 private:
  ModelInfo info_{.name = std::string(kStatisticsName),
                  .version = kDefinitionVersion,
                  .feature_version = kFeatureVersion};
};

}  // namespace

std::unique_ptr<Embedder> make_statistics_embedder() { return std::make_unique<StatisticsEmbedder>(); }

}  // namespace resonance::embedding
