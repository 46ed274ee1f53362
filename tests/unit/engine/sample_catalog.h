#pragma once

#include "resonance/catalog/catalog.h"
#include "resonance/embedding/descriptor.h"

#include <cstddef>
#include <filesystem>

namespace resonance::engine {

/// A catalog with a published snapshot and `tracks` tracks whose descriptors belong to three families, which
/// their genres name: track i is of family i % 3, at /music/<i>.mp3. Everything follows from i, so that a
/// larger catalog holds the tracks of a smaller one. A catalog that is there already is added to.
void write_sample_catalog(const std::filesystem::path& folder, int tracks);
/// Track `number` as write_sample_catalog() adds it; another `version` is another recording at the same path.
catalog::Track sample_track(int number, int version = 0);
/// Adds tracks first ... last - 1 with three or four segments each.
void put_with_segments(catalog::Catalog& catalog, int first, int last, int version = 0);
/// The descriptor of one of them, like no other.
embedding::Descriptor sample_segment(int number, int segment, int version = 0);
std::size_t sample_segment_count(int number);
/// Takes one away without publishing a snapshot.
void remove_sample_track(const std::filesystem::path& folder, int number);

inline constexpr const char* kSampleFamilies[] = {"Jazz", "Techno", "Folk"};

}  // namespace resonance::engine
