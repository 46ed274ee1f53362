#pragma once

#include "resonance/catalog/catalog.h"

#include <cstdint>
#include <string>

namespace resonance::catalog {

/// A track with every field set, all following from `number`.
Track sample_track(std::int64_t number);
ContentHash sample_hash(std::int64_t number);

/// Everything the catalog keeps, besides key and id.
bool same_content(const Track& a, const Track& b);

}  // namespace resonance::catalog
