#pragma once

#include "resonance/catalog/catalog.h"

namespace resonance::engine {

/// Whether a catalog keeps descriptors of its tracks' segments beside those of the tracks.
bool keeps_segments(const catalog::Catalog& catalog);
/// From now on it does, or does not: then those it has are forgotten. It remembers.
void keep_segments(catalog::Catalog& catalog, bool keep);

}  // namespace resonance::engine
