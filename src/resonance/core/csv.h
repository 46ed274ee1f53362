#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resonance {

/// A table of text: the first record names the columns. Every record has as many fields as there are columns.
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;
};

/// Parses RFC 4180: comma, quotes doubled inside quotes, fields over several lines, LF or CRLF, a byte order
/// mark and empty lines skipped.
/// @param what  names the text in messages
/// @throws Error(corrupt_data) naming the line, for no header, a record of another length, quotes that do not
///         close or close before a field's end, two columns of one name; Error(limit_exceeded) beyond 1000
///         columns
CsvTable parse_csv(std::string_view text, const std::string& what);

/// A field as it is written: in quotes if it needs them.
std::string csv_field(std::string_view text);

}  // namespace resonance
