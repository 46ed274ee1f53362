#pragma once

#include "resonance/core/csv.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace resonance::engine {

/// Files and what is known of them, for evaluation and training.
struct Manifest {
  std::string name;                          ///< for messages
  std::vector<std::filesystem::path> files;  ///< N
  CsvTable table;                            ///< N rows of labels; among the columns `file`

  /// Number of a column. @throws Error(invalid_argument) naming the nearest, or all
  [[nodiscard]] std::size_t column(std::string_view column_name) const;
  /// N texts of a column, folded: case and blanks make no difference between labels. @throws as column()
  [[nodiscard]] std::vector<std::string> labels(std::string_view column_name) const;
};

/// Reads FILE.csv (RFC 4180): a column `file`, relative to the manifest's folder, and any others.
/// @throws Error(not_found, unreadable) for the manifest, Error(corrupt_data) naming it and what is wrong
Manifest read_manifest(const std::filesystem::path& file);

/// The tracks of a catalog with what their tags say: columns file, artist, album, genre.
/// @param most  evenly spread ones if there are more
/// @throws Error as catalog::Catalog, Error(not_found) for an empty one
Manifest manifest_of_catalog(const std::filesystem::path& catalog_directory, std::size_t most);

}  // namespace resonance::engine
