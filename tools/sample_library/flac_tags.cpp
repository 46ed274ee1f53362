#include "sample_library/flac_tags.h"

#include <cstdint>
#include <stdexcept>

namespace resonance::sample_library {
namespace {

constexpr std::string_view kMagic = "fLaC";
constexpr std::size_t kHeaderSize = 4;
constexpr unsigned kLastBlock = 0x80;
constexpr unsigned kPadding = 1;
constexpr unsigned kVorbisComment = 4;

unsigned byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

void append_little_endian(std::string& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((value >> shift) & 0xffU);
}

void append_block(std::string& out, unsigned type, std::string_view content) {
  out += static_cast<char>(type);
  for (int shift = 16; shift >= 0; shift -= 8) out += static_cast<char>((content.size() >> shift) & 0xffU);
  out += content;
}

std::string comment_block(const Tags& tags) {
  constexpr std::string_view kVendor = "Resonance sample library";
  std::string block;
  append_little_endian(block, kVendor.size());
  block += kVendor;
  append_little_endian(block, tags.size());
  for (const auto& [name, value] : tags) {
    append_little_endian(block, name.size() + 1 + value.size());
    block += name;
    block += '=';
    block += value;
  }
  return block;
}

}  // namespace

std::string with_tags(std::string_view flac, const Tags& tags) {
  const auto not_flac = [] { return std::invalid_argument("not a FLAC file"); };
  if (!flac.starts_with(kMagic)) throw not_flac();
  std::string result(kMagic);
  std::size_t at = kMagic.size();
  bool is_last = false;
  while (!is_last) {
    if (at + kHeaderSize > flac.size()) throw not_flac();
    const unsigned type = byte_at(flac, at) & ~kLastBlock;
    is_last = (byte_at(flac, at) & kLastBlock) != 0;
    const std::size_t size =
        byte_at(flac, at + 1) << 16U | byte_at(flac, at + 2) << 8U | byte_at(flac, at + 3);
    at += kHeaderSize;
    if (at + size > flac.size()) throw not_flac();
    if (type != kPadding && type != kVorbisComment) append_block(result, type, flac.substr(at, size));
    at += size;
  }
  append_block(result, kVorbisComment | kLastBlock, comment_block(tags));
  return result.append(flac.substr(at));
}

}  // namespace resonance::sample_library
