#include "resonance/engine/live_searcher.h"

#include <utility>

namespace resonance::engine {

LiveSearcher::LiveSearcher(std::filesystem::path catalog_directory)
    : catalog_directory_(std::move(catalog_directory)),
      current_(std::make_shared<const Searcher>(catalog_directory_)) {}

std::shared_ptr<const Searcher> LiveSearcher::current() const {
  const std::scoped_lock lock(mutex_);
  return current_;
}

bool LiveSearcher::refresh() {
  const std::scoped_lock one(refreshing_);
  if (current()->snapshot().name() == Snapshot::current(catalog_directory_)) return false;
  auto fresh = std::make_shared<const Searcher>(catalog_directory_);
  const std::scoped_lock lock(mutex_);
  current_ = std::move(fresh);
  return true;
}

}  // namespace resonance::engine
