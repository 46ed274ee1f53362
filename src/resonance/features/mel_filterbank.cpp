#include "resonance/features/mel_filterbank.h"

#include "resonance/core/feature_contract.h"
#include "resonance/core/mel_filters.h"

namespace resonance::features {

Matrix mel_weights() { return mel_filters(kSampleRateHz, kFftSize, kMelBands); }

std::vector<double> mel_centres_hz() { return resonance::mel_centres_hz(kSampleRateHz, kMelBands); }

}  // namespace resonance::features
