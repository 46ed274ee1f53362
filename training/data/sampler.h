#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "training/data/feature_set.h"

namespace resonance::training {

struct SamplerConfig {
  std::size_t identities = 96;  ///< of a batch
  std::size_t views = 4;        ///< of each
  /// A column whose labels share the batches more evenly; empty: every track alike.
  std::string balance_by;
  double balance_power = 0.5;  ///< 0: by number of tracks, 1: each label alike
  /// If set, batches are `identities` tracks each of `classes` labels of this column, and the label is the
  /// identity.
  std::string class_column;
  std::size_t classes = 8;
  /// Versions of one work share a label of this column. Where a track has others, half of its views may be
  /// one of theirs, with this probability, so that a batch holds pairs of versions.
  std::string work_column;
  double version_share = 0.5;
};

/// One example of a batch.
struct Example {
  std::size_t track = 0;
  std::size_t view = 0;
  std::int64_t identity = 0;  ///< examples with the same number belong together
};

/// Which tracks a batch is made of: a pure function of seed, epoch and step. Immutable; thread-safe.
class Sampler {
 public:
  /// @param usable  indices of the tracks to draw from
  /// @throws Error(invalid_argument) if there are fewer than two identities, or no track has a label that is
  /// asked for
  Sampler(const std::vector<TrackInfo>& tracks, std::vector<std::size_t> usable, SamplerConfig config,
          std::uint64_t seed);

  [[nodiscard]] std::vector<Example> batch(std::uint64_t epoch, std::uint64_t step) const;
  /// Batches that show every track about once.
  [[nodiscard]] std::uint64_t steps_per_pass() const;

 private:
  [[nodiscard]] std::vector<Example> identity_batch(std::uint64_t epoch, std::uint64_t step) const;
  [[nodiscard]] std::vector<Example> class_batch(std::uint64_t epoch, std::uint64_t step) const;
  [[nodiscard]] std::vector<std::size_t> pass_order(std::uint64_t epoch, std::uint64_t pass) const;

  SamplerConfig config_;
  std::uint64_t seed_;
  std::vector<std::size_t> usable_;
  std::vector<double> weights_;                     ///< of the usable tracks
  std::vector<std::vector<std::size_t>> versions_;  ///< of the set's tracks: the others of the same work
  std::vector<std::vector<std::size_t>> of_class_;  ///< tracks by label, for class batches
};

}  // namespace resonance::training
