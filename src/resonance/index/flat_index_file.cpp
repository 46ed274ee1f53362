#include "resonance/index/flat_index_file.h"

#include "resonance/core/error.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

namespace resonance::index {
namespace {

// Layout of faiss::write_index for IndexFlatIP: magic, then the fields of every index, then the codes' length
// in floats. Little-endian, packed.
constexpr std::string_view kMagic = "IxFI";
constexpr std::size_t kHeaderBytes = 4 + 4 + 8 + 8 + 8 + 1 + 4 + 8;
constexpr std::int64_t kUnusedField = 1 << 20;

template <typename T>
void append(std::string& bytes, T value) {
  std::array<char, sizeof(T)> raw{};
  std::memcpy(raw.data(), &value, sizeof(T));
  bytes.append(raw.data(), raw.size());
}

template <typename T>
T take(std::string_view& bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

std::string header_of(std::size_t rows, std::size_t dimensions) {
  std::string header(kMagic);
  append(header, static_cast<std::int32_t>(dimensions));
  append(header, static_cast<std::int64_t>(rows));
  append(header, kUnusedField);
  append(header, kUnusedField);
  append(header, std::uint8_t{1});  // is_trained
  append(header, std::int32_t{0});  // METRIC_INNER_PRODUCT
  append(header, static_cast<std::uint64_t>(rows * dimensions));
  return header;
}

}  // namespace

FlatIndexFileWriter::FlatIndexFileWriter(const std::filesystem::path& path, std::size_t rows,
                                         std::size_t dimensions)
    : file_(path), rows_(rows), dimensions_(dimensions) {
  file_.write(header_of(rows, dimensions));
}

void FlatIndexFileWriter::add(std::span<const float> vector) {
  if (vector.size() != dimensions_) throw Error(ErrorCode::internal, "a row of another dimension");
  file_.write(std::as_bytes(vector));
  ++added_;
}

void FlatIndexFileWriter::commit() {
  if (added_ != rows_) throw Error(ErrorCode::internal, "an index file with rows missing");
  file_.commit();
}

FlatIndexShape check_flat_index_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw system_error(errno, "cannot read " + path.string());
  const auto damaged = [&] {
    return Error(ErrorCode::corrupt_data, path.string() + " is not a whole FAISS IndexFlatIP file");
  };
  std::string header(kHeaderBytes, '\0');
  if (!file.read(header.data(), kHeaderBytes)) throw damaged();
  file.seekg(0, std::ios::end);
  const auto file_bytes = static_cast<std::uint64_t>(file.tellg());

  std::string_view rest(header);
  rest.remove_prefix(kMagic.size());
  const auto dimensions = take<std::int32_t>(rest);
  const auto rows = take<std::int64_t>(rest);
  if (dimensions <= 0 || dimensions > 65536 || rows < 0 || rows > (std::int64_t{1} << 40)) throw damaged();
  const FlatIndexShape shape{static_cast<std::size_t>(rows), static_cast<std::size_t>(dimensions)};
  if (header != header_of(shape.rows, shape.dimensions)) throw damaged();
  if (file_bytes != kHeaderBytes + shape.rows * shape.dimensions * sizeof(float)) throw damaged();
  return shape;
}

}  // namespace resonance::index
