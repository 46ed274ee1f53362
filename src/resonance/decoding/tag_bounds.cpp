#include "resonance/decoding/tag_bounds.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace resonance::decoding {
namespace {

constexpr int kMaxTags = 16;

// `count` bytes from `offset`; "" if they are not all there.
std::string bytes_at(const FileInput& file, std::int64_t offset, std::size_t count) {
  if (offset < 0) return {};
  std::string bytes(count, '\0');
  if (file.read_at(offset, std::as_writable_bytes(std::span(bytes))) != count) return {};
  return bytes;
}

std::int64_t little_endian(std::string_view bytes) {
  std::int64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// ID3v2's sizes: seven bits a byte.
std::int64_t syncsafe(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char byte : bytes) value = value << 7 | (static_cast<unsigned char>(byte) & 0x7F);
  return value;
}

std::int64_t id3v1_bytes(const FileInput& file, std::int64_t end) {
  if (bytes_at(file, end - 128, 3) != "TAG") return 0;
  return bytes_at(file, end - 128 - 227, 4) == "TAG+" ? 128 + 227 : 128;
}

std::int64_t ape_bytes(const FileInput& file, std::int64_t end) {
  const std::string footer = bytes_at(file, end - 32, 32);
  if (!footer.starts_with("APETAGEX")) return 0;
  constexpr int kHasHeader = 0x80;
  const int header_bytes = (static_cast<unsigned char>(footer[23]) & kHasHeader) != 0 ? 32 : 0;
  return std::max<std::int64_t>(32, little_endian(std::string_view(footer).substr(12, 4))) + header_bytes;
}

std::int64_t lyrics3_bytes(const FileInput& file, std::int64_t end) {
  const std::string mark = bytes_at(file, end - 15, 15);
  if (mark.ends_with("LYRICS200") &&
      std::ranges::all_of(mark.substr(0, 6), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::stoll(mark.substr(0, 6)) + 15;
  }
  if (!mark.ends_with("LYRICSEND")) return 0;
  constexpr std::int64_t kLongestVersion1 = 5100 + 11 + 9;
  const std::int64_t from = std::max<std::int64_t>(0, end - kLongestVersion1);
  const std::string tail = bytes_at(file, from, static_cast<std::size_t>(end - from));
  const std::size_t begin = tail.rfind("LYRICSBEGIN");
  return begin == std::string::npos ? 0 : static_cast<std::int64_t>(tail.size() - begin);
}

std::int64_t id3v2_footer_bytes(const FileInput& file, std::int64_t end) {
  const std::string footer = bytes_at(file, end - 10, 10);
  return footer.starts_with("3DI") ? syncsafe(std::string_view(footer).substr(6, 4)) + 20 : 0;
}

}  // namespace

std::int64_t end_of_audio(const FileInput& file) {
  std::int64_t end = file.size();
  for (int i = 0; i < kMaxTags; ++i) {
    std::int64_t tag = 0;
    for (const auto length_of : {id3v1_bytes, ape_bytes, lyrics3_bytes, id3v2_footer_bytes}) {
      if (tag == 0) tag = length_of(file, end);
    }
    if (tag <= 0 || tag >= end) break;
    end -= tag;
  }
  return end;
}

std::int64_t start_of_content(const FileInput& file) {
  std::int64_t start = 0;
  for (int i = 0; i < kMaxTags; ++i) {
    const std::string header = bytes_at(file, start, 10);
    if (!header.starts_with("ID3")) break;
    constexpr int kHasFooter = 0x10;
    const int footer_bytes = (static_cast<unsigned char>(header[5]) & kHasFooter) != 0 ? 10 : 0;
    const std::int64_t next = start + 10 + syncsafe(std::string_view(header).substr(6, 4)) + footer_bytes;
    if (next >= file.size()) break;
    start = next;
  }
  return start;
}

}  // namespace resonance::decoding
