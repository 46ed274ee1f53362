#include "resonance/core/npz.h"

#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/core/npy.h"

#include <cstddef>
#include <limits>

namespace resonance {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEndOfDirectory = 0x06054b50;
constexpr std::uint16_t kVersionNeeded = 20;
constexpr std::uint16_t kDosDate1980 = 0x21;  // a fixed date keeps the file reproducible

class Record {
 public:
  Record& u16(std::uint32_t value) { return little_endian(value, 2); }
  Record& u32(std::uint32_t value) { return little_endian(value, 4); }
  Record& text(std::string_view value) {
    bytes_.append(value);
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  Record& little_endian(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    return *this;
  }
  std::string bytes_;
};

}  // namespace

NpzWriter::NpzWriter(const std::filesystem::path& path) : path_(path.string()), file_(path) {}

void NpzWriter::add(std::string_view name, std::span<const std::span<const float>> parts, std::size_t rows,
                    std::size_t cols) {
  const std::string header = npy_header(NpyType::float32, rows, cols);
  std::uint64_t size = header.size();
  for (const auto part : parts) size += part.size_bytes();
  if (position_ + size + 4096 > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::limit_exceeded,
                path_ + " would exceed the 4 GiB of an .npz file: use a shorter recording");
  }
  Member member{std::string(name) + ".npy", 0, static_cast<std::uint32_t>(size),
                static_cast<std::uint32_t>(position_)};
  member.crc = crc32(0, header);
  for (const auto part : parts) member.crc = crc32(member.crc, std::as_bytes(part));
  Record record;
  record.u32(kLocalHeader).u16(kVersionNeeded).u16(0).u16(0).u16(0).u16(kDosDate1980);
  record.u32(member.crc).u32(member.size).u32(member.size);
  record.u16(static_cast<std::uint32_t>(member.name.size())).u16(0).text(member.name).text(header);
  file_.write(record.bytes());
  for (const auto part : parts) file_.write(std::as_bytes(part));
  position_ += record.bytes().size() + size - header.size();
  members_.push_back(std::move(member));
}

void NpzWriter::commit() {
  Record directory;
  for (const Member& member : members_) {
    directory.u32(kCentralHeader)
        .u16(kVersionNeeded)
        .u16(kVersionNeeded)
        .u16(0)
        .u16(0)
        .u16(0)
        .u16(kDosDate1980);
    directory.u32(member.crc).u32(member.size).u32(member.size);
    directory.u16(static_cast<std::uint32_t>(member.name.size())).u16(0).u16(0).u16(0).u16(0).u32(0);
    directory.u32(member.offset).text(member.name);
  }
  const auto count = static_cast<std::uint32_t>(members_.size());
  Record end;
  end.u32(kEndOfDirectory).u16(0).u16(0).u16(count).u16(count);
  end.u32(static_cast<std::uint32_t>(directory.bytes().size()))
      .u32(static_cast<std::uint32_t>(position_))
      .u16(0);
  file_.write(directory.bytes());
  file_.write(end.bytes());
  file_.commit();
}

}  // namespace resonance
