#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::training {

struct PackOptions {
  std::filesystem::path cache;  ///< of features, filled by `resonance precompute`
  std::vector<std::filesystem::path>
      manifests;                             ///< CSV with a column `file`, relative to the manifest's folder
  std::vector<std::filesystem::path> files;  ///< without a manifest: their tags are their labels
  std::vector<std::filesystem::path> teachers;  ///< folders of .npz files, one a track, named after its
                                                ///< content hash (as precompute --teacher does) or its file
  std::vector<std::string> teacher_arrays;      ///< which of their arrays; empty: all
  double teacher_seconds = 3;                   ///< how much audio one vector is about
  std::filesystem::path out;
  std::optional<std::uint64_t> budget_bytes;  ///< then excerpts instead of whole tracks, and coarser values
};

struct PackProblem {
  std::string path;
  std::string message;
};

struct PackReport {
  std::size_t tracks = 0;
  std::size_t with_teachers = 0;
  std::vector<PackProblem> problems;  ///< files that are missing, not in the cache, or there twice
  double seconds = 0;                 ///< of audio in the set
  std::uint64_t bytes = 0;            ///< of the set's files
  double excerpt_seconds = 0;         ///< of log-mel a track; 0: whole tracks
};

/// Makes a feature set. A file that is missing or not in the cache is recorded and left out.
/// @param progress  called with tracks done and all of them, from this thread
/// @throws Error for what concerns the whole run: no usable track, a bad manifest, a budget too small, a full
/// disk, cancelled
PackReport pack(const PackOptions& options, const std::function<void(std::size_t, std::size_t)>& progress,
                const std::stop_token& stop);

}  // namespace resonance::training
