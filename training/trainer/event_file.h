#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace resonance::training {

/// Scalars over time, as TensorBoard reads them: a file of TFRecords (length, masked CRC-32C of it, data,
/// masked CRC-32C of it), each a tensorflow.Event in protocol buffers' wire format. Not thread-safe. Formats:
/// tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto,
/// tensorflow/core/framework/summary.proto.
class EventFile {
 public:
  /// Makes events.out.tfevents.TIME.resonance in the folder. @throws Error(unreadable, no_space)
  explicit EventFile(const std::filesystem::path& folder);
  void scalar(std::string_view tag, std::int64_t step, double value);
  /// So that a reader sees what was written. @throws Error(no_space, unreadable)
  void flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void record(const std::string& event);

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// CRC-32C (Castagnoli), and as TFRecord masks it.
std::uint32_t crc32c(std::string_view bytes);
std::uint32_t masked_crc32c(std::string_view bytes);

/// The bytes of one record around `data`.
std::string tf_record(std::string_view data);
/// A serialised tensorflow.Event with one simple value.
std::string scalar_event(double wall_time_s, std::int64_t step, std::string_view tag, float value);

}  // namespace resonance::training
