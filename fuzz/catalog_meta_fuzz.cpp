// Any bytes as meta.json: refused by an error that names the way back, or numbers that agree with each other.
#include "resonance/core/error.h"
#include "resonance/engine/catalog_meta.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  const MemoryFile file({reinterpret_cast<const char*>(data), size});
  try {
    const engine::CatalogMeta meta = engine::read_catalog_meta(file.path());
    if (meta.removed_rows > meta.base_rows ||
        meta.tracks != meta.base_rows - meta.removed_rows + meta.tail_rows) {
      std::abort();
    }
    if (meta.segments && meta.segments->rows.removed > meta.segments->rows.base) std::abort();
    engine::verify_catalog_meta(file.path());
  } catch (const Error& error) {
    const bool known = error.code() == ErrorCode::corrupt_data || error.code() == ErrorCode::version_mismatch;
    if (!known || std::string_view(error.what()).find("--rebuild") == std::string_view::npos) std::abort();
  }
  return 0;
}
