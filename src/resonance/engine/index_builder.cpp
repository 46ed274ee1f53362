#include "resonance/engine/index_builder.h"

#include "resonance/core/feature_contract.h"
#include "resonance/index/exact_index.h"
#include "resonance/index/factory_index.h"
#include "resonance/index/factory_presets.h"
#include "resonance/index/graph_index.h"

#include <utility>

namespace resonance::engine {
namespace {

/// The string and settings that a kind stands for, for so many rows.
index::FactoryPreset preset_of(const std::string& kind, std::size_t rows) {
  constexpr const char* kCode = "SQ8,RFlat";
  if (kind == "fast-scan") return index::fast_scan(rows, kEmbeddingDimensions);
  if (kind == "ivf-39") return index::ivf_by_training(rows, kCode);
  if (kind == "ivf-sqrt4") return index::ivf_by_square_root(rows, 4, kCode);
  if (kind == "ivf-sqrt16") return index::ivf_by_square_root(rows, 16, kCode);
  if (kind == "hnsw") return index::hnsw();
  return {.factory = kind};
}

}  // namespace

IndexRecord build_index(const std::filesystem::path& folder, const RowFiles& files, const NpyFile& rows,
                        const std::shared_ptr<const index::RowCodes>& codes, const IndexRequest& request,
                        index::AutoConfig choice, const std::stop_token& stop) {
  IndexRecord record;
  if (request.kind == "exact") return record;
  const auto exact = std::make_shared<const index::ExactIndex>(rows.floats(), rows.cols(),
                                                               index::Metric::inner_product, codes);
  choice.recall = request.recall;
  if (request.kind == "auto") {
    const index::ChosenIndex chosen = index::choose_index(exact, codes, choice, stop);
    if (const auto* graph = dynamic_cast<const index::GraphIndex*>(chosen.index.get())) {
      record.factory = chosen.choice.name;
      record.settings = chosen.choice.settings;
      graph->write(folder / files.graph);
    }
    record.recall = chosen.choice.recall;
    record.recall_count = chosen.choice.count;
    record.sample = chosen.choice.sample;
    return record;
  }
  const index::FactoryPreset preset = preset_of(request.kind, rows.rows());
  if (rows.rows() < index::FactoryIndex::least_rows(preset.factory, rows.cols())) return record;
  const auto built = index::FactoryIndex::build(
      exact, {.factory = preset.factory},
      {.nprobe = preset.nprobe, .ef_search = preset.ef_search, .k_factor = preset.k_factor}, stop);
  built->write(folder / files.faiss);
  const index::SettingNames names = built->setting_names();
  record.factory = preset.factory;
  record.settings = built->defaults();
  if (!names.nprobe) record.settings.nprobe = 0;
  if (!names.ef_search) record.settings.ef_search = 0;
  record.recall_count = choice.count;
  record.sample = choice.sample;
  record.recall = index::sample_recall(*built, *exact, choice);
  return record;
}

}  // namespace resonance::engine
