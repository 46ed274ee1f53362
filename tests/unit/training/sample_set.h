#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "training/data/feature_set.h"
#include "training/data/feature_set_writer.h"

namespace resonance::training::testing {

/// A track of invented music: levels that follow from `seed`, different from track to track, similar within
/// one.
ExcerptLevels sample_levels(std::uint64_t seed, std::int64_t frames);

struct SampleSetOptions {
  std::size_t tracks = 8;
  std::int64_t frames = 400;
  FeatureSetWriter::Encoding encoding = FeatureSetWriter::Encoding::plain;
  bool teachers = true;  ///< one of 6, one of 4 dimensions, a row every 150 frames
  std::string repository = "home";
};

/// Writes a set of such tracks: labels artist (two tracks each), genre (of two), repository.
void write_sample_set(const std::filesystem::path& folder, const SampleSetOptions& options = {});

}  // namespace resonance::training::testing
