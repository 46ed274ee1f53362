#pragma once

#include "resonance/core/error.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::embedding {

static_assert(std::endian::native == std::endian::little,
              "formats are little-endian and written as they lie");

/// Appends values to a byte string, little-endian.
class ByteWriter {
 public:
  template <typename T>
  void value(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view text) { bytes_.append(text); }
  template <typename T>
  void values(std::span<const T> values) {
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what ByteWriter wrote; never past the end, whatever the counts inside say.
class ByteReader {
 public:
  /// @param what  what the bytes are, for messages, e.g. "the descriptor"
  ByteReader(std::string_view bytes, std::string what) : rest_(bytes), what_(std::move(what)) {}

  template <typename T>
  T value() {
    T result{};
    std::memcpy(&result, take(sizeof result).data(), sizeof result);
    return result;
  }
  std::string_view text(std::size_t count) { return take(count); }
  template <typename T>
  std::vector<T> values(std::size_t count) {
    if (count > rest_.size() / sizeof(T)) fail("is cut short");
    const std::string_view bytes = take(count * sizeof(T));
    std::vector<T> result(count);
    if (count != 0) std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  [[noreturn]] void fail(const std::string& how) const {
    throw Error(ErrorCode::corrupt_data, what_ + " " + how);
  }

 private:
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) fail("is cut short");
    const std::string_view head = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return head;
  }

  std::string_view rest_;
  std::string what_;
};

}  // namespace resonance::embedding
