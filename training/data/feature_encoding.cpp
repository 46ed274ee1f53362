#include "training/data/feature_encoding.h"

#include "resonance/core/error.h"

#include <cassert>
#include <cstddef>

#include <zstd.h>

namespace resonance::training {
namespace {

constexpr int kCompressionLevel = 15;

std::uint8_t rounded(std::uint8_t value, unsigned step) {
  const unsigned multiple = (value + step / 2) / step * step;
  return static_cast<std::uint8_t>(multiple > 255 ? multiple - step : multiple);
}

}  // namespace

std::string compress_bytes(std::string_view bytes) {
  std::string result(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(result.data(), result.size(), bytes.data(), bytes.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) throw Error(ErrorCode::internal, "zstd refuses to compress");
  result.resize(size);
  return result;
}

std::string decompress_bytes(std::string_view bytes, std::size_t size) {
  // Checked before anything is reserved: a damaged file may claim any size.
  if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != size) {
    throw Error(ErrorCode::corrupt_data, "a compressed part does not have the size that it should");
  }
  std::string result(size, '\0');
  const std::size_t got = ZSTD_decompress(result.data(), result.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != size) {
    throw Error(ErrorCode::corrupt_data, "a compressed part does not decode");
  }
  return result;
}

std::string compress_levels(std::span<const std::uint8_t> values, std::size_t columns, unsigned step) {
  assert(columns > 0 && values.size() % columns == 0 && step > 0);
  const std::size_t rows = values.size() / columns;
  std::string planes;
  planes.reserve(values.size());
  for (std::size_t column = 0; column < columns; ++column) {
    std::uint8_t before = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint8_t value = rounded(values[row * columns + column], step);
      planes.push_back(static_cast<char>(value - before));
      before = value;
    }
  }
  return compress_bytes(planes);
}

std::vector<std::uint8_t> decompress_levels(std::string_view bytes, std::size_t size, std::size_t columns) {
  assert(columns > 0 && size % columns == 0);
  const std::string planes = decompress_bytes(bytes, size);
  const std::size_t rows = size / columns;
  std::vector<std::uint8_t> values(size);
  for (std::size_t column = 0; column < columns; ++column) {
    std::uint8_t value = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      value = static_cast<std::uint8_t>(value + static_cast<std::uint8_t>(planes[column * rows + row]));
      values[row * columns + column] = value;
    }
  }
  return values;
}

}  // namespace resonance::training
