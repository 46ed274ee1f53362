#pragma once

#include "resonance/catalog/catalog.h"

#include <filesystem>

namespace resonance::engine {

/// A catalog with a published snapshot and `tracks` tracks whose descriptors belong to three families, which
/// their genres name: track i is of family i % 3, at /music/<i>.mp3. Everything follows from i, so that a
/// larger catalog holds the tracks of a smaller one. A catalog that is there already is added to.
void write_sample_catalog(const std::filesystem::path& folder, int tracks);
/// Track `number` as write_sample_catalog() adds it; another `version` is another recording at the same path.
catalog::Track sample_track(int number, int version = 0);
/// Takes one away without publishing a snapshot.
void remove_sample_track(const std::filesystem::path& folder, int number);

inline constexpr const char* kSampleFamilies[] = {"Jazz", "Techno", "Folk"};

}  // namespace resonance::engine
