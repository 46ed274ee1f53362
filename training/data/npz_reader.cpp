#include "training/data/npz_reader.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/embedding/float16.h"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace resonance::training {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 30U;
constexpr std::size_t kMaxMembers = 1000;
constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::string_view kEndOfDirectory("PK\x05\x06", 4);
constexpr std::string_view kCentralHeader("PK\x01\x02", 4);
constexpr std::string_view kLocalHeader("PK\x03\x04", 4);

[[noreturn]] void damaged(const std::string& what, const std::string& how) {
  throw Error(ErrorCode::corrupt_data, what + ": " + how);
}

/// A little-endian number at `at`. @throws Error(corrupt_data) beyond the end
template <typename T>
T number(std::string_view bytes, std::size_t at, const std::string& what) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) damaged(what, "is cut short");
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string_view part(std::string_view bytes, std::size_t at, std::size_t size, const std::string& what) {
  if (at > bytes.size() || bytes.size() - at < size) damaged(what, "is cut short");
  return bytes.substr(at, size);
}

std::string_view value_of(std::string_view header, std::string_view key, const std::string& what) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) damaged(what, "has no " + std::string(key) + " in its header");
  header.remove_prefix(at + key.size());
  while (header.starts_with(' ') || header.starts_with(':')) header.remove_prefix(1);
  if (header.empty()) damaged(what, "is cut short after " + std::string(key));
  return header;
}

template <typename T>
void convert(std::string_view bytes, std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value{};
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof value);
    values[i] = static_cast<float>(value);
  }
}

void convert_half(std::string_view bytes, std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t value = 0;
    std::memcpy(&value, bytes.data() + i * 2, sizeof value);
    values[i] = embedding::from_float16(value);
  }
}

struct Shape {
  std::size_t rows = 0;
  std::size_t cols = 1;
};

Shape parse_shape(std::string_view text, const std::string& what) {
  std::vector<std::size_t> sizes;
  if (!text.starts_with('(')) damaged(what, "has no shape");
  text.remove_prefix(1);
  for (;;) {
    while (text.starts_with(' ') || text.starts_with(',')) text.remove_prefix(1);
    if (text.starts_with(')')) break;
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc()) damaged(what, "has a shape that is none");
    sizes.push_back(size);
    if (sizes.size() > 2) damaged(what, "has more than two dimensions");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  if (sizes.empty()) return {1, 1};
  return {sizes[0], sizes.size() == 2 ? sizes[1] : 1};
}

struct Member {
  std::string name;
  std::string_view bytes;
};

std::vector<Member> members(std::string_view zip, const std::string& what) {
  const std::size_t end = zip.rfind(kEndOfDirectory);
  if (end == std::string_view::npos) damaged(what, "is no .npz file");
  const std::size_t count = number<std::uint16_t>(zip, end + 10, what);
  if (count > kMaxMembers) damaged(what, "has too many arrays");
  std::size_t at = number<std::uint32_t>(zip, end + 16, what);
  std::vector<Member> result;
  for (std::size_t i = 0; i < count; ++i) {
    if (part(zip, at, 4, what) != kCentralHeader) damaged(what, "has a broken directory");
    const auto method = number<std::uint16_t>(zip, at + 10, what);
    const auto crc = number<std::uint32_t>(zip, at + 16, what);
    const auto stored = number<std::uint32_t>(zip, at + 20, what);
    const std::size_t name_size = number<std::uint16_t>(zip, at + 28, what);
    const std::size_t extra_size = number<std::uint16_t>(zip, at + 30, what);
    const std::size_t comment_size = number<std::uint16_t>(zip, at + 32, what);
    const std::size_t local = number<std::uint32_t>(zip, at + 42, what);
    std::string name(part(zip, at + 46, name_size, what));
    if (method != 0) damaged(what, "is compressed: write it with np.savez, not np.savez_compressed");
    if (stored == std::numeric_limits<std::uint32_t>::max()) damaged(what, "is too large");
    if (part(zip, local, 4, what) != kLocalHeader) damaged(what, "has a broken directory");
    const std::size_t data = local + 30 + number<std::uint16_t>(zip, local + 26, what) +
                             number<std::uint16_t>(zip, local + 28, what);
    const std::string_view bytes = part(zip, data, stored, what);
    if (crc32(0, bytes) != crc) damaged(what, "array " + name + " has a wrong checksum");
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    result.push_back({std::move(name), bytes});
    at += 46 + name_size + extra_size + comment_size;
  }
  return result;
}

}  // namespace

NumberArray parse_npy(std::string_view bytes, const std::string& what) {
  if (!bytes.starts_with(kMagic)) damaged(what, "is no .npy array");
  const bool wide = number<std::uint8_t>(bytes, 6, what) > 1;
  const std::size_t header_size =
      wide ? number<std::uint32_t>(bytes, 8, what) : number<std::uint16_t>(bytes, 8, what);
  const std::size_t header_at = wide ? 12 : 10;
  const std::string_view header = part(bytes, header_at, header_size, what);
  const std::string_view data = bytes.substr(header_at + header_size);
  const std::string_view type = value_of(header, "'descr'", what);
  if (!value_of(header, "'fortran_order'", what).starts_with("False")) damaged(what, "is in Fortran order");
  const Shape shape = parse_shape(value_of(header, "'shape'", what), what);
  const auto is = [&](std::string_view name) { return type.substr(1).starts_with(name); };
  const std::size_t item = is("|u1")                ? 1
                           : is("<f2")              ? 2
                           : is("<f4") || is("<i4") ? 4
                           : is("<f8") || is("<i8") ? 8
                                                    : 0;
  if (item == 0) damaged(what, "has values of a type that is not read here");
  const std::size_t available = data.size() / item;
  const bool fits = shape.cols == 0 || shape.rows <= available / shape.cols;
  if (!fits) damaged(what, "is cut short");
  NumberArray array{shape.rows, shape.cols, std::vector<float>(shape.rows * shape.cols)};
  if (is("|u1")) convert<std::uint8_t>(data, array.values);
  if (is("<f2")) convert_half(data, array.values);
  if (is("<f4")) convert<float>(data, array.values);
  if (is("<f8")) convert<double>(data, array.values);
  if (is("<i4")) convert<std::int32_t>(data, array.values);
  if (is("<i8")) convert<std::int64_t>(data, array.values);
  return array;
}

std::vector<NamedArray> read_arrays(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, kMaxFileBytes);
  if (bytes.starts_with(kMagic)) {
    std::vector<NamedArray> one;
    one.push_back({path.stem().string(), parse_npy(bytes, path.string())});
    return one;
  }
  std::vector<NamedArray> result;
  for (const Member& member : members(bytes, path.string())) {
    result.push_back({member.name, parse_npy(member.bytes, path.string() + ", array " + member.name)});
  }
  return result;
}

}  // namespace resonance::training
