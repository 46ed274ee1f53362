#pragma once

#include "resonance/index/exact_index.h"
#include "resonance/index/row_codes.h"
#include "resonance/index/vector_index.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

namespace resonance::index {

/// What choose_index() is asked for.
struct AutoConfig {
  double recall = 0.99;    ///< share of the exact best that must be found; above 0, at most 1
  std::size_t count = 10;  ///< K at which it is measured; at least 1
  /// Up to so many values (N x D) exact search is fast enough: a millisecond on one core, 40,000 rows of 512.
  std::size_t exact_values = 20'480'000;
  std::size_t sample = 400;  ///< queries that are measured; at least 1
  std::size_t threads = 1;   ///< that link a graph; with one, the choice is always the same
  std::uint32_t seed = 1;
};

/// What was chosen, for meta.json and doctor.
struct AutoChoice {
  std::string name = "exact";  ///< "exact", or a GraphIndex's name
  SearchSettings settings;     ///< to search with; no filter
  double recall = 1;           ///< measured, at `count`
  std::size_t count = 0;
  std::size_t sample = 0;  ///< queries it was measured with; 0 for exact search, which needs no measuring
};

struct ChosenIndex {
  std::shared_ptr<const VectorIndex>
      index;  ///< the exact index itself, or a GraphIndex with `settings` as defaults
  AutoChoice choice;
};

/// The cheapest index that reaches the asked recall, found by measuring on the caller's own vectors.
///
/// Small sets, L2, and recall 1 get exact search. Otherwise a graph is linked and its efSearch raised until
/// the recall is reached; if that takes too many candidates, or there are more than 400,000 rows, a graph of
/// twice the links, which costs more memory; if that fails too, exact search. Half of the queries are rows,
/// the row itself left out of what counts, as "what sounds like this track" asks; half lie midway between a
/// row and one of its neighbours, where a recording that is not in the library might. No clock is read: the
/// choice follows from the vectors and the config alone.
/// @throws Error(invalid_argument) for a config out of range; Error(cancelled)
ChosenIndex choose_index(const std::shared_ptr<const ExactIndex>& rows,
                         const std::shared_ptr<const RowCodes>& codes, const AutoConfig& config = {},
                         const std::stop_token& stop = {});

/// What choose_index() measures, of any index over these rows: recall at `config.count` over its sample of
/// queries. @throws Error as choose_index()
double sample_recall(const VectorIndex& index, const ExactIndex& rows, const AutoConfig& config,
                     const SearchSettings& settings = {});

/// Share of the `count` exact best rows that `index` finds, over Q queries.
/// @param queries  Q x D  @param exact  over the same rows
/// @return in [0, 1]; 1 without queries or rows
/// @throws Error as VectorIndex::search
double measure_recall(const VectorIndex& index, const ExactIndex& exact, std::span<const float> queries,
                      std::size_t count, const SearchSettings& settings);

}  // namespace resonance::index
