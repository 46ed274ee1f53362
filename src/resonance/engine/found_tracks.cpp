#include "resonance/engine/found_tracks.h"

namespace resonance::engine {

ranking::Candidate candidate_of(const QuerySource& source) {
  return {.id = source.track ? source.track->id : source.path,
          .row = -1,
          .score = 1,
          .embedding = source.embedding,
          .hash = source.hash,
          .facts = source.facts};
}

}  // namespace resonance::engine
