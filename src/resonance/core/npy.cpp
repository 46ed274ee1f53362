#include "resonance/core/npy.h"

#include "resonance/core/error.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace resonance {
namespace {

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr std::size_t kPreamble = kMagic.size() + 2;
constexpr std::size_t kAlignment = 8;             // of the values, so that they can be used where they lie
constexpr std::size_t kBufferedValues = 1 << 18;  // so that a writer of rows seldom asks the system
constexpr std::size_t kManyRows = std::size_t{1} << 40;

std::string_view descr_of(NpyType type) { return type == NpyType::float32 ? "<f4" : "<i8"; }
std::size_t item_size(NpyType type) { return type == NpyType::float32 ? 4 : 8; }

/// The text after `key` in the header's dictionary, up to its end.
std::optional<std::string_view> after(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + key.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

std::optional<std::size_t> take_number(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with(',')) text.remove_prefix(1);
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

struct Shape {
  NpyType type;
  std::size_t rows;
  std::size_t cols;
};

std::optional<Shape> parse_header(std::string_view header) {
  const auto descr = after(header, "'descr':");
  const auto order = after(header, "'fortran_order':");
  auto shape = after(header, "'shape':");
  if (!descr || !order || !shape || !order->starts_with("False") || !shape->starts_with('('))
    return std::nullopt;
  Shape result{};
  if (descr->starts_with("'<f4'")) {
    result.type = NpyType::float32;
  } else if (descr->starts_with("'<i8'")) {
    result.type = NpyType::int64;
  } else {
    return std::nullopt;
  }
  shape->remove_prefix(1);
  const auto rows = take_number(*shape);
  if (!rows) return std::nullopt;
  result.rows = *rows;
  result.cols = take_number(*shape).value_or(1);
  return result;
}

template <typename T>
void write_array(const std::filesystem::path& path, std::span<const T> values, const std::string& header) {
  AtomicFile file(path);
  file.write(header);
  file.write(std::as_bytes(values));
  file.commit();
}

}  // namespace

std::string npy_header(NpyType type, std::size_t rows, std::size_t cols) {
  std::string text = "{'descr': '" + std::string(descr_of(type)) + "', 'fortran_order': False, 'shape': (" +
                     std::to_string(rows) + (cols == 0 ? "," : ", " + std::to_string(cols)) + "), }";
  const std::size_t unpadded = kPreamble + text.size() + 1;
  text.append((64 - unpadded % 64) % 64, ' ');
  text.push_back('\n');
  std::string header(kMagic);
  header.push_back(static_cast<char>(text.size() & 0xff));
  header.push_back(static_cast<char>(text.size() >> 8));
  return header + text;
}

NpyFile::NpyFile(const std::filesystem::path& path) : path_(path.string()) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw system_error(errno, "cannot read " + path_);
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0 && status.st_size > 0;
  void* mapped = MAP_FAILED;
  if (known) {
    mapped_size_ = static_cast<std::size_t>(status.st_size);
    mapped = ::mmap(nullptr, mapped_size_, PROT_READ, MAP_SHARED, descriptor, 0);
  }
  ::close(descriptor);
  const Error damaged(ErrorCode::corrupt_data, path_ + " is not a whole .npy array of float32 or int64");
  if (!known) throw Error(damaged);
  if (mapped == MAP_FAILED) throw system_error(errno, "cannot map " + path_);
  mapped_ = static_cast<const std::byte*>(mapped);

  const std::string_view bytes(static_cast<const char*>(mapped), mapped_size_);
  bool whole = false;
  if (bytes.starts_with(kMagic) && bytes.size() >= kPreamble) {
    const std::size_t length = static_cast<unsigned char>(bytes[8]) | static_cast<unsigned char>(bytes[9])
                                                                          << 8;
    data_offset_ = kPreamble + length;
    if (data_offset_ <= bytes.size() && data_offset_ % kAlignment == 0) {
      if (const auto shape = parse_header(bytes.substr(kPreamble, length))) {
        type_ = shape->type;
        rows_ = shape->rows;
        cols_ = shape->cols;
        const std::size_t available = (bytes.size() - data_offset_) / item_size(type_);
        whole = cols_ == 0 ? rows_ == 0 : rows_ == available / cols_ && available % cols_ == 0;
      }
    }
  }
  if (!whole) {
    ::munmap(mapped, mapped_size_);
    mapped_ = nullptr;
    throw Error(damaged);
  }
}

NpyFile::~NpyFile() {
  if (mapped_ != nullptr) ::munmap(const_cast<std::byte*>(mapped_), mapped_size_);
}

NpyFile::NpyFile(NpyFile&& other) noexcept { *this = std::move(other); }

NpyFile& NpyFile::operator=(NpyFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(type_, other.type_);
  std::swap(rows_, other.rows_);
  std::swap(cols_, other.cols_);
  std::swap(mapped_, other.mapped_);
  std::swap(mapped_size_, other.mapped_size_);
  std::swap(data_offset_, other.data_offset_);
  return *this;
}

void NpyFile::expect_scattered_reads() const noexcept {
  // Advice may be ignored.
  ::madvise(const_cast<std::byte*>(mapped_), mapped_size_, MADV_RANDOM);
}

std::span<const float> NpyFile::floats() const {
  if (type_ != NpyType::float32) throw Error(ErrorCode::corrupt_data, path_ + " does not hold float32");
  return {reinterpret_cast<const float*>(mapped_ + data_offset_), rows_ * cols_};
}

std::span<const std::int64_t> NpyFile::integers() const {
  if (type_ != NpyType::int64) throw Error(ErrorCode::corrupt_data, path_ + " does not hold int64");
  return {reinterpret_cast<const std::int64_t*>(mapped_ + data_offset_), rows_ * cols_};
}

NpyRowsWriter::NpyRowsWriter(const std::filesystem::path& path, std::size_t cols) : file_(path), cols_(cols) {
  // A header for many rows, which is as long as that for any number up to there once both are padded.
  file_.write(npy_header(NpyType::float32, kManyRows, cols_));
}

void NpyRowsWriter::add(std::span<const float> row) {
  if (row.size() != cols_) throw Error(ErrorCode::internal, "NpyRowsWriter: a row of another length");
  buffer_.insert(buffer_.end(), row.begin(), row.end());
  ++rows_;
  if (buffer_.size() < kBufferedValues) return;
  file_.write(std::as_bytes(std::span(buffer_)));
  buffer_.clear();
}

void NpyRowsWriter::commit() {
  file_.write(std::as_bytes(std::span(buffer_)));
  buffer_.clear();
  const std::string header = npy_header(NpyType::float32, rows_, cols_);
  if (header.size() != npy_header(NpyType::float32, kManyRows, cols_).size()) {
    throw Error(ErrorCode::internal, "NpyRowsWriter: more rows than its header has room for");
  }
  file_.rewrite_start(header);
  file_.commit();
}

void write_npy(const std::filesystem::path& path, std::span<const float> values, std::size_t rows,
               std::size_t cols) {
  if (values.size() != rows * cols)
    throw Error(ErrorCode::internal, "write_npy: values do not fill the shape");
  write_array(path, values, npy_header(NpyType::float32, rows, cols));
}

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> values) {
  write_array(path, values, npy_header(NpyType::int64, values.size(), 0));
}

}  // namespace resonance
