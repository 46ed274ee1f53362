#include "resonance/engine/evaluate.h"

#include "resonance/core/error.h"
#include "resonance/core/nearest_name.h"
#include "resonance/engine/audio_encoding.h"
#include "resonance/engine/evaluation_listening.h"
#include "resonance/engine/evaluation_rows.h"
#include "resonance/engine/manifest.h"
#include "resonance/engine/models.h"
#include "resonance/evaluation/retrieval_task.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

namespace resonance::engine {
namespace {

using evaluation::ArtistFilter;
using evaluation::RetrievalTask;

constexpr std::array<std::string_view, 3> kArtistColumns{"artist_filter_keys", "artist_key", "artist"};

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

/// A task of the manifest's labels, and what a table says of it.
struct LabelTask {
  std::string column;
  std::string within;
  bool artist_filter = false;
  RetrievalTask task;
};

std::vector<std::vector<std::string>> split_keys(const std::vector<std::string>& texts) {
  std::vector<std::vector<std::string>> result;
  for (const std::string& text : texts) {
    std::vector<std::string>& keys = result.emplace_back();
    std::size_t at = 0;
    while (at <= text.size()) {
      const std::size_t end = std::min(text.find('|', at), text.size());
      if (end > at) keys.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return result;
}

/// The labels of the rows that are used, and whose music they are.
class Labels {
 public:
  Labels(const Manifest& manifest, const EvaluateRequest& request) : manifest_(manifest), request_(request) {
    artist_column_ = request.artist_column;
    for (const std::string_view usual : kArtistColumns) {
      if (artist_column_.empty() && manifest.table.column(usual)) artist_column_ = usual;
    }
    if (!artist_column_.empty()) (void)manifest.column(artist_column_);
    for (const WithinRule& rule : request.within) (void)manifest.column(rule.column);
    choose_columns();
  }

  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::vector<std::string>& notes() { return notes_; }

  [[nodiscard]] std::vector<LabelTask> tasks(const std::vector<std::size_t>& used) {
    std::vector<LabelTask> tasks;
    const auto artists = artist_column_.empty() ? std::vector<std::vector<std::string>>()
                                                : split_keys(picked(manifest_.labels(artist_column_), used));
    for (const std::string& column : columns_) {
      const std::string within = within_of(column);
      evaluation::ItemLabels labels{
          .label = picked(manifest_.labels(column), used), .within = {}, .artists = artists};
      if (!within.empty()) labels.within = picked(manifest_.labels(within), used);
      for (const bool filtered : {false, true}) {
        if (filtered && artists.empty()) continue;
        const ArtistFilter filter = !filtered           ? ArtistFilter::none
                                    : is_artist(column) ? ArtistFilter::other_label
                                                        : ArtistFilter::shared_key;
        LabelTask task{column, within, filtered, RetrievalTask(labels, filter)};
        if (task.task.queries().empty()) {
          notes_.push_back("nothing to find by " + column + (filtered ? " with the artist filter" : "") +
                           ": no two recordings share one");
        } else {
          tasks.push_back(std::move(task));
        }
      }
    }
    return tasks;
  }

  /// Of the rows used: recordings of one artist are one cluster.
  [[nodiscard]] std::vector<std::size_t> clusters(const std::vector<std::size_t>& used) const {
    const std::string_view column =
        manifest_.table.column("artist_key") ? "artist_key" : std::string_view(artist_column_);
    if (column.empty()) return used;
    return evaluation::clusters_of(split_keys(picked(manifest_.labels(column), used)));
  }

 private:
  void choose_columns() {
    columns_ = request_.by;
    for (const std::string& column : columns_) {
      const std::size_t labels = evaluation::label_count(manifest_.labels(column));
      if (labels == 0) refuse(manifest_.name + " says nothing in column " + column);
      if (labels == 1)
        refuse("all recordings of " + manifest_.name + " have one " + column +
               ": there is nothing to tell apart");
    }
    if (!columns_.empty()) return;
    for (const char* usual : kUsualLabels) {
      const std::string column =
          std::string_view(usual) == "artist" && manifest_.table.column("artist_key") ? "artist_key" : usual;
      if (!manifest_.table.column(column)) continue;
      if (evaluation::label_count(manifest_.labels(column)) < 2) {
        notes_.push_back("column " + column + " tells no recordings apart and is left out");
      } else {
        columns_.push_back(column);
      }
    }
  }

  [[nodiscard]] bool is_artist(const std::string& column) const {
    return column == artist_column_ ||
           std::find(kArtistColumns.begin(), kArtistColumns.end(), column) != kArtistColumns.end();
  }

  [[nodiscard]] std::string within_of(const std::string& column) const {
    std::string result;
    for (const WithinRule& rule : request_.within) {
      if (rule.label == column) return rule.column;
      if (rule.label.empty()) result = rule.column;
    }
    return result;
  }

  static std::vector<std::string> picked(const std::vector<std::string>& texts,
                                         const std::vector<std::size_t>& used) {
    std::vector<std::string> result;
    result.reserve(used.size());
    for (const std::size_t row : used) result.push_back(texts[row]);
    return result;
  }

  const Manifest& manifest_;
  const EvaluateRequest& request_;
  std::string artist_column_;
  std::vector<std::string> columns_;
  std::vector<std::string> notes_;
};

/// A catalog on itself is evaluated with its own model, unless others are named.
bool on_catalogs_model(const EvaluateRequest& request) {
  return !request.manifest && request.models.empty() && request.embeddings.empty() &&
         request.distances.empty();
}

std::vector<ListeningModel> open_models(const EvaluateRequest& request) {
  std::vector<ListeningModel> models;
  for (const NamedFile& wanted : request.models) {
    models.push_back(open_listening_model(wanted.file.string()));
    if (!wanted.name.empty()) models.back().name = wanted.name;
  }
  if (on_catalogs_model(request)) {
    auto embedder = model_of(catalog::Catalog(request.catalog, catalog::OpenMode::read_only));
    std::string name = embedder->info().name;
    models.push_back({.name = std::move(name), .embedder = std::move(embedder), .audio_model = nullptr});
  }
  return models;
}

/// Names of the contenders to come. @throws Error for two of one name, unknown parts, sums of nobody
std::vector<std::string> contender_names(const std::vector<ListeningModel>& models,
                                         const EvaluateRequest& request) {
  constexpr std::array<std::string_view, 4> kPartNames{"fused", "timbre", "harmony", "rhythm"};
  for (const std::string& part : request.parts) {
    if (std::find(kPartNames.begin(), kPartNames.end(), part) == kPartNames.end()) {
      const std::string_view nearest = nearest_name(part, kPartNames);
      refuse("there is no part \"" + part + "\"; there are fused, timbre, harmony and rhythm" +
             (nearest.empty() ? "" : ": is " + std::string(nearest) + " meant?"));
    }
  }
  std::vector<std::string> names;
  for (const ListeningModel& model : models) {
    if (model.audio_model) {
      names.push_back(model.name);
      continue;
    }
    for (const std::string_view part : kPartNames) {
      if (std::find(request.parts.begin(), request.parts.end(), part) == request.parts.end()) continue;
      names.push_back(part == "fused" ? model.name : model.name + " " + std::string(part));
    }
  }
  for (const NamedFile& file : request.embeddings) names.push_back(file.name);
  for (const NamedFile& file : request.distances) names.push_back(file.name);
  for (const SumRequest& sum : request.sums) {
    for (const std::string& part : {sum.first, sum.second}) {
      if (std::find(names.begin(), names.end(), part) == names.end())
        refuse("a sum asks for \"" + part + "\", and nobody has that name");
    }
    names.push_back(sum.name);
  }
  if (names.empty()) refuse("there is nobody to evaluate: give --model, --embeddings or --distances");
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
    refuse("two are named \"" + *twice + "\": give one another name with NAME=FILE");
  }
  return names;
}

void check_pairs(const std::vector<std::string>& contenders, const EvaluateRequest& request) {
  std::vector<std::string> rows;
  for (const std::string& name : contenders) {
    const bool distances = std::any_of(request.distances.begin(), request.distances.end(),
                                       [&](const NamedFile& file) { return file.name == name; });
    for (std::string& row : row_names(name, !distances, request)) rows.push_back(std::move(row));
  }
  for (const auto& pair : request.pairs) {
    for (const std::string& name : pair) {
      if (std::find(rows.begin(), rows.end(), name) != rows.end()) continue;
      const std::vector<std::string_view> known(rows.begin(), rows.end());
      const std::string_view nearest = nearest_name(name, known);
      refuse("a pair asks for \"" + name + "\", which is no row of the table" +
             (nearest.empty() ? "" : "; is \"" + std::string(nearest) + "\" meant?"));
    }
  }
}

void check_same_track(const EvaluateRequest& request) {
  const SameTrackRequest& same = request.same_track;
  for (const std::string& encoding : same.encodings) (void)parse_encoding(encoding);
  if (!same.wanted) return;
  if (request.models.empty() && !on_catalogs_model(request))
    refuse("same-track retrieval needs a --model that listens to pieces of recordings");
  if (request.middle_s > 0) refuse("same-track retrieval listens to whole recordings: leave out --middle");
  if (!(same.segment_s >= 1 && same.hop_s >= 0.02 && same.overlap_s >= 0 &&
        same.overlap_s < same.segment_s)) {
    refuse(
        "segments last at least a second, begin at least 0.02 s apart, and overlap by less than their "
        "length");
  }
}

std::vector<Contender> contenders_of(const EvaluationListening& heard,
                                     const std::vector<ListeningModel>& models, const Manifest& manifest,
                                     const EvaluateRequest& request) {
  std::vector<Contender> contenders;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const ModelVectors& vectors = heard.models[m];
    if (models[m].audio_model) {
      contenders.push_back(
          contender_of_vectors(models[m].name, vectors.mean, vectors.segment_means, vectors.query_means));
      continue;
    }
    for (Contender& contender :
         contenders_of_embedder(models[m], request.parts, vectors.whole, vectors.segments, vectors.queries)) {
      contenders.push_back(std::move(contender));
    }
  }
  for (const NamedFile& array : request.embeddings) {
    contenders.push_back(contender_of_array(array.name, array.file, manifest.files.size(), heard.used));
  }
  for (const NamedFile& array : request.distances) {
    contenders.push_back(contender_of_distances(array.name, array.file, manifest.files.size(), heard.used));
  }
  for (const SumRequest& sum : request.sums) {
    const auto named = [&](const std::string& name) -> const Contender& {
      return *std::find_if(contenders.begin(), contenders.end(),
                           [&](const Contender& contender) { return contender.name == name; });
    };
    contenders.push_back(sum_of(sum.name, named(sum.first), named(sum.second)));
  }
  return contenders;
}

void add_label_tables(EvaluateReport& report, const std::vector<LabelTask>& tasks,
                      const std::vector<Contender>& contenders, const std::vector<std::size_t>& clusters,
                      const EvaluateRequest& request, const std::stop_token& stop) {
  std::vector<RetrievalTask> plain;
  plain.reserve(tasks.size());
  for (const LabelTask& task : tasks) plain.push_back(task.task);
  std::vector<std::vector<RowScores>> rows(tasks.size());
  for (const Contender& contender : contenders) {
    std::vector<std::vector<RowScores>> found = evaluate_contender(contender, plain, request, stop);
    if (stop.stop_requested()) return;
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      std::move(found[t].begin(), found[t].end(), std::back_inserter(rows[t]));
    }
  }
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    const LabelTask& task = tasks[t];
    EvaluationTable& table = report.tables.emplace_back();
    table.task = task.column;
    table.within = task.within;
    table.artist_filter = task.artist_filter;
    table.queries = task.task.queries().size();
    table.candidates = task.task.candidates();
    table.relevant = task.task.relevant();
    std::vector<std::size_t> of_queries;
    for (const std::size_t query : task.task.queries()) of_queries.push_back(clusters[query]);
    fill_table(table, rows[t], of_queries, request.pairs);
  }
}

