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
  std::size_t taught = 0;   ///< recordings that the teachers have listened to now
  std::vector<FailedItem> failed;
  bool cancelled = false;
  double audio_s = 0;
  double elapsed_s = 0;
  std::uint64_t cache_bytes = 0;
};

/// Models whose answers training may learn from, and the folder for what they say of each recording:
/// `<content hash>.npz` with `start` (P, seconds) and an array P x D under each teacher's name. The P rows
/// are the patches of the teacher that hears the longest ones; of the others it is the mean over the same
/// time.
struct TeacherRequest {
  std::vector<std::filesystem::path> models;  ///< FILE.onnx that hear audio
  std::filesystem::path folder;
};

/// Fills the feature cache with the recordings under `roots`, for training and for `index`, and asks the
/// teachers, if there are any. What is there is left alone; a stopped run goes on where it was. A bad file is
/// recorded and skipped.
/// @throws Error for what concerns the whole run
PrecomputeReport precompute(const std::vector<std::filesystem::path>& roots,
                            const std::filesystem::path& cache_directory, const TeacherRequest& teachers,
                            unsigned jobs, const ProgressCallback& progress, const std::stop_token& stop);

}  // namespace resonance::engine
