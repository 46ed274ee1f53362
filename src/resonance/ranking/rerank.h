#pragma once

#include "resonance/ranking/candidate.h"
#include "resonance/ranking/duplicates.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace resonance::ranking {

/// What makes an answer out of the candidates. The defaults change nothing but the length.
struct RerankSettings {
  std::size_t count = 20;             ///< K
  std::optional<float> min_score{};   ///< candidates below are left out
  double diversity = 0;               ///< MMR's d in [0, 1]: `--rerank mmr --lambda-div d`; 0: no MMR
  std::size_t most_per_artist = 0;    ///< 0: any number
  std::size_t most_per_album = 0;     ///< 0: any number
  bool seeds_use_caps = false;        ///< the seeds take places under the caps, for lists that hold them
  bool without_seed_artists = false;  ///< nothing by the artists of the seeds
  std::optional<DuplicateRule> duplicates{};  ///< one track of each recording, and none of the seeds'
};

/// What the candidates were found with. All may be empty, except as they need each other.
struct RerankContext {
  /// Never part of the answer: tracks to approach, and if the person wants so, those to move away from.
  std::span<const Candidate> seeds{};
  /// D values, as searched with: expanded and weighted. Needed for hub_sample.
  std::span<const float> query{};
  /// part_factors() if modalities were weighted: D factors that then hold for what candidates have in common
  /// too. Empty: all 1.
  std::span<const float> factors{};
  /// S x D rows of the index, a few hundred, evenly spread over it: hubs are suppressed. Empty: they are not.
  std::span<const float> hub_sample{};
};

/// One place of the answer.
struct RankedCandidate {
  std::size_t candidate = 0;  ///< position in what was given
  double score = 0;  ///< what it was ranked by: its similarity, or with hub_sample its mutual proximity
};

/// The answer, best first. The steps, in this order:
/// 1. seeds (by id), scores below min_score and the seeds' artists leave: what the person ruled out must not
///    influence anything else;
/// 2. hub suppression replaces similarity by mutual proximity, among the candidates too;
/// 3. sorting by score, ties by id;
/// 4. of each group of near-duplicates the best stays, before a second copy can use up a cap or look like
///    diversity's opposite;
/// 5. MMR chooses one by one, passing over artists and albums that are full.
/// Deterministic, and independent of the order of the candidates. O(N log N + K N D), and O(N^2) looks at
/// durations for near-duplicates, O(N S D) for hubs.
/// @return at most `count`; fewer if not enough candidates pass: ask the index for more then
/// @throws Error(invalid_argument) for a score that is not finite, differing dimensions, a diversity outside
///         [0, 1]
std::vector<RankedCandidate> rerank(std::span<const Candidate> candidates, const RerankContext& context,
                                    const RerankSettings& settings);

}  // namespace resonance::ranking