/// Same-track retrieval with the queries in one encoding; empty: as they are.
void add_same_track_table(EvaluateReport& report, const std::string& encoding,
                          const std::vector<std::size_t>& queries, const evaluation::SegmentTask& task,
                          const std::vector<Contender>& contenders, const EvaluateRequest& request) {
  EvaluationTable& table = report.tables.emplace_back();
  table.task = "same track";
  table.encoding = encoding;
  table.queries = queries.size();
  std::vector<std::size_t> tracks;
  std::vector<RowScores> rows;
  for (const Contender& contender : contenders) {
    if (!contender.segments.empty()) rows.push_back({.name = contender.name, .queries = {}, .diversity = {}});
  }
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const std::vector<evaluation::Role> roles = task.roles(queries[q]);
    const auto relevant = std::count(roles.begin(), roles.end(), evaluation::Role::relevant);
    const auto wrong = std::count(roles.begin(), roles.end(), evaluation::Role::candidate);
    table.relevant += static_cast<double>(relevant) / static_cast<double>(queries.size());
    table.candidates += static_cast<double>(relevant + wrong) / static_cast<double>(queries.size());
    tracks.push_back(task.places()[queries[q]].track);
    auto row = rows.begin();
    for (const Contender& contender : contenders) {
      if (contender.segments.empty()) continue;
      const auto asked =
          encoding.empty() ? contender.segments.row(queries[q]) : contender.queries.at(encoding).row(q);
      const auto ranking = evaluation::ranking_of(products(asked, contender.segments), roles);
      row->queries.push_back(evaluation::score_ranking(ranking, roles));
      ++row;
    }
  }
  fill_table(table, rows, tracks, request.pairs);
}

