#include "resonance/core/csv.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <utility>

namespace resonance {
namespace {

constexpr std::size_t kMaxColumns = 1000;

/// Takes records off a text, counting its lines for messages.
class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& what) : text_(text), what_(what) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  [[nodiscard]] bool at_end() {
    while (!text_.empty() && (text_.front() == '\n' || text_.front() == '\r')) take();
    return text_.empty();
  }

  std::vector<std::string> record() {
    record_line_ = line_;
    std::vector<std::string> fields;
    do {
      fields.push_back(!text_.empty() && text_.front() == '"' ? quoted() : plain());
      if (fields.size() > kMaxColumns) {
        throw Error(ErrorCode::limit_exceeded,
                    what_ + ", line " + std::to_string(record_line_) + ": more than 1000 columns");
      }
    } while (separator());
    return fields;
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::corrupt_data, what_ + ", line " + std::to_string(record_line_) + ": " + problem);
  }

 private:
  char take() {
    const char letter = text_.front();
    text_.remove_prefix(1);
    if (letter == '\n') ++line_;
    return letter;
  }

  std::string plain() {
    const std::string_view field = text_.substr(0, text_.find_first_of(",\r\n"));
    text_.remove_prefix(field.size());
    return std::string(field);
  }

  std::string quoted() {
    std::string field;
    take();
    while (!text_.empty()) {
      const char letter = take();
      if (letter != '"') {
        field.push_back(letter);
      } else if (!text_.empty() && text_.front() == '"') {
        field.push_back(take());
      } else {
        return field;
      }
    }
    fail("a quote is not closed");
  }

  /// Whether another field follows in this record.
  bool separator() {
    if (text_.empty()) return false;
    if (text_.front() == ',') {
      take();
      return true;
    }
    if (text_.front() == '\r') take();
    if (!text_.empty() && text_.front() != '\n') fail("something stands behind a closing quote");
    if (!text_.empty()) take();
    return false;
  }

  std::string_view text_;
  const std::string& what_;
  std::size_t line_ = 1;
  std::size_t record_line_ = 1;
};

}  // namespace

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

CsvTable parse_csv(std::string_view text, const std::string& what) {
  CsvParser parser(text, what);
  CsvTable table;
  if (parser.at_end())
    throw Error(ErrorCode::corrupt_data, what + " is empty; its first line names the columns");
  table.columns = parser.record();
  std::vector<std::string> sorted = table.columns;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    parser.fail("two columns are named \"" + *twice + "\"");
  }
  while (!parser.at_end()) {
    table.rows.push_back(parser.record());
    if (const std::size_t found = table.rows.back().size(); found != table.columns.size()) {
      parser.fail(std::to_string(found) + " fields where the header has " +
                  std::to_string(table.columns.size()));
    }
  }
  return table;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field(1, '"');
  for (const char letter : text) {
    if (letter == '"') field.push_back('"');
    field.push_back(letter);
  }
  field.push_back('"');
  return field;
}

}  // namespace resonance
