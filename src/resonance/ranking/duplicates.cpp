#include "resonance/ranking/duplicates.h"

#include "resonance/core/error.h"
#include "resonance/core/folded_text.h"
#include "resonance/ranking/vector_math.h"

#include <cmath>

namespace resonance::ranking {

bool are_duplicates(const Candidate& a, const Candidate& b, const DuplicateRule& rule) {
  if (a.hash == b.hash && a.hash != ContentHash{}) return true;
  const float gap = std::abs(a.facts.description.duration_s - b.facts.description.duration_s);
  if (!(gap <= rule.duration_s)) return false;
  if (a.embedding.size() != b.embedding.size()) {
    throw Error(ErrorCode::invalid_argument, "candidates have embeddings of different dimensions");
  }
  if (inner_product(a.embedding, b.embedding) < rule.similarity) return false;
  const std::string title = folded_text(a.facts.tags.title);
  const std::string other = folded_text(b.facts.tags.title);
  return title.empty() || other.empty() || title == other;
}

}  // namespace resonance::ranking
