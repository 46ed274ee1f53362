#include "resonance/engine/index_request.h"

#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/core/nearest_name.h"
#include "resonance/index/factory_index.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace resonance::engine {
namespace {

/// The shortest decimal form.
std::string number_text(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.4g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

const std::vector<IndexPreset>& index_presets() {
  static const std::vector<IndexPreset> kPresets{
      {"fast-scan", "IVF{N/39, at most 1024},PQ128x4fs,RFlat"},
      {"ivf-39", "IVF{N/39},SQ8,RFlat: lists by what training asks for"},
      {"ivf-sqrt4", "IVF{4 sqrt N},SQ8,RFlat"},
      {"ivf-sqrt16", "IVF{16 sqrt N},SQ8,RFlat"},
      {"hnsw", "HNSW32"},
  };
  return kPresets;
}

IndexRequest index_request_of(std::string_view kind, double recall) {
  if (!(recall > 0 && recall <= 1)) {
    throw Error(ErrorCode::invalid_argument, "a recall is above 0 and at most 1");
  }
  std::string known = "auto, exact";
  bool found = kind == "auto" || kind == "exact";
  for (const IndexPreset& preset : index_presets()) {
    known += ", " + std::string(preset.name);
    found = found || kind == preset.name;
  }
  if (!found) {
    throw Error(ErrorCode::invalid_argument, "there is no index '" + std::string(kind) + "'; there are " +
                                                 known + ", and any FAISS string with --index-factory");
  }
  return {.kind = std::string(kind), .recall = recall};
}

IndexRequest index_factory_request(std::string_view factory) {
  IndexRequest request{.kind = std::string(factory)};
  index::FactoryIndex::check_factory(request.kind, kEmbeddingDimensions);
  return request;
}

std::string description_of(const IndexRecord& record) {
  std::string text = record.factory == "Flat" ? "exact" : record.factory;
  std::string settings;
  const auto add = [&settings](std::string_view name, const std::string& value) {
    settings += (settings.empty() ? "" : ", ") + std::string(name) + " " + value;
  };
  if (record.settings.nprobe > 0) add("nprobe", std::to_string(record.settings.nprobe));
  if (record.settings.ef_search > 0) add("efSearch", std::to_string(record.settings.ef_search));
  if (record.settings.k_factor > 0) add("k_factor", number_text(record.settings.k_factor));
  if (!settings.empty()) text += " (" + settings + ")";
  if (record.sample > 0) {
    text += ", recall@" + std::to_string(record.recall_count) + " " + number_text(record.recall) +
            " measured with " + std::to_string(record.sample) + " queries";
  }
  return text;
}

}  // namespace resonance::engine
