#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "training/data/batch.h"
#include "training/data/feature_set.h"
#include "training/network/network.h"
#include "training/trainer/run_state.h"
#include "training/trainer/training_config.h"

namespace resonance::training {

/// How well a network does on tracks that it is not trained on. What it hears is chosen once, by the seed, so
/// epochs can be compared.
///
/// - recall@1, recall@5: the query is one segment of a track, changed as augmentation changes it, among the
/// last
///   segments of all tracks, as they are; left out where no two tracks have segments that do not overlap;
/// - teacher: mean cosine to the teachers' target;
/// - neighbours: of a track's ten nearest by the mean of its clean segments, the share that the teachers have
/// among their
///   ten: agreement that needs no labels, also on sources that training never saw;
/// - for each label column: P@1, the share of tracks whose nearest neighbour by the mean of their clean
/// segments has the
///   same label (of those that share theirs); for other columns than the artist's, not counting neighbours by
///   the same artist. Gates: their means.
class Validation {
 public:
  Validation(const FeatureSet& set, std::vector<std::size_t> tracks, const TargetTable& targets,
             const TrainingConfig& config);

  [[nodiscard]] Metrics measure(Network& network, const torch::Device& device) const;
  [[nodiscard]] std::size_t tracks() const { return tracks_.size(); }

 private:
  struct Heard {
    torch::Tensor clean_first, clean_last, changed;  ///< N x 512
    torch::Tensor timbre, harmony, rhythm;           ///< N x D, of the clean ones
    torch::Tensor gates;                             ///< N x 3
    double teacher = 0;
    bool taught = false;
  };
  struct Segment {
    std::size_t excerpt = 0;
    std::int64_t start = 0;
  };
  /// A track's first or last.
  [[nodiscard]] Segment segment_of(std::size_t track, bool last) const;
  /// Positions in `tracks_` of those whose first and last segment do not overlap: finding a copy of the same
  /// seconds says nothing.
  [[nodiscard]] torch::Tensor asked() const;
  /// Mean target of each track: N x K.
  [[nodiscard]] torch::Tensor track_targets() const;
  [[nodiscard]] Heard hear(Network& network, const torch::Device& device) const;
  void add_label_metrics(const torch::Tensor& similarity, const std::string& column, const std::string& name,
                         Metrics& metrics) const;

  const FeatureSet& set_;
  std::vector<std::size_t> tracks_;
  const TargetTable& targets_;
  TrainingConfig config_;
  std::int64_t frames_;  ///< of a segment
};

/// Tensors of a batch on a device.
NetworkInput input_of(const Batch& batch, const torch::Device& device);

}  // namespace resonance::training
