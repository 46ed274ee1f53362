#pragma once

#include "resonance/engine/progress.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

namespace resonance::engine {

struct PrecomputeReport {
  std::size_t computed = 0;
  std::size_t present = 0;  ///< were in the cache before
  std::vector<FailedItem> failed;
  bool cancelled = false;
  double audio_s = 0;
  double elapsed_s = 0;
  std::uint64_t cache_bytes = 0;
};

/// Fills the feature cache with the recordings under `roots`, for training and for `index`. What is there is
/// left alone; a stopped run goes on where it was. A bad file is recorded and skipped.
/// @throws Error for what concerns the whole run
PrecomputeReport precompute(const std::vector<std::filesystem::path>& roots,
                            const std::filesystem::path& cache_directory, unsigned jobs,
                            const ProgressCallback& progress, const std::stop_token& stop);

}  // namespace resonance::engine
