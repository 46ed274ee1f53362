#include "resonance/engine/tag_plan.h"

#include "resonance/core/error.h"
#include "resonance/core/musical_key.h"
#include "resonance/core/tag_parts.h"
#include "resonance/engine/label_votes.h"
#include "resonance/engine/searcher.h"
#include "resonance/engine/snapshot.h"
#include "resonance/engine/workers.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;

/// The tracks that get suggestions, and their embeddings.
struct Chosen {
  std::vector<catalog::Track> tracks;
  std::vector<float> embeddings;   ///< one behind the other
  std::vector<std::int64_t> rows;  ///< in the snapshot; -1: added since
};

void add(Chosen& chosen, catalog::Track track, const catalog::Catalog& catalog, const Snapshot& snapshot) {
  if (const auto row = snapshot.row_of(track.key)) {
    const auto embedding = snapshot.embedding(*row);
    chosen.embeddings.insert(chosen.embeddings.end(), embedding.begin(), embedding.end());
    chosen.rows.push_back(static_cast<std::int64_t>(*row));
  } else {
    const auto embedding =
        snapshot.projection()->project(embedding::decode_descriptor(catalog.descriptor_of(track.key)));
    chosen.embeddings.insert(chosen.embeddings.end(), embedding.fused.begin(), embedding.fused.end());
    chosen.rows.push_back(-1);
  }
  chosen.tracks.push_back(std::move(track));
}

Chosen choose(const fs::path& directory, const catalog::Catalog& catalog, const Snapshot& snapshot,
              const TagRequest& request, std::vector<FailedItem>& failed) {
  Chosen chosen;
  const std::vector<std::int64_t> passing = catalog.keys_matching(request.filter);
  if (request.tracks.empty()) {
    for (const std::int64_t key : passing) {
      if (auto track = catalog.find_by_key(key)) add(chosen, std::move(*track), catalog, snapshot);
    }
    return chosen;
  }
  const Searcher searcher(directory);
  std::set<std::int64_t> seen;
  for (const std::string& name : request.tracks) {
    try {
      catalog::Track track = searcher.track(name).track.value();
      if (!std::binary_search(passing.begin(), passing.end(), track.key)) continue;
      if (seen.insert(track.key).second) add(chosen, std::move(track), catalog, snapshot);
    } catch (const Error& error) {
      if (request.tracks.size() == 1) throw;
      failed.push_back({name, std::string(name_of(error.code())), error.what()});
    }
  }
  return chosen;
}

std::vector<std::string> parts_of(std::string_view text) {
  const auto parts = tag_parts(text);
  return {parts.begin(), parts.end()};
}

std::vector<std::string> parts_of(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) {
    for (const std::string_view part : tag_parts(value)) parts.emplace_back(part);
  }
  return parts;
}

/// Of every row of the snapshot: what has a vote on genre, mood and style.
class LabelSource {
 public:
  LabelSource(const catalog::Catalog& catalog, const Snapshot& snapshot) : rows_(snapshot.rows()) {
    catalog.for_each(false, [&](const catalog::Track& track) {
      const auto row = snapshot.row_of(track.key);
      if (!row) return;
      rows_[*row] = {parts_of(track.tags.genre), ranking::album_identity(track.tags), track.hash};
      paths_.emplace_back(*row, track.path);
    });
  }

  [[nodiscard]] std::vector<LabelledRow> genres() const { return rows_; }

  /// Reads a tag of every file; files that cannot be read have no vote.
  [[nodiscard]] std::vector<LabelledRow> from_files(std::string_view field, unsigned jobs,
                                                    const ProgressCallback& progress,
                                                    const std::stop_token& stop) const {
    std::vector<LabelledRow> rows = rows_;
    for (LabelledRow& row : rows) row.labels.clear();
    Batch batch("reading tags", paths_.size(), progress);
    const bool done = run_workers(jobs, paths_.size(), stop, [&](std::size_t i) {
      const auto& [row, path] = paths_[i];
      try {
        const std::array names{field};
        rows[row].labels = parts_of(tagging::read_tag_fields(path, names).begin()->second);
      } catch (const Error&) {
        rows[row].labels.clear();
      }
      batch.finish_one(path, {}, 0, [] {});
    });
    if (!done) throw Error(ErrorCode::cancelled, "stopped while reading tags");
    return rows;
  }

 private:
  std::vector<LabelledRow> rows_;
  std::vector<std::pair<std::size_t, std::string>> paths_;
};

std::vector<ranking::TagSuggestion> tempo_suggestion(const Description& description) {
  const long bpm = std::lround(description.tempo_bpm);
  if (bpm <= 0) return {};
  const double confidence = description.tempo_confidence;
  return {{std::to_string(bpm), confidence, confidence}};
}

