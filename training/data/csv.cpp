#include "training/data/csv.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace resonance::training {
namespace {

constexpr std::size_t kMaxColumns = 1000;

/// One record after the other.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& what) : rest_(text), what_(what) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] std::size_t line() const { return line_; }

  std::vector<std::string> record() {
    std::vector<std::string> fields;
    bool more = true;
    while (more) {
      if (fields.size() == kMaxColumns) {
        throw Error(ErrorCode::limit_exceeded, what_ + " has more than 1000 columns");
      }
      fields.push_back(rest_.starts_with('"') ? quoted() : plain());
      more = rest_.starts_with(',');
      if (more) rest_.remove_prefix(1);
    }
    if (rest_.starts_with('\r')) rest_.remove_prefix(1);
    if (rest_.starts_with('\n')) {
      rest_.remove_prefix(1);
    } else if (!rest_.empty()) {
      fail("text after a closing quote");
    }
    ++line_;
    return fields;
  }
  [[noreturn]] void fail(const std::string& how) const {
    throw Error(ErrorCode::corrupt_data, what_ + ", line " + std::to_string(line_) + ": " + how);
  }

 private:
  std::string plain() {
    std::size_t end = rest_.find_first_of(",\n");
    if (end == std::string_view::npos) end = rest_.size();
    std::size_t length = end;
    if (end < rest_.size() && rest_[end] == '\n' && end > 0 && rest_[end - 1] == '\r') --length;
    std::string field(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return field;
  }

  std::string quoted() {
    rest_.remove_prefix(1);
    std::string field;
    const std::size_t begun = line_;
    for (;;) {
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) {
        line_ = begun;
        fail("a quote is never closed");
      }
      const std::string_view part = rest_.substr(0, end);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      field += part;
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) return field;
      field += '"';
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  std::string what_;
  std::size_t line_ = 1;
};

}  // namespace

CsvTable parse_csv(std::string_view text, const std::string& what) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  CsvReader reader(text, what);
  if (reader.done()) throw Error(ErrorCode::corrupt_data, what + " is empty");
  CsvTable table;
  table.columns = reader.record();
  while (!reader.done()) {
    std::vector<std::string> row = reader.record();
    if (row.size() == 1 && row[0].empty()) continue;  // an empty line
    if (row.size() != table.columns.size()) {
      reader.fail("the record before has " + std::to_string(row.size()) + " fields, the header " +
                  std::to_string(table.columns.size()));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace resonance::training
