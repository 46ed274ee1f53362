#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace resonance::catalog {

/// Descriptors of the segments of one track, in order, that wait until Catalog::put() takes them with the
/// track. They lie in SQLite's temporary file, so that a track of hours takes no memory, and are gone with
/// this or with the process. Must not outlive the catalog. Not thread-safe; two of one catalog do not meet.
class SegmentStage {
 public:
  /// Catalog makes them. @param add   takes the number and the bytes of a segment
  /// @param drop  removes all; never throws
  SegmentStage(std::int64_t id, std::function<void(std::int64_t, std::string_view)> add,
               std::function<void()> drop);
  ~SegmentStage();
  SegmentStage(const SegmentStage&) = delete;
  SegmentStage& operator=(const SegmentStage&) = delete;

  [[nodiscard]] std::int64_t id() const noexcept { return id_; }
  /// @param descriptor  of the next segment, as embedding::encode made it
  /// @throws Error as Catalog
  void add(std::string_view descriptor) { add_(count_++, descriptor); }

 private:
  std::int64_t id_;
  std::int64_t count_ = 0;
  std::function<void(std::int64_t, std::string_view)> add_;
  std::function<void()> drop_;
};

}  // namespace resonance::catalog
