#include "resonance/features/onset_strength.h"

#include "resonance/features/spectrum_kernels.h"

#include <utility>

namespace resonance::features {

std::vector<float> OnsetStrength::push(std::span<const float> mel_db) {
  std::vector<float> onsets;
  std::span<const float> last = last_;
  for (; !mel_db.empty(); mel_db = mel_db.subspan(kMelBands)) {
    const auto row = mel_db.first(kMelBands);
    onsets.push_back(std::exchange(pending_, last.empty() ? 0.0F : mean_rise(last, row)));
    last = row;
  }
  if (!onsets.empty()) last_ = AlignedFloats(last.begin(), last.end());
  return onsets;
}

}  // namespace resonance::features