void add_same_track_tables(EvaluateReport& report, const EvaluationListening& heard,
                           const std::vector<Contender>& contenders, const EvaluateRequest& request,
                           const std::stop_token& stop) {
  if (!heard.segments) return;
  if (heard.segments->queries().empty()) {
    report.notes.emplace_back(
        "no recording is long enough for same-track retrieval: give shorter segments with --segment-seconds");
    return;
  }
  add_same_track_table(report, "", heard.segments->queries(), *heard.segments, contenders, request);
  for (const std::string& encoding : request.same_track.encodings) {
    if (stop.stop_requested()) return;
    const auto asked = heard.asked.find(encoding);
    if (asked == heard.asked.end() || asked->second.empty()) {
      report.notes.push_back("no query could be made in encoding " + encoding);
      continue;
    }
    add_same_track_table(report, encoding, asked->second, *heard.segments, contenders, request);
  }
}

}  // namespace

EvaluateReport evaluate(const EvaluateRequest& request, const ProgressCallback& progress,
                        const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  const Manifest manifest = request.manifest ? read_manifest(*request.manifest)
                                             : manifest_of_catalog(request.catalog, request.catalog_tracks);
  check_same_track(request);
  Labels labels(manifest, request);
  if (labels.columns().empty() && !request.same_track.wanted) {
    refuse(manifest.name + " has no labels to evaluate by: name a column with --by, or ask for --same-track");
  }
  const std::vector<ListeningModel> models = open_models(request);
  check_pairs(contender_names(models, request), request);

  EvaluateReport report;
  report.files = manifest.files.size();
  const EvaluationListening heard = listen_to_all(manifest.files, models, request, report, progress, stop);
  report.cancelled = heard.cancelled;
  report.used = heard.used.size();
  if (!report.cancelled) {
    const std::vector<LabelTask> tasks = labels.tasks(heard.used);
    report.notes = labels.notes();
    const std::vector<Contender> contenders = contenders_of(heard, models, manifest, request);
    add_same_track_tables(report, heard, contenders, request, stop);
    add_label_tables(report, tasks, contenders, labels.clusters(heard.used), request, stop);
    report.cancelled = stop.stop_requested();
  }
  report.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace resonance::engine
