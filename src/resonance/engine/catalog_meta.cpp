#include "resonance/engine/catalog_meta.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"

#include <cerrno>
#include <fstream>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace resonance::engine {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "resonance-catalog";
constexpr int kSchema = 2;
constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
// Everything but the rows is far shorter.
constexpr std::size_t kMaxHeadBytes = std::size_t{64} << 10;
// As write_catalog_meta() begins its last member. Within a string of JSON no line can end.
constexpr std::string_view kRowsBegin = ",\n \"rows\": [";

Error damaged(const std::filesystem::path& path) {
  return {ErrorCode::corrupt_data,
          path.string() + " is damaged: run `resonance index --rebuild`, which needs no audio"};
}

/// The document without its rows.
json read_head(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw system_error(errno, "cannot read " + path.string());
  std::string text(kMaxHeadBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (const auto rows = text.find(kRowsBegin); rows != std::string::npos) {
    text.resize(rows);
    text += "}";
  }
  return json::parse(text);
}

json index_json(const IndexRecord& index) {
  return {{"factory", index.factory},
          {"metric", index.metric},
          {"nprobe", index.settings.nprobe},
          {"ef_search", index.settings.ef_search},
          {"k_factor", index.settings.k_factor},
          {"recall", index.recall},
          {"recall_at", index.recall_count},
          {"recall_queries", index.sample}};
}

IndexRecord read_index(const json& from) {
  IndexRecord index;
  index.factory = from.at("factory").get<std::string>();
  index.metric = from.at("metric").get<std::string>();
  index.settings.nprobe = from.at("nprobe").get<std::size_t>();
  index.settings.ef_search = from.at("ef_search").get<std::size_t>();
  index.settings.k_factor = from.at("k_factor").get<double>();
  index.recall = from.at("recall").get<double>();
  index.recall_count = from.at("recall_at").get<std::size_t>();
  index.sample = from.at("recall_queries").get<std::size_t>();
  return index;
}

json segments_json(const SegmentMeta& segments) {
  return {{"base_revision", segments.base_revision},
          {"tracks", segments.tracks},
          {"base_tracks", segments.base_tracks},
          {"base_rows", segments.rows.base},
          {"removed_rows", segments.rows.removed},
          {"tail_rows", segments.rows.tail},
          {"frames", kSegmentFrames},
          {"hop_frames", kSegmentHopFrames},
          {"index", index_json(segments.index)}};
}

SegmentMeta read_segments(const json& from) {
  SegmentMeta segments;
  segments.base_revision = from.at("base_revision").get<std::int64_t>();
  segments.tracks = from.at("tracks").get<std::size_t>();
  segments.base_tracks = from.at("base_tracks").get<std::size_t>();
  segments.rows.base = from.at("base_rows").get<std::size_t>();
  segments.rows.removed = from.at("removed_rows").get<std::size_t>();
  segments.rows.tail = from.at("tail_rows").get<std::size_t>();
  segments.index = read_index(from.at("index"));
  return segments;
}

bool agrees(const IndexRecord& index, const RowCounts& rows) {
  const double k_factor = index.settings.k_factor;
  return (k_factor == 0 || k_factor >= 1) && rows.removed <= rows.base;
}

}  // namespace

void write_catalog_meta(const std::filesystem::path& path, const CatalogMeta& meta) {
  json index = index_json(meta.index);
  index["asked"] = meta.asked.kind;
  index["asked_recall"] = meta.asked.recall;
  json head{
      {"format", kFormat},
      {"schema", kSchema},
      {"model", {{"name", meta.model.name}, {"version", meta.model.version}}},
      {"feature_version", meta.model.feature_version},
      {"revision", meta.revision},
      {"base_revision", meta.base_revision},
      {"tracks", meta.tracks},
      {"base_rows", meta.base_rows},
      {"removed_rows", meta.removed_rows},
      {"tail_rows", meta.tail_rows},
      {"dimensions", kEmbeddingDimensions},
      {"fitted_library_size", meta.fitted_library_size},
      {"index", std::move(index)},
      {"crc32", meta.checksums},
  };
  if (meta.segments) head["segments"] = segments_json(*meta.segments);
  std::string text = head.dump(1);
  if (meta.rows.size() == meta.tracks) {
    text.resize(text.size() - 2);  // the last line, a brace
    text += kRowsBegin;
    std::string_view separator = "\n";
    for (const auto& [id, track_path] : meta.rows) {
      const json row{{"id", id}, {"path", track_path}};
      text += separator;
      text += "  " + row.dump(-1, ' ', false, json::error_handler_t::replace);
      separator = ",\n";
    }
    text += "\n ]\n}";
  }
  AtomicFile file(path);
  file.write(text + "\n");
  file.commit();
}

CatalogMeta read_catalog_meta(const std::filesystem::path& path) {
  try {
    const json document = read_head(path);
    if (document.at("format") != kFormat) throw damaged(path);
    if (document.at("schema") != kSchema) {
      throw Error(
          ErrorCode::version_mismatch,
          path.string() +
              " is of another version of Resonance: run `resonance index --rebuild`, which needs no audio");
    }
    CatalogMeta meta;
    meta.model.name = document.at("model").at("name").get<std::string>();
    meta.model.version = document.at("model").at("version").get<int>();
    meta.model.feature_version = document.at("feature_version").get<int>();
    meta.revision = document.at("revision").get<std::int64_t>();
    meta.base_revision = document.at("base_revision").get<std::int64_t>();
    meta.tracks = document.at("tracks").get<std::size_t>();
    meta.base_rows = document.at("base_rows").get<std::size_t>();
    meta.removed_rows = document.at("removed_rows").get<std::size_t>();
    meta.tail_rows = document.at("tail_rows").get<std::size_t>();
    meta.fitted_library_size = document.at("fitted_library_size").get<std::size_t>();
    const json& index = document.at("index");
    meta.asked = {index.at("asked").get<std::string>(), index.at("asked_recall").get<double>()};
    meta.index = read_index(index);
    if (document.contains("segments")) {
      const json& segments = document.at("segments");
      meta.segments = read_segments(segments);
      if (segments.at("frames") != kSegmentFrames || segments.at("hop_frames") != kSegmentHopFrames ||
          meta.segments->index.metric != meta.index.metric ||
          !agrees(meta.segments->index, meta.segments->rows)) {
        throw damaged(path);
      }
    }
    meta.checksums = document.at("crc32").get<std::map<std::string, std::uint32_t>>();
    const RowCounts rows{.base = meta.base_rows, .removed = meta.removed_rows, .tail = meta.tail_rows};
    if (!agrees(meta.index, rows) || meta.tracks != rows.left() ||
        document.at("dimensions") != kEmbeddingDimensions)
      throw damaged(path);
    return meta;
  } catch (const json::exception&) {
    throw damaged(path);
  }
}

void verify_catalog_meta(const std::filesystem::path& path) {
  const CatalogMeta meta = read_catalog_meta(path);
  try {
    const json document = json::parse(read_file(path, kMaxBytes));
    if (document.contains("rows") && document.at("rows").size() != meta.tracks) throw damaged(path);
  } catch (const json::exception&) {
    throw damaged(path);
  }
}

}  // namespace resonance::engine
