#include "resonance/cache/chunk_builder.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/cache/feature_chunk.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace resonance::cache {
namespace {

using Chunks = std::vector<std::string>;

// A track's chunks never change once it is in; readers keep them alive while it is removed or replaced.
class RamStore {
 public:
  [[nodiscard]] std::shared_ptr<const Chunks> find(const ContentHash& hash) const {
    const std::lock_guard guard(mutex_);
    const auto place = tracks_.find(hash);
    return place == tracks_.end() ? nullptr : place->second;
  }

  void publish(const ContentHash& hash, std::shared_ptr<const Chunks> chunks) {
    const std::lock_guard guard(mutex_);
    tracks_.insert_or_assign(hash, std::move(chunks));
  }

  void remove(const ContentHash& hash) {
    const std::lock_guard guard(mutex_);
    tracks_.erase(hash);
  }

  [[nodiscard]] std::vector<ContentHash> list() const {
    const std::lock_guard guard(mutex_);
    std::vector<ContentHash> hashes;
    hashes.reserve(tracks_.size());
    for (const auto& [hash, chunks] : tracks_) hashes.push_back(hash);
    return hashes;
  }

  [[nodiscard]] std::uint64_t bytes() const {
    const std::lock_guard guard(mutex_);
    std::uint64_t total = 0;
    for (const auto& [hash, chunks] : tracks_) {
      for (const std::string& chunk : *chunks) total += chunk.size();
    }
    return total;
  }

 private:
  mutable std::mutex mutex_;
  std::map<ContentHash, std::shared_ptr<const Chunks>> tracks_;
};

class RamWriter final : public CacheWriter {
 public:
  RamWriter(std::shared_ptr<RamStore> store, const ContentHash& hash)
      : store_(std::move(store)),
        hash_(hash),
        builder_([this](std::string chunk) { chunks_.push_back(std::move(chunk)); }) {}

  void push(const FeatureBlock& block) override { builder_.push(block); }

  void commit() override {
    builder_.finish();
    store_->publish(hash_, std::make_shared<const Chunks>(std::move(chunks_)));
  }

 private:
  std::shared_ptr<RamStore> store_;
  ContentHash hash_;
  Chunks chunks_;
  ChunkBuilder builder_;
};

class RamCache final : public FeatureCache {
 public:
  [[nodiscard]] bool contains(const ContentHash& hash) const override {
    return store_->find(hash) != nullptr;
  }

  bool load(const ContentHash& hash, const std::function<void(FeatureBlock)>& sink) const override {
    const std::shared_ptr<const Chunks> chunks = store_->find(hash);
    if (!chunks) return false;
    for (const std::string& chunk : *chunks) sink(decode_chunk(chunk));
    return true;
  }

  [[nodiscard]] std::unique_ptr<CacheWriter> begin(const ContentHash& hash) override {
    return std::make_unique<RamWriter>(store_, hash);
  }
  void remove(const ContentHash& hash) override { store_->remove(hash); }
  [[nodiscard]] std::vector<ContentHash> list() const override { return store_->list(); }
  [[nodiscard]] std::uint64_t bytes() const override { return store_->bytes(); }

 private:
  std::shared_ptr<RamStore> store_ = std::make_shared<RamStore>();
};

}  // namespace

std::unique_ptr<FeatureCache> make_ram_cache() { return std::make_unique<RamCache>(); }

}  // namespace resonance::cache
