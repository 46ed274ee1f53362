#include "resonance/ranking/calibration.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>

namespace resonance::ranking {
namespace {

struct Block {
  double scores = 0;  // sum
  double right = 0;
  double count = 0;

  [[nodiscard]] double share() const { return (right + 0.5) / (count + 1); }
  void take(const Block& other) {
    scores += other.scores;
    right += other.right;
    count += other.count;
  }
};

}  // namespace

Calibration::Calibration(std::span<const JudgedScore> judged) {
  std::vector<JudgedScore> sorted(judged.begin(), judged.end());
  for (const JudgedScore& one : sorted) {
    if (!std::isfinite(one.score)) {
      throw Error(ErrorCode::invalid_argument, "the score of a judgement is not a number");
    }
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const JudgedScore& a, const JudgedScore& b) { return a.score < b.score; });
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < sorted.size();) {
    Block block;  // equal scores cannot be told apart
    const double score = sorted[i].score;
    for (; i < sorted.size() && sorted[i].score == score; ++i) {
      block.take({score, sorted[i].right ? 1.0 : 0.0, 1});
    }
    while (!blocks.empty() && blocks.back().right * block.count >= block.right * blocks.back().count) {
      block.take(blocks.back());
      blocks.pop_back();
    }
    blocks.push_back(block);
  }
  // Counting one half more moves small pools towards a half, which may break the order again.
  std::vector<Block> pooled;
  for (Block block : blocks) {
    while (!pooled.empty() && pooled.back().share() >= block.share()) {
      block.take(pooled.back());
      pooled.pop_back();
    }
    pooled.push_back(block);
  }
  for (const Block& block : pooled) pools_.push_back({block.scores / block.count, block.share()});
}

double Calibration::worth(double score) const {
  if (pools_.empty()) return std::clamp(score, 0.0, 1.0);
  const auto above =
      std::find_if(pools_.begin(), pools_.end(), [&](const Pool& p) { return p.score >= score; });
  if (above == pools_.begin()) return above->worth;
  if (above == pools_.end()) return pools_.back().worth;
  const Pool& below = *(above - 1);
  const double share = (score - below.score) / (above->score - below.score);
  return below.worth + share * (above->worth - below.worth);
}

}  // namespace resonance::ranking
