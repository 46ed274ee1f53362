#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "training/data/augmentation.h"
#include "training/data/crop.h"
#include "training/data/feature_set.h"
#include "training/data/sampler.h"

namespace resonance::training {

/// What a network learns from in one step. B examples; layouts as Crop's, one example after the other.
struct Batch {
  std::size_t size = 0;  ///< B
  CropShape shape;
  std::vector<float> log_mel;            ///< B x T x 160
  std::vector<float> chroma;             ///< B x T' x 24
  std::vector<float> tempogram;          ///< B x R x 320
  std::vector<std::int64_t> identities;  ///< B
  std::vector<std::int64_t> works;       ///< B: the same number for versions of one work
  std::vector<std::int64_t> groups;      ///< B: pairs of one group and different identity are not told apart
  std::vector<float> targets;            ///< B x K, unit length, or zero where the teachers say nothing
  std::size_t target_dimensions = 0;     ///< K
};

/// What the student is to say of stretches of each track: the teachers' vectors, prepared.
struct TargetTable {
  std::size_t dimensions = 0;  ///< K; 0: no teachers
  std::int64_t frames = 150;   ///< a row is about
  struct Rows {
    std::vector<std::int64_t> starts;
    std::vector<float> values;  ///< rows x K, unit length
  };
  std::vector<Rows> tracks;  ///< of the set; empty without teachers
};

struct BatchConfig {
  CropShape shape;
  AugmentationConfig augmentation;
  double augmented_share = 1;          ///< of examples; the others are as they were recorded
  double teacher_aligned_share = 0.8;  ///< of examples, where a teacher has rows: begin with one of them
  std::string work_column = "version_group";
  std::string group_column;  ///< e.g. artist; empty: every track is told from every other
};

/// Makes batches: a pure function of seed, epoch and step, whatever thread it runs on. Thread-safe.
class BatchMaker {
 public:
  BatchMaker(const FeatureSet& set, const Sampler& sampler, TargetTable targets, BatchConfig config,
             std::uint64_t seed);
  [[nodiscard]] Batch make(std::uint64_t epoch, std::uint64_t step) const;

 private:
  void add(Batch& batch, const Example& example, std::uint64_t epoch, std::uint64_t step) const;

  const FeatureSet& set_;
  const Sampler& sampler_;
  TargetTable targets_;
  BatchConfig config_;
  std::uint64_t seed_;
  std::vector<std::int64_t> works_;  ///< of the set's tracks
  std::vector<std::int64_t> groups_;
};

/// The target of the frames from `start` on: the normalised mean of the rows that lie at least half inside.
/// Zeros if there is none.
std::vector<float> target_of(const TargetTable& table, std::size_t track, std::int64_t start,
                             std::int64_t frames);

}  // namespace resonance::training
