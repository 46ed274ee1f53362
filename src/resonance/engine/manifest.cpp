#include "resonance/engine/manifest.h"

#include "resonance/catalog/catalog.h"
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/folded_text.h"
#include "resonance/core/nearest_name.h"

#include <utility>

namespace resonance::engine {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 20U;
constexpr std::string_view kFileColumn = "file";

}  // namespace

std::size_t Manifest::column(std::string_view column_name) const {
  if (const auto found = table.column(column_name)) return *found;
  const std::vector<std::string_view> names(table.columns.begin(), table.columns.end());
  const std::string_view nearest = nearest_name(column_name, names);
  std::string known;
  for (const std::string& other : table.columns) known += (known.empty() ? "" : ", ") + other;
  throw Error(ErrorCode::invalid_argument,
              name + " has no column \"" + std::string(column_name) + "\"" +
                  (nearest.empty() ? "; it has " + known : "; is \"" + std::string(nearest) + "\" meant?"));
}

std::vector<std::string> Manifest::labels(std::string_view column_name) const {
  const std::size_t number = column(column_name);
  std::vector<std::string> result;
  for (const auto& row : table.rows) result.push_back(folded_text(row[number]));
  return result;
}

Manifest read_manifest(const std::filesystem::path& file) {
  Manifest manifest{
      .name = file.string(), .files = {}, .table = parse_csv(read_file(file, kMaxBytes), file.string())};
  const auto file_column = manifest.table.column(kFileColumn);
  if (!file_column) {
    throw Error(ErrorCode::corrupt_data,
                manifest.name + " has no column \"file\" that says where the recordings are");
  }
  if (manifest.table.rows.empty())
    throw Error(ErrorCode::corrupt_data, manifest.name + " names no recording");
  for (const auto& row : manifest.table.rows) {
    if (row[*file_column].empty())
      throw Error(ErrorCode::corrupt_data, manifest.name + " has a row without a file");
    manifest.files.push_back(file.parent_path() / row[*file_column]);
  }
  return manifest;
}

Manifest manifest_of_catalog(const std::filesystem::path& catalog_directory, std::size_t most) {
  const catalog::Catalog catalog(catalog_directory, catalog::OpenMode::read_only);
  const std::size_t tracks = catalog.track_count();
  if (tracks == 0) {
    throw Error(ErrorCode::not_found,
                "catalog " + catalog_directory.string() + " holds no track yet: run `resonance index DIR`");
  }
  Manifest manifest{.name = "catalog " + catalog_directory.string(),
                    .files = {},
                    .table = {.columns = {std::string(kFileColumn), "artist", "album", "genre"}, .rows = {}}};
  std::size_t seen = 0;
  catalog.for_each(false, [&](const catalog::Track& track) {
    const std::size_t wanted = most == 0 ? tracks : std::min(tracks, most);
    const bool chosen = (seen + 1) * wanted / tracks > seen * wanted / tracks;
    ++seen;
    if (!chosen) return;
    manifest.files.emplace_back(track.path);
    manifest.table.rows.push_back({track.path, track.tags.artist, track.tags.album, track.tags.genre});
  });
  return manifest;
}

}  // namespace resonance::engine
