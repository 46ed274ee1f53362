#pragma once

#include "resonance/decoding/container_format.h"
#include "resonance/decoding/ffmpeg.h"
#include "resonance/decoding/file_input.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace resonance::decoding {

/// The compressed packets of a file's best audio stream, one after the other; video, pictures and text are
/// skipped. Neither copyable nor movable; not thread-safe.
class Demuxer {
 public:
  /// Reads the container's header and as much as stream parameters need.
  /// @throws Error(not_found, unreadable, unsupported_format, corrupt_data, limit_exceeded) naming the file
  explicit Demuxer(const std::filesystem::path& path);

  /// The next packet, valid until the next call; null at the end.
  /// @throws Error(corrupt_data) when the container makes the same data be read over and over
  const AVPacket* next();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }  ///< the path, for messages
  [[nodiscard]] const AVFormatContext& container() const noexcept { return *format_; }
  [[nodiscard]] const AVStream& stream() const noexcept { return *format_->streams[stream_]; }
  [[nodiscard]] const AVCodec& decoder() const noexcept { return *decoder_; }
  [[nodiscard]] const FileInput& file() const noexcept { return input_; }
  [[nodiscard]] bool is_module() const noexcept { return kind_.is_module; }

  /// What the container claims, in seconds; 0 if it says nothing. An estimate from the bit rate if not
  /// `exact`.
  [[nodiscard]] double claimed_duration_s() const;
  [[nodiscard]] bool claims_exact_duration() const;

  /// Whether the file ended in the middle of something; known once next() has returned null.
  [[nodiscard]] bool ended_early() const noexcept { return ended_early_ || input_.cut_short(); }

 private:
  void open();
  [[nodiscard]] FormatContext open_container();
  void keep_tags_of(const AVFormatContext& whole);
  void choose_stream();
  void discard_other_streams();
  void check_progress(const AVPacket& packet);
  [[noreturn]] void throw_not_opened(int error) const;
  [[noreturn]] void throw_in_circles() const;

  std::string name_;
  FileInput input_;
  ContainerFormat kind_;
  FormatContext format_;
  Packet packet_;
  const AVCodec* decoder_ = nullptr;
  unsigned stream_ = 0;
  unsigned streams_seen_ = 0;
  std::int64_t payload_bytes_ = 0;
  std::int64_t bytes_at_last_progress_ = 0;
  int packets_without_progress_ = 0;
  bool last_packet_partial_ = false;
  bool ended_early_ = false;
};

}  // namespace resonance::decoding
