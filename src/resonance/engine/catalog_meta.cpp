#include "resonance/engine/catalog_meta.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <nlohmann/json.hpp>

namespace resonance::engine {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "resonance-catalog";
constexpr int kSchema = 1;
constexpr std::size_t kMaxBytes = std::size_t{256} << 20;

}  // namespace

void write_catalog_meta(const std::filesystem::path& path, const CatalogMeta& meta) {
  json document{
      {"format", kFormat},
      {"schema", kSchema},
      {"model", {{"name", meta.model.name}, {"version", meta.model.version}}},
      {"feature_version", meta.model.feature_version},
      {"revision", meta.revision},
      {"tracks", meta.tracks},
      {"dimensions", kEmbeddingDimensions},
      {"fitted_library_size", meta.fitted_library_size},
      {"index", {{"factory", meta.index_factory}, {"metric", meta.metric}}},
      {"crc32", meta.checksums},
  };
  if (meta.rows.size() == meta.tracks) {
    json rows = json::array();
    for (const auto& [id, track_path] : meta.rows) rows.push_back({{"id", id}, {"path", track_path}});
    document["rows"] = std::move(rows);
  }
  AtomicFile file(path);
  file.write(document.dump(1, ' ', false, json::error_handler_t::replace));
  file.write("\n");
  file.commit();
}

CatalogMeta read_catalog_meta(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxBytes);
  try {
    // The rows may be long and are not needed here: their events are passed over.
    const json document = json::parse(text, [](int depth, json::parse_event_t event, json& parsed) {
      return !(depth == 1 && event == json::parse_event_t::key && parsed == json("rows"));
    });
    if (document.at("format") != kFormat) throw Error(ErrorCode::corrupt_data, "");
    if (document.at("schema") != kSchema) {
      throw Error(ErrorCode::version_mismatch,
                  path.string() + " is of another version of Resonance: run `resonance index --rebuild`");
    }
    CatalogMeta meta;
    meta.model.name = document.at("model").at("name").get<std::string>();
    meta.model.version = document.at("model").at("version").get<int>();
    meta.model.feature_version = document.at("feature_version").get<int>();
    meta.revision = document.at("revision").get<std::int64_t>();
    meta.tracks = document.at("tracks").get<std::size_t>();
    meta.fitted_library_size = document.at("fitted_library_size").get<std::size_t>();
    meta.index_factory = document.at("index").at("factory").get<std::string>();
    meta.metric = document.at("index").at("metric").get<std::string>();
    meta.checksums = document.at("crc32").get<std::map<std::string, std::uint32_t>>();
    if (document.at("dimensions") != kEmbeddingDimensions) throw Error(ErrorCode::corrupt_data, "");
    return meta;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::version_mismatch) throw;
  } catch (const json::exception&) {
    // Falls through to the one message for every kind of damage.
  }
  throw Error(ErrorCode::corrupt_data,
              path.string() + " is damaged: run `resonance index --rebuild`, which needs no audio");
}

}  // namespace resonance::engine
