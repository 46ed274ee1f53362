#pragma once

#include "resonance/core/content_hash.h"
#include "resonance/ranking/track_facts.h"

#include <cstdint>
#include <span>
#include <string>

namespace resonance::ranking {

/// A track that may become part of an answer. Functions of this layer take candidates in any order and name
/// those they choose by position.
struct Candidate {
  std::string id;                    ///< public id; breaks ties
  std::int64_t row = 0;              ///< in the index
  float score = 0;                   ///< similarity with the query, finite
  std::span<const float> embedding;  ///< D values of unit length, owned by the caller; all zero for silence
  ContentHash hash;                  ///< all zero if not known
  TrackFacts facts;
};

}  // namespace resonance::ranking
