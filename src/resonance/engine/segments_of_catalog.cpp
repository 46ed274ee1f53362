#include "resonance/engine/segments_of_catalog.h"

#include <string_view>

namespace resonance::engine {
namespace {

constexpr std::string_view kSetting = "segments";
constexpr std::string_view kKept = "kept";

}  // namespace

bool keeps_segments(const catalog::Catalog& catalog) { return catalog.setting(kSetting) == kKept; }

void keep_segments(catalog::Catalog& catalog, bool keep) {
  if (keeps_segments(catalog) == keep) return;
  catalog.set_setting(kSetting, keep ? kKept : "none");
  if (!keep) catalog.remove_segments();
}

}  // namespace resonance::engine
