#pragma once

#include "resonance/engine/searcher.h"

#include <filesystem>
#include <memory>
#include <mutex>

namespace resonance::engine {

/// The newest search index of a catalog, for a process that runs on while others publish. Thread-safe.
class LiveSearcher {
 public:
  /// @throws Error as Searcher
  explicit LiveSearcher(std::filesystem::path catalog_directory);

  /// What to answer one request with, from its beginning to its end. Never waits for refresh().
  [[nodiscard]] std::shared_ptr<const Searcher> current() const;

  /// Takes on a snapshot that was published since: opened aside, then swapped in, while requests go on with
  /// the one that they began with. Costs a look at one symbolic link if there is none. @return whether there
  /// was
  /// @throws Error as Searcher; the old one stays
  bool refresh();

 private:
  std::filesystem::path catalog_directory_;
  mutable std::mutex mutex_;  // of the pointer alone
  std::mutex refreshing_;
  std::shared_ptr<const Searcher> current_;
};

}  // namespace resonance::engine
