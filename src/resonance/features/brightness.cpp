#include "resonance/features/brightness.h"

#include "resonance/core/feature_contract.h"
#include "resonance/features/mel_filterbank.h"

#include <bit>
#include <numeric>
#include <vector>

namespace resonance::features {
namespace {

constexpr float kSilentPower = 1e-3F;  // -30 dB
constexpr std::size_t kLanes = 8;      // sums side by side, so that none waits for another
static_assert(kMelBands % kLanes == 0);

// 2^x: adding 1.5 * 2^23 rounds x to a whole number that then stands in the lowest bits; a polynomial
// (Taylor, on
// [-0.5, 0.5]) for the rest.
inline float approximate_power(float db) noexcept {
  constexpr float kOctavesPerDb = 0.332192809F;
  constexpr float kRounder = 12582912.0F;
  const float octaves = db * kOctavesPerDb;
  const float rounded = octaves + kRounder;
  const float rest = octaves - (rounded - kRounder);
  const float mantissa =
      1 + rest * (0.693147181F +
                  rest * (0.240226507F +
                          rest * (0.0555041087F + rest * (0.00961812911F + rest * 0.00133335581F))));
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(rounded) << 23;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(mantissa) + exponent);
}

}  // namespace

float power_of_db(float db) noexcept { return approximate_power(db); }

Brightness::Brightness() {
  const std::vector<double> centres = mel_centres_hz();
  for (std::size_t band = 0; band < kMelBands; ++band) centre_hz_[band] = static_cast<float>(centres[band]);
}

void Brightness::push(const Matrix& log_mel) {
  for (std::size_t frame = 0; frame < log_mel.rows(); ++frame) {
    const std::span<const float> db = log_mel.row(frame);
    std::array<float, kLanes> power{};
    std::array<float, kLanes> weighted{};
    for (std::size_t band = 0; band < kMelBands; band += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const float x = approximate_power(db[band + lane]);
        power[lane] += x;
        weighted[lane] += x * centre_hz_[band + lane];
      }
    }
    const float total = std::accumulate(power.begin(), power.end(), 0.0F);
    if (!(total > kSilentPower)) continue;
    sum_hz_ += std::accumulate(weighted.begin(), weighted.end(), 0.0F) / total;
    ++frames_;
  }
}

float Brightness::mean_hz() const noexcept {
  return frames_ == 0 ? 0 : static_cast<float>(sum_hz_ / static_cast<double>(frames_));
}

}  // namespace resonance::features
