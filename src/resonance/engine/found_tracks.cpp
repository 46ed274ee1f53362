#include "resonance/engine/found_tracks.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <string>
#include <utility>

namespace resonance::engine {
namespace {

constexpr std::size_t kFewestCandidates = 200;
constexpr std::size_t kCandidatesPerResult = 5;

}  // namespace

ranking::Candidate candidate_of(const QuerySource& source) {
  return {.id = source.track ? source.track->id : source.path,
          .row = -1,
          .score = 1,
          .embedding = source.embedding,
          .hash = source.hash,
          .facts = source.facts};
}

std::size_t first_choice(const ranking::RerankSettings& settings, std::size_t seeds, bool without_hubs) {
  const std::size_t asked = settings.count + seeds;
  const bool wide = without_hubs || settings.diversity > 0 || settings.most_per_artist > 0 ||
                    settings.most_per_album > 0 || settings.without_seed_artists || settings.duplicates;
  return wide ? std::max(asked * kCandidatesPerResult, kFewestCandidates) : asked;
}

void check_settings(const index::SearchSettings& settings, const index::VectorIndex& index,
                    const IndexRecord& record, const std::filesystem::path& catalog) {
  const index::SettingNames names = index.setting_names();
  const auto refuse = [&](const char* setting) {
    std::string known;
    for (const auto& [has, name] :
         {std::pair{names.nprobe, "nprobe"}, {names.ef_search, "efSearch"}, {names.k_factor, "k_factor"}}) {
      if (has) known += (known.empty() ? " has " : " and ") + std::string(name);
    }
    throw Error(ErrorCode::invalid_argument, "the search index of catalog " + catalog.string() + " has no " +
                                                 setting + ": it is " +
                                                 (record.factory == "Flat" ? "exact" : record.factory) +
                                                 ", which" + (known.empty() ? " has nothing to set" : known));
  };
  if (settings.nprobe > 0 && !names.nprobe) refuse("nprobe");
  if (settings.ef_search > 0 && !names.ef_search) refuse("efSearch");
  if (settings.k_factor > 0 && !names.k_factor) refuse("k_factor");
}

}  // namespace resonance::engine
