#include "resonance/index/row_codes.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/crc32.h"
#include "resonance/core/error.h"
#include "resonance/index/vector_index.h"
#include "resonance/index/vector_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace resonance::index {
namespace {

constexpr std::string_view kMagic = "RSCODES1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 64;
constexpr std::size_t kTrailerBytes = 16;
// Below this a scale would lose precision to denormal numbers; such a row is all residual.
constexpr float kLeastScale = 1e-30F;

struct Encoded {
  float scale = 0;
  float residual = 0;
  double norm = 0;  // of the longer of the row and its code
};

float round_up(double value) {
  return std::nextafter(static_cast<float>(value * (1 + 1e-6)), std::numeric_limits<float>::infinity());
}

// Writes row.size() codes.
Encoded encode(std::span<const float> row, std::size_t number, std::span<std::int8_t> codes) {
  float largest = 0;
  bool finite = true;
  for (const float value : row) {
    finite = finite && std::isfinite(value);
    largest = std::max(largest, std::abs(value));
  }
  if (!finite) {
    throw Error(ErrorCode::invalid_argument,
                "row " + std::to_string(number) + " of the vectors holds a value that is not finite");
  }
  Encoded encoded;
  encoded.scale = largest / 127;
  if (encoded.scale < kLeastScale) encoded.scale = 0;
  const double inverse = encoded.scale == 0 ? 0 : 1 / static_cast<double>(encoded.scale);
  double left = 0;
  double length = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto value = static_cast<double>(row[i]);
    const auto code = std::clamp(std::floor(value * inverse + 0.5), -127.0, 127.0);
    const double error = value - static_cast<double>(encoded.scale) * code;
    codes[i] = static_cast<std::int8_t>(code);
    left += error * error;
    length += value * value;
  }
  encoded.residual = round_up(std::sqrt(left));
  encoded.norm = std::sqrt(length) * (1 + 1e-6) + encoded.residual;
  return encoded;
}

std::size_t stride_of(std::size_t dimensions) {
  return (dimensions + kCodeAlignment - 1) / kCodeAlignment * kCodeAlignment;
}

template <typename T>
std::string_view raw(const T& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename T>
T value_at(std::span<const std::byte> bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

std::string header_of(std::size_t rows, std::size_t dimensions) {
  std::string header(kMagic);
  header += raw(std::array{kVersion, static_cast<std::uint32_t>(dimensions)});
  header += raw(std::array{static_cast<std::uint64_t>(rows)});
  header.resize(kHeaderBytes, '\0');
  return header;
}

Error damaged(const std::filesystem::path& path, const std::string& what) {
  return Error(ErrorCode::corrupt_data,
               path.string() + " " + what + ": run `resonance index --rebuild`, which needs no audio");
}

}  // namespace

RowCodes RowCodes::of(std::span<const float> vectors, std::size_t dimensions) {
  RowCodes result;
  result.rows_ = rows_of(vectors, dimensions);
  result.dimensions_ = dimensions;
  result.stride_ = stride_of(dimensions);
  result.own_codes_.resize(result.rows_ * result.stride_);
  result.own_scales_.resize(result.rows_);
  result.own_residuals_.resize(result.rows_);
  for (std::size_t row = 0; row < result.rows_; ++row) {
    const Encoded encoded = encode(vectors.subspan(row * dimensions, dimensions), row,
                                   std::span(result.own_codes_).subspan(row * result.stride_, dimensions));
    result.own_scales_[row] = encoded.scale;
    result.own_residuals_[row] = encoded.residual;
    result.max_norm_ = std::max(result.max_norm_, encoded.norm);
  }
  result.codes_ = result.own_codes_;
  result.scales_ = result.own_scales_;
  result.residuals_ = result.own_residuals_;
  return result;
}

void RowCodes::write(const std::filesystem::path& path, std::span<const float> vectors,
                     std::size_t dimensions) {
  constexpr std::size_t kBlock = 1024;
  const std::size_t rows = rows_of(vectors, dimensions);
  const std::size_t stride = stride_of(dimensions);
  AtomicFile file(path);
  std::uint32_t crc = 0;
  std::uint32_t source_crc = 0;
  const auto put = [&](std::string_view bytes) {
    crc = crc32(crc, bytes);
    file.write(bytes);
  };
  put(header_of(rows, dimensions));
  std::vector<std::int8_t> codes(kBlock * stride);
  std::vector<float> scales(rows);
  std::vector<float> residuals(rows);
  double max_norm = 0;
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const std::size_t count = std::min(kBlock, rows - first);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = first + i;
      const Encoded encoded = encode(vectors.subspan(row * dimensions, dimensions), row,
                                     std::span(codes).subspan(i * stride, dimensions));
      scales[row] = encoded.scale;
      residuals[row] = encoded.residual;
      max_norm = std::max(max_norm, encoded.norm);
    }
    source_crc = crc32(source_crc, raw(vectors.subspan(first * dimensions, count * dimensions)));
    put(raw(std::span(codes).first(count * stride)));
  }
  put(raw(scales));
  put(raw(residuals));
  put(raw(std::array{max_norm}));
  put(raw(std::array{source_crc}));
  const std::array last{crc};
  file.write(raw(last));
  file.commit();
}

RowCodes::RowCodes(const std::filesystem::path& path) : path_(path), file_(path) {
  const auto bytes = file_->bytes();
  if (bytes.size() < kHeaderBytes + kTrailerBytes) throw damaged(path, "is not a whole file of row codes");
  const std::uint32_t dimensions = value_at<std::uint32_t>(bytes, 12);
  const std::uint64_t rows = value_at<std::uint64_t>(bytes, 16);
  const std::string header = header_of(rows, dimensions);
  if (std::memcmp(bytes.data(), header.data(), header.size()) != 0 || dimensions == 0 || dimensions > 65536) {
    throw damaged(path, "is not a file of row codes of this version");
  }
  stride_ = stride_of(dimensions);
  const std::size_t row_bytes = stride_ + 2 * sizeof(float);
  const std::size_t left = bytes.size() - kHeaderBytes - kTrailerBytes;
  if (left % row_bytes != 0 || left / row_bytes != rows)
    throw damaged(path, "differs in size from its header");
  rows_ = rows;
  dimensions_ = dimensions;
  const std::byte* at = bytes.data() + kHeaderBytes;
  codes_ = {reinterpret_cast<const std::int8_t*>(at), rows_ * stride_};
  at += rows_ * stride_;  // a multiple of 64 from the file's begin
  scales_ = {reinterpret_cast<const float*>(at), rows_};
  residuals_ = {scales_.data() + rows_, rows_};
  max_norm_ = value_at<double>(bytes, bytes.size() - kTrailerBytes);
  if (!(max_norm_ >= 0) || !std::isfinite(max_norm_)) throw damaged(path, "holds no norm");
}

void RowCodes::verify(std::span<const float> vectors) const {
  if (!file_) return;
  const auto bytes = file_->bytes();
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size() - 4};
  if (crc32(0, text) != value_at<std::uint32_t>(bytes, bytes.size() - 4)) throw damaged(path_, "is damaged");
  if (crc32(0, raw(vectors)) != value_at<std::uint32_t>(bytes, bytes.size() - 8)) {
    throw damaged(path_, "was made from other vectors");
  }
}

}  // namespace resonance::index
