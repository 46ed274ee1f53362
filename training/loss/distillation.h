#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "training/data/batch.h"
#include "training/data/feature_set.h"

namespace resonance::training {

/// 1 - cosine between what the student says and the target, averaged over the examples that have one.
/// @param said  B x K, unit length @param targets  B x K, unit length, or zero where the teachers say nothing
torch::Tensor distillation_loss(const torch::Tensor& said, const torch::Tensor& targets);

/// Mean squared difference between the cosines of any two examples as the student's embeddings and as the
/// targets have them (relational distillation: Park et al. 2019, "Relational knowledge distillation"), over
/// the pairs that both have a target. A linear head may agree with the teachers whatever the embedding's own
/// likenesses are; this asks for those.
/// @param embeddings  B x D, unit length @param targets  B x K, as for distillation_loss()
torch::Tensor relation_loss(const torch::Tensor& embeddings, const torch::Tensor& targets);

/// How several teachers' vectors become one target: each one's mean over the training tracks removed, unit
/// length, all joined, principal components, unit length.
class TeacherTargets {
 public:
  /// @param teachers    names of the set's teachers to learn from; empty: all of it
  /// @param training    tracks that the means and components are taken from
  /// @param dimensions  K at most; fewer if the teachers have fewer
  /// @throws Error(invalid_argument) if the set has no such teacher; Error(not_found) if they say nothing of
  /// the training tracks
  static TeacherTargets fit(const FeatureSet& set, const std::vector<std::string>& teachers,
                            const std::vector<std::size_t>& training, std::size_t dimensions);

  /// The targets of every track of a set with these teachers.
  [[nodiscard]] TargetTable table(const FeatureSet& set) const;
  [[nodiscard]] std::size_t dimensions() const { return static_cast<std::size_t>(axes.size(1)); }
  /// Share of the joined vectors' energy that the components keep.
  [[nodiscard]] double kept() const { return kept_; }

  std::vector<std::string> names;
  std::vector<torch::Tensor> means;  ///< one a teacher
  torch::Tensor axes;                ///< joined dimensions x K

 private:
  [[nodiscard]] torch::Tensor joined(const FeatureSet& set, std::size_t track,
                                     std::vector<std::int64_t>& starts) const;
  double kept_ = 0;
};

}  // namespace resonance::training