std::vector<ranking::TagSuggestion> key_suggestion(const Description& description) {
  const std::string key = key_tag(description);
  if (key.empty()) return {};
  const double confidence = description.key_confidence;
  return {{key, confidence, confidence}};
}

void check(const TagRequest& request) {
  for (const std::string_view field : request.fields) {
    if (std::find(kTagFieldNames.begin(), kTagFieldNames.end(), field) == kTagFieldNames.end()) {
      throw Error(ErrorCode::invalid_argument, "there are no suggestions for " + std::string(field));
    }
  }
  if (!(request.min_confidence >= 0 && request.min_confidence <= 1)) {
    throw Error(ErrorCode::invalid_argument, "a confidence is a number from 0 to 1");
  }
}

/// Reads what the chosen files say now. Those that cannot be read leave the plan and become failures.
void read_present(TagPlan& plan, const TagRequest& request, const ProgressCallback& progress,
                  const std::stop_token& stop) {
  const std::vector<std::string_view> names(request.fields.begin(), request.fields.end());
  std::vector<std::optional<FailedItem>> problems(plan.tracks.size());
  Batch batch("reading tags", plan.tracks.size(), progress);
  const bool done = run_workers(request.jobs, plan.tracks.size(), stop, [&](std::size_t i) {
    TrackProposal& proposal = plan.tracks[i];
    std::string problem;
    try {
      for (auto& [name, values] : tagging::read_tag_fields(proposal.track.path, names)) {
        proposal.fields.find(name)->second.present = values;
      }
    } catch (const Error& error) {
      problem = error.what();
      problems[i] = {proposal.track.path, std::string(name_of(error.code())), problem};
    }
    batch.finish_one(proposal.track.path, problem, 0, [] {});
  });
  if (!done) throw Error(ErrorCode::cancelled, "stopped while reading tags");
  std::vector<TrackProposal> readable;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (problems[i]) {
      plan.failed.push_back(std::move(*problems[i]));
    } else {
      readable.push_back(std::move(plan.tracks[i]));
    }
  }
  plan.tracks = std::move(readable);
}

}  // namespace

bool TrackProposal::changes_something() const {
  return std::any_of(fields.begin(), fields.end(),
                     [](const auto& field) { return !field.second.accepted.empty(); });
}

std::string key_tag(const Description& description) {
  const std::string name = key_name(description);
  return name.empty() ? "" : name.substr(0, name.find(' ')) + (description.key_minor ? "m" : "");
}

std::vector<std::string> accepted_values(const FieldProposal& field, double min_confidence, bool overwrite) {
  if (!field.present.empty() && !overwrite) return {};
  std::vector<std::string> values;
  for (const ranking::TagSuggestion& suggestion : field.suggestions) {
    if (suggestion.confidence >= min_confidence) values.push_back(suggestion.label);
  }
  if (values == field.present) values.clear();
  return values;
}

TagPlan plan_tags(const fs::path& catalog_directory, const TagRequest& request,
                  const ProgressCallback& progress, const std::stop_token& stop) {
  check(request);
  const catalog::Catalog catalog(catalog_directory, catalog::OpenMode::read_only);
  const auto snapshot = Snapshot::open(catalog_directory);
  if (!snapshot || snapshot->size() == 0) {
    throw Error(ErrorCode::not_found, "catalog " + catalog_directory.string() +
                                          " holds no track to learn from: run `resonance index DIR`");
  }
  TagPlan plan;
  Chosen chosen = choose(catalog_directory, catalog, *snapshot, request, plan.failed);
  for (const catalog::Track& track : chosen.tracks) plan.tracks.push_back({track, {}});

  const LabelSource source(catalog, *snapshot);
  for (const std::string_view field : request.fields) {
    std::vector<std::vector<ranking::TagSuggestion>> suggestions;
    if (field == kTempoField || field == kKeyField) {
      for (const catalog::Track& track : chosen.tracks) {
        suggestions.push_back(field == kTempoField ? tempo_suggestion(track.description)
                                                   : key_suggestion(track.description));
      }
    } else {
      const LabelVotes votes(
          snapshot->exact(),
          field == kGenreField ? source.genres() : source.from_files(field, request.jobs, progress, stop),
          stop);
      plan.labelled[field] = votes.labelled();
      suggestions = votes.suggest(chosen.embeddings, chosen.rows);
    }
    for (std::size_t i = 0; i < plan.tracks.size(); ++i) {
      plan.tracks[i].fields[field].suggestions = std::move(suggestions[i]);
    }
  }
  read_present(plan, request, progress, stop);
  for (TrackProposal& proposal : plan.tracks) {
    for (auto& [name, field] : proposal.fields) {
      field.accepted = accepted_values(field, request.min_confidence, request.overwrite);
    }
  }
  return plan;
}

}  // namespace resonance::engine
