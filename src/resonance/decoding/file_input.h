#pragma once

#include "resonance/decoding/ffmpeg.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace resonance::decoding {

/// A regular local file as FFmpeg's input: the only way bytes reach the decoder, so that no protocol is
/// reachable.
///
/// The file has the length it had when opened: what is appended later is not seen, what is cut off reads as
/// the end. Reads and seeks are budgeted in proportion to that length, so that a file whose index sends the
/// demultiplexer in circles ends. Neither copyable nor movable: FFmpeg keeps its address.
class FileInput {
 public:
  /// @throws Error(not_found, unreadable; unsupported_format if not a regular file; corrupt_data if empty)
  explicit FileInput(const std::filesystem::path& path);
  ~FileInput();
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  [[nodiscard]] AVIOContext* context() const noexcept { return io_.get(); }
  [[nodiscard]] std::int64_t size() const noexcept {
    return size_;
  }  ///< of the whole file, when it was opened

  /// Fills `target` from `offset` of the file, past FFmpeg's buffer and budget.
  /// @return bytes read, fewer only at the end of the file or if the system refuses
  [[nodiscard]] std::size_t read_at(std::int64_t offset, std::span<std::byte> target) const;

  /// Starts over, as if the file ended at `offset`. Nothing may use the old context() any more.
  void restart_with_end(std::int64_t offset);

  [[nodiscard]] std::int64_t bytes_read() const noexcept { return bytes_read_; }
  [[nodiscard]] bool budget_exceeded() const noexcept { return budget_exceeded_; }
  /// Whether the file turned out shorter than it was when opened, or the system refused to read on.
  [[nodiscard]] bool cut_short() const noexcept { return cut_short_; }

 private:
  static int read(void* self, std::uint8_t* target, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  bool within_budget() noexcept;
  void make_context();

  int descriptor_ = -1;
  std::int64_t size_ = 0;
  std::int64_t end_ = 0;
  std::int64_t position_ = 0;
  std::int64_t bytes_read_ = 0;
  std::int64_t calls_ = 0;
  bool budget_exceeded_ = false;
  bool cut_short_ = false;
  IoContext io_;
};

}  // namespace resonance::decoding
