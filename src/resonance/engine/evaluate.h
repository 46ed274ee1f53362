#pragma once

#include "resonance/engine/progress.h"
#include "resonance/evaluation/cluster_bootstrap.h"
#include "resonance/evaluation/ranking_score.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace resonance::engine {

/// A file under a name.
struct NamedFile {
  std::string name;
  std::filesystem::path file;
};

/// A sum of two contenders' similarities, under a name of its own.
struct SumRequest {
  std::string name;
  std::string first;
  std::string second;
};

/// Candidates of a label's queries are those with the query's value in `column`; label empty: of every label.
struct WithinRule {
  std::string label;
  std::string column;
};

/// What same-track retrieval asks, and in which disguise.
struct SameTrackRequest {
  bool wanted = false;
  std::vector<std::string> encodings;  ///< parse_encoding(); beside the query as it is
  double segment_s = 18;
  double hop_s = 4;
  double overlap_s = 0;  ///< how much of the query what is right may share with it
};

struct EvaluateRequest {
  std::optional<std::filesystem::path> manifest;  ///< or else the catalog's own tracks
  std::filesystem::path catalog;
  std::size_t catalog_tracks = 500;  ///< at most, evenly spread; 0: all

  // Who is evaluated.
  std::vector<NamedFile> models;  ///< open_listening_model(); its own name where none is given. None and no
                                  ///< arrays, without a manifest: the catalog's model
  std::vector<NamedFile> embeddings;
  std::vector<NamedFile> distances;
  std::vector<SumRequest> sums;
  std::vector<std::string> parts{"fused"};  ///< of our models: fused, timbre, harmony, rhythm

  // At what.
  std::vector<std::string> by;  ///< columns; none: those of kUsualLabels that there are
  std::vector<WithinRule> within;
  std::string artist_column;  ///< for the artist filter; empty: artist_filter_keys, artist_key or artist
  SameTrackRequest same_track;

  // Rows beside the plain one.
  std::size_t feedback = 0;      ///< PRF with so many
  std::optional<float> alpha{};  ///< alpha expansion of queries, and of the database
  bool diverse = false;          ///< MMR
  double diversity = 0.3;
  bool without_hubs = false;                      ///< mutual proximity
  std::vector<std::array<std::string, 2>> pairs;  ///< names of rows whose difference is wanted

  // How.
  std::optional<std::filesystem::path> cache;
  double middle_s = 0;  ///< ListeningOptions
  unsigned jobs = 0;
};

inline constexpr std::array<const char*, 5> kUsualLabels{"artist", "album", "genre", "style", "work"};

using MetricIntervals = std::array<evaluation::Interval, evaluation::kMetrics>;

/// One contender at one task.
struct EvaluationRow {
  std::string name;  ///< the contender's, with " + " and what was done beside it
  MetricIntervals metrics;
  /// Mean distance (1 - cosine) of each two of the first ten; where variants are compared.
  std::optional<double> diversity;
};

/// Second minus first.
struct EvaluationDifference {
  std::string first;
  std::string second;
  MetricIntervals metrics;
};

/// All contenders at one task.
struct EvaluationTable {
  std::string task;      ///< a column, or "same track"
  std::string encoding;  ///< of same track: of the query; empty: as it is
  std::string within;    ///< column; empty: none
  bool artist_filter = false;
  std::size_t queries = 0;
  double candidates = 0;  ///< a query, mean
  double relevant = 0;    ///< of these, mean
  std::vector<EvaluationRow> rows;
  std::vector<EvaluationDifference> differences;
};

struct EvaluateReport {
  std::size_t files = 0;  ///< rows of the manifest
  std::size_t used = 0;   ///< of these, in every row of every table
  std::vector<EvaluationTable> tables;
  std::vector<std::string> notes;  ///< what was left out, and why
  std::vector<FailedItem> failed;
  bool cancelled = false;
  double audio_s = 0;
  double elapsed_s = 0;
};

/// How well contenders find what belongs together, on files with labels. A file that is missing or cannot be
/// heard is recorded and left out for all of them, so that all answer the same questions.
/// @throws Error(invalid_argument) for a request that makes no sense: an unknown column (naming the nearest),
/// a label
///         that all files share, nobody to evaluate, two of one name, an unknown row in a pair; Error as the
///         models
EvaluateReport evaluate(const EvaluateRequest& request, const ProgressCallback& progress,
                        const std::stop_token& stop);

/// The report as JSON, for `metrics.json` and programs.
std::string evaluation_json(const EvaluateReport& report);

}  // namespace resonance::engine
