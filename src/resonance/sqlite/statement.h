#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

// SQLite's handle, so that only this layer's sources include its header.
struct sqlite3_stmt;

namespace resonance::sqlite {

struct Connection;

/// Bytes bound as a BLOB; a string_view is bound as TEXT.
struct Blob {
  std::string_view bytes;
};

/// A compiled statement: bind the parameters, step through the rows, read each row's columns from left to
/// right. Bound text and blobs must live until the last step. Not thread-safe. All members throw Error as
/// Database says.
class Statement {
 public:
  Statement(Connection& connection, std::string sql);
  ~Statement();  ///< gives the compiled form back to the database
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Starts over with these as the first, second ... parameter.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_value(++index, values), ...);
    return *this;
  }

  /// The same with a list of std::variant whose length is not known before; not a temporary one, which would
  /// not live until the last step.
  template <typename Variants>
  Statement& bind_each(const Variants& values) {
    reset();
    int index = 0;
    for (const auto& variant : values) {
      std::visit([&](const auto& value) { bind_value(++index, value); }, variant);
    }
    return *this;
  }

  template <typename Variants>
  Statement& bind_each(const Variants&& values) = delete;

  /// True while there is a row.
  bool step();
  /// To the end, for statements without rows.
  void run();

  // The next column of the current row; NULL reads as 0 or empty.
  std::int64_t integer();
  double real();
  std::string text();
  std::string blob();
  std::string_view blob_view();  ///< valid until the next step
  std::optional<std::int64_t> optional_integer();
  std::optional<double> optional_real();

 private:
  template <typename Value>
  void bind_value(int index, const Value& value) {
    if constexpr (std::is_same_v<Value, Blob>) {
      bind_blob(index, value.bytes);
    } else if constexpr (std::is_integral_v<Value>) {
      bind_integer(index, static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<Value>) {
      bind_real(index, static_cast<double>(value));
    } else if constexpr (requires { value.has_value(); }) {
      if (value) bind_value(index, *value);  // an unbound parameter is NULL
    } else {
      bind_text(index, value);
    }
  }
  void bind_integer(int index, std::int64_t value);
  void bind_real(int index, double value);  ///< SQLite stores NaN as NULL
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view value);
  void reset();
  bool next_is_null();

  Connection* connection_;
  std::string sql_;
  sqlite3_stmt* handle_ = nullptr;
  int column_ = 0;
};

}  // namespace resonance::sqlite
