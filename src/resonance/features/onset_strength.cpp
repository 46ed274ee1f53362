#include "resonance/features/onset_strength.h"

#include <algorithm>
#include <utility>

namespace resonance::features {

std::vector<float> OnsetStrength::push(std::span<const float> mel_db) {
  std::vector<float> onsets;
  onsets.reserve(mel_db.size() / kMelBands);
  for (; !mel_db.empty(); mel_db = mel_db.subspan(kMelBands)) {
    const auto row = mel_db.first(kMelBands);
    float rise = 0;
    if (!first_) {
      std::array<float, 16> sums{};  // independent sums, so that the loop vectorises
      for (std::size_t band = 0; band < row.size(); ++band)
        sums[band % 16] += std::max(0.0F, row[band] - last_[band]);
      for (const float sum : sums) rise += sum;
    }
    onsets.push_back(std::exchange(pending_, rise / kMelBands));
    std::ranges::copy(row, last_.begin());
    first_ = false;
  }
  return onsets;
}

}  // namespace resonance::features
