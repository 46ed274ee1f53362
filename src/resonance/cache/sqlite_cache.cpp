#include "resonance/cache/chunk_builder.h"
#include "resonance/cache/feature_cache.h"
#include "resonance/cache/feature_chunk.h"
#include "resonance/cache/sqlite_store.h"
#include "resonance/core/error.h"

#include <string>
#include <utility>

namespace resonance::cache {
namespace {

class SqliteWriter final : public CacheWriter {
 public:
  SqliteWriter(std::shared_ptr<SqliteStore> store, const ContentHash& hash)
      : store_(std::move(store)), hash_(hash), builder_([this](const std::string& chunk) { keep(chunk); }) {}
  ~SqliteWriter() override {
    if (id_ != 0) store_->abandon(id_);
  }
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;

  void push(const FeatureBlock& block) override { builder_.push(block); }

  void commit() override {
    const std::int64_t frames = builder_.finish();
    if (id_ == 0) id_ = store_->begin(hash_);  // a track without frames
    store_->publish(id_, hash_, frames, bytes_);
    id_ = 0;
  }

 private:
  void keep(const std::string& chunk) {
    if (id_ == 0) id_ = store_->begin(hash_);
    store_->add_chunk(id_, chunks_, chunk);
    ++chunks_;
    bytes_ += static_cast<std::int64_t>(chunk.size());
  }

  std::shared_ptr<SqliteStore> store_;
  ContentHash hash_;
  ChunkBuilder builder_;
  std::int64_t id_ = 0;  // 0: nothing to abandon
  std::int64_t chunks_ = 0;
  std::int64_t bytes_ = 0;
};

class SqliteCache final : public FeatureCache {
 public:
  explicit SqliteCache(const std::filesystem::path& directory)
      : store_(std::make_shared<SqliteStore>(directory)) {}

  [[nodiscard]] bool contains(const ContentHash& hash) const override {
    return store_->frames_of(hash).has_value();
  }

  bool load(const ContentHash& hash, const std::function<void(FeatureBlock)>& sink) const override {
    const std::optional<std::int64_t> frames = store_->frames_of(hash);
    if (!frames) return false;
    std::int64_t next = 0;
    for (std::int64_t position = 0; next < *frames; ++position) {
      // Decoded outside the store's lock: readers work side by side.
      FeatureBlock block = read(hash, position);
      const auto count = static_cast<std::int64_t>(block.frames());
      if (block.first_frame != next || count > *frames - next)
        fail(hash, "its chunks do not follow each other");
      next += count;
      sink(std::move(block));
    }
    return true;
  }

  [[nodiscard]] std::unique_ptr<CacheWriter> begin(const ContentHash& hash) override {
    return std::make_unique<SqliteWriter>(store_, hash);
  }
  void remove(const ContentHash& hash) override { store_->remove(hash); }
  [[nodiscard]] std::vector<ContentHash> list() const override { return store_->list(); }
  [[nodiscard]] std::uint64_t bytes() const override { return store_->bytes(); }

 private:
  [[nodiscard]] FeatureBlock read(const ContentHash& hash, std::int64_t position) const {
    const std::optional<std::string> chunk = store_->chunk(hash, position);
    if (!chunk && !store_->frames_of(hash)) {
      throw Error(ErrorCode::not_found, "the features of " + to_hex(hash) + " were removed from " +
                                            store_->path() + " while they were read");
    }
    if (!chunk) fail(hash, "a chunk is missing");
    try {
      return decode_chunk(*chunk);
    } catch (const Error& error) {
      fail(hash, error.what());
    }
  }

  [[noreturn]] void fail(const ContentHash& hash, const std::string& what) const {
    throw Error(ErrorCode::corrupt_data, store_->path() + " is damaged at the features of " + to_hex(hash) +
                                             " (" + what +
                                             "); delete it: it is made again from the audio files");
  }

  std::shared_ptr<SqliteStore> store_;
};

}  // namespace

std::unique_ptr<FeatureCache> open_sqlite_cache(const std::filesystem::path& directory) {
  return std::make_unique<SqliteCache>(directory);
}

}  // namespace resonance::cache
