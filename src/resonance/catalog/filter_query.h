#pragma once

#include "resonance/catalog/track_filter.h"
#include "resonance/sqlite/database.h"

#include <cstdint>
#include <vector>

namespace resonance::catalog {

/// Keys of the tracks that pass, ascending. Everything of the filter's is a bound parameter. SQLite folds
/// ASCII letters only, so text is folded here: the distinct spellings in the catalog are read, those that fit
/// are bound. A text condition costs a pass over its column; folders use the index on paths.
/// @throws Error(limit_exceeded) if a text has more than 30,000 spellings; as sqlite::Database
std::vector<std::int64_t> keys_matching(sqlite::Database& database, const TrackFilter& filter);

}  // namespace resonance::catalog
