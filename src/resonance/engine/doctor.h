#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace resonance::engine {

/// One thing `doctor` looked at.
struct Finding {
  std::string subject;  ///< e.g. "catalog", "CPU"
  std::string state;    ///< what was found
  bool problem = false;
  std::string remedy;  ///< what to run; empty without a problem
};

/// Versions, CPU features, model and the health of a catalog and a cache, neither of which needs to exist.
/// Never throws for what it finds: that is what it reports.
std::vector<Finding> diagnose(const std::filesystem::path& catalog_directory,
                              const std::filesystem::path& cache_directory);

}  // namespace resonance::engine
