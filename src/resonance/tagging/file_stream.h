#pragma once

#include <cerrno>
#include <filesystem>
#include <string>

#include <taglib/tiostream.h>

namespace resonance::tagging {

/// A file as TagLib's input and output. TagLib's own stream passes over what the system refuses, so that a
/// full disk looks like success; this one remembers the first refusal. Memory is bounded by the blocks that
/// TagLib asks for. Neither copyable nor movable; not thread-safe.
class FileStream final : public TagLib::IOStream {
 public:
  enum class Mode { read, read_write };

  /// @throws Error(not_found, unreadable) naming the file
  FileStream(const std::filesystem::path& path, Mode mode);
  ~FileStream() override;
  FileStream(const FileStream&) = delete;
  FileStream& operator=(const FileStream&) = delete;

  /// The system's number of the first refusal; 0: none.
  [[nodiscard]] int error_number() const noexcept { return error_number_; }
  /// Waits until everything is on the disk. A refusal is in error_number().
  void sync();

  // TagLib's interface. NOLINTBEGIN(readability-identifier-naming)
  [[nodiscard]] TagLib::FileName name() const override { return name_.c_str(); }
  TagLib::ByteVector readBlock(unsigned long length) override;
  void writeBlock(const TagLib::ByteVector& data) override;
  void insert(const TagLib::ByteVector& data, unsigned long start, unsigned long replace) override;
  void removeBlock(unsigned long start, unsigned long length) override;
  [[nodiscard]] bool readOnly() const override { return mode_ == Mode::read; }
  [[nodiscard]] bool isOpen() const override { return true; }
  void seek(long offset, Position from) override;
  [[nodiscard]] long tell() const override { return position_; }
  long length() override;
  void truncate(long length) override;
  // NOLINTEND(readability-identifier-naming)

 private:
  void refuse(int error_number) noexcept {
    if (error_number_ == 0) error_number_ = error_number;
  }
  [[nodiscard]] TagLib::ByteVector read_at(long offset, unsigned long length);
  void write_at(long offset, const TagLib::ByteVector& data);
  void move(long from, long to, long length);

  std::string name_;
  Mode mode_;
  int descriptor_ = -1;
  long position_ = 0;
  int error_number_ = 0;
};

}  // namespace resonance::tagging
