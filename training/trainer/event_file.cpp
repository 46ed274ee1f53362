#include "training/trainer/event_file.h"

#include "resonance/core/error.h"
#include "resonance/embedding/bytes.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace resonance::training {
namespace {

using embedding::ByteWriter;

std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}

void varint(ByteWriter& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out.value(static_cast<std::uint8_t>(value | 0x80U));
  out.value(static_cast<std::uint8_t>(value));
}

enum WireType : std::uint8_t { varint_type = 0, eight_bytes = 1, delimited = 2, four_bytes = 5 };

void key(ByteWriter& out, unsigned field, WireType type) { varint(out, field << 3U | type); }

void text_field(ByteWriter& out, unsigned field, std::string_view text) {
  key(out, field, delimited);
  varint(out, text.size());
  out.text(text);
}

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string version_event(double wall_time_s) {
  ByteWriter event;
  key(event, 1, eight_bytes);
  event.value(wall_time_s);
  text_field(event, 3, "brain.Event:2");
  return event.take();
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> kTable = crc_table();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xffU] ^ (crc >> 8U);
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U;
}

std::string tf_record(std::string_view data) {
  ByteWriter length;
  length.value(static_cast<std::uint64_t>(data.size()));
  ByteWriter record;
  record.text(length.bytes());
  record.value(masked_crc32c(length.bytes()));
  record.text(data);
  record.value(masked_crc32c(data));
  return record.take();
}

std::string scalar_event(double wall_time_s, std::int64_t step, std::string_view tag, float value) {
  ByteWriter entry;  // Summary.Value
  text_field(entry, 1, tag);
  key(entry, 2, four_bytes);
  entry.value(value);
  ByteWriter summary;
  text_field(summary, 1, entry.bytes());
  ByteWriter event;
  key(event, 1, eight_bytes);
  event.value(wall_time_s);
  key(event, 2, varint_type);
  varint(event, static_cast<std::uint64_t>(step));
  text_field(event, 5, summary.bytes());
  return event.take();
}

EventFile::EventFile(const std::filesystem::path& folder) {
  const double now = now_s();
  path_ = (folder / ("events.out.tfevents." + std::to_string(static_cast<long long>(now)) + ".resonance"))
              .string();
  file_.reset(std::fopen(path_.c_str(), "ab"));
  if (file_ == nullptr) throw system_error(errno, "cannot write " + path_);
  record(version_event(now));
}

void EventFile::record(const std::string& event) {
  const std::string bytes = tf_record(event);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    throw system_error(errno, "cannot write " + path_);
  }
}

void EventFile::scalar(std::string_view tag, std::int64_t step, double value) {
  record(scalar_event(now_s(), step, tag, static_cast<float>(value)));
}

void EventFile::flush() {
  if (std::fflush(file_.get()) != 0) throw system_error(errno, "cannot write " + path_);
}

}  // namespace resonance::training
