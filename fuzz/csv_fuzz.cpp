#include "resonance/core/csv.h"
#include "resonance/core/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Whatever the text is, parsing ends in rows as long as the header, or in an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  try {
    const CsvTable table = parse_csv({reinterpret_cast<const char*>(data), size}, "the table");
    for (const auto& row : table.rows) {
      if (row.size() != table.columns.size()) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
