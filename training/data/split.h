#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "training/data/feature_set.h"

namespace resonance::training {

struct SplitConfig {
  /// Tracks that agree in one of these labels (letter case and spaces aside) stay on one side.
  std::vector<std::string> group_columns = {"recording_group", "artist", "version_group", "work"};
  /// Values of holdout_column whose tracks are never trained on, and measured by themselves.
  std::vector<std::string> holdout;
  std::string holdout_column = "repository";
  double validation_share = 0.08;  ///< of the groups, about
  std::uint64_t seed = 1;
};

/// Indices of tracks, ascending.
struct Split {
  std::vector<std::size_t> training;
  std::vector<std::size_t> validation;  ///< groups kept out, of the sources that are trained on
  std::vector<std::size_t> holdout;     ///< of other sources
};

/// Cuts a set by whole groups. A track of a held-out source takes its whole group out of training. The side
/// of a group follows from its names and the seed, so it stays when the set grows. Names that mean nobody
/// ("various artists", "unknown", ...) do not join tracks.
Split split_tracks(const std::vector<TrackInfo>& tracks, const SplitConfig& config);

/// What training never sees, as a manifest for `resonance evaluate`: file (as the set names it), side
/// (validation or holdout) and every label.
std::string held_out_manifest(const std::vector<TrackInfo>& tracks, const Split& split);

/// A label as groups compare it: lower-case ASCII, runs of spaces one; empty for names that mean nobody.
std::string group_key(const std::string& label);

}  // namespace resonance::training
