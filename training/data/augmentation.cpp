#include "training/data/augmentation.h"

#include "resonance/core/feature_contract.h"
#include "resonance/features/mel_filterbank.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

#include "training/data/feature_encoding.h"

namespace resonance::training {
namespace {

constexpr std::size_t kBands = kMelBands;

std::size_t rows_of(const std::vector<float>& log_mel) { return log_mel.size() / kBands; }

/// 10 log10 and back, by way of the natural logarithm, which compilers have in vectors.
constexpr float kDbPerNeper = 4.342944819F;
float power_of(float db) { return std::exp(db / kDbPerNeper); }
float db_of(float power) { return kDbPerNeper * std::log(std::max(power, 1e-10F)); }

std::size_t band_of(double frequency_hz) {
  const auto& centres = band_frequencies_hz();
  return static_cast<std::size_t>(std::lower_bound(centres.begin(), centres.end(), frequency_hz) -
                                  centres.begin());
}

double log_uniform(double low, double high, Random& random) {
  return low * std::pow(high / low, random.uniform());
}

float mean_level(const std::vector<float>& log_mel) {
  double sum = 0;
  for (const float value : log_mel) sum += value;
  return static_cast<float>(sum / static_cast<double>(std::max<std::size_t>(1, log_mel.size())));
}

float mean_power_db(const std::vector<float>& log_mel, std::size_t first, std::size_t last) {
  double sum = 0;
  for (std::size_t row = 0; row < rows_of(log_mel); ++row) {
    for (std::size_t band = first; band < last; ++band) sum += power_of(log_mel[row * kBands + band]);
  }
  return db_of(static_cast<float>(
      sum / static_cast<double>(std::max<std::size_t>(1, rows_of(log_mel) * (last - first)))));
}

void add_random_noise(std::vector<float>& log_mel, const AugmentationConfig& config, Random& random) {
  std::size_t first = random.below(kBands);
  std::size_t last = random.below(kBands);
  if (first > last) std::swap(first, last);
  if (random.chance(0.5) || last - first < 8) {  // half of all noise is broad
    first = 0;
    last = kBands;
  }
  const double snr_db = random.uniform(config.noise_lowest_snr_db, config.noise_lowest_snr_db + 25);
  apply_noise(log_mel, first, last, mean_power_db(log_mel, first, last) - static_cast<float>(snr_db), random);
}

}  // namespace

AugmentationConfig no_augmentation() {
  AugmentationConfig config;
  for (double* probability :
       {&config.gain, &config.equaliser, &config.low_pass, &config.noise, &config.codec,
        &config.reverberation, &config.time_stretch, &config.pitch_shift, &config.spec_augment}) {
    *probability = 0;
  }
  return config;
}

const std::vector<double>& band_frequencies_hz() {
  static const std::vector<double> kCentres = features::mel_centres_hz();
  return kCentres;
}

void apply_gain(std::vector<float>& log_mel, float db) {
  for (float& value : log_mel) value += db;
}

void apply_equaliser(std::vector<float>& log_mel, const std::vector<float>& curve) {
  assert(curve.size() == kBands);
  for (std::size_t row = 0; row < rows_of(log_mel); ++row) {
    for (std::size_t band = 0; band < kBands; ++band) log_mel[row * kBands + band] += curve[band];
  }
}

std::vector<float> random_equaliser(double db, Random& random) {
  std::vector<float> curve(kBands, 0.0F);
  constexpr int kBends = 4;
  for (int bends = 1; bends <= kBends; ++bends) {
    const double height = random.uniform(-db, db) / kBends * 1.5;
    const double phase = random.uniform(0, std::numbers::pi);
    for (std::size_t band = 0; band < kBands; ++band) {
      const double place = static_cast<double>(band) / kBands;
      curve[band] += static_cast<float>(height * std::cos(std::numbers::pi * bends * place + phase));
    }
  }
  for (float& value : curve) value = std::clamp(value, static_cast<float>(-db), static_cast<float>(db));
  return curve;
}

void apply_low_pass(std::vector<float>& log_mel, double cutoff_hz, double slope_db) {
  const std::size_t first = band_of(cutoff_hz);
  for (std::size_t row = 0; row < rows_of(log_mel); ++row) {
    for (std::size_t band = first; band < kBands; ++band) {
      float& value = log_mel[row * kBands + band];
      value = std::max(kLogMelFloorDb,
                       value - static_cast<float>(slope_db) * static_cast<float>(band - first + 1));
    }
  }
}

void apply_noise(std::vector<float>& log_mel, std::size_t first, std::size_t last, float level_db,
                 Random& random) {
  const float level = power_of(level_db);
  for (std::size_t row = 0; row < rows_of(log_mel); ++row) {
    for (std::size_t band = first; band < last; ++band) {
      float& value = log_mel[row * kBands + band];
      const auto scatter = static_cast<float>(0.5 + random.uniform());  // a band averages many bins
      value = db_of(power_of(value) + level * scatter);
    }
  }
}

void apply_codec(std::vector<float>& log_mel, float range_db) {
  for (std::size_t row = 0; row < rows_of(log_mel); ++row) {
    float* values = log_mel.data() + row * kBands;
    const float least = *std::max_element(values, values + kBands) - range_db;
    for (std::size_t band = 0; band < kBands; ++band) {
      if (values[band] < least) values[band] = kLogMelFloorDb;
    }
  }
}

void apply_reverberation(std::vector<float>& log_mel, float strength, float decay) {
  std::vector<float> tail(kBands, 0.0F);
  for (std::size_t row = 0; row < rows_of(log_mel); ++row) {
    for (std::size_t band = 0; band < kBands; ++band) {
      float& value = log_mel[row * kBands + band];
      const float power = power_of(value);
      value = db_of(power + strength * tail[band]);
      tail[band] = decay * (tail[band] + power);
    }
  }
}

void apply_pitch_shift(std::vector<float>& log_mel, double semitones) {
  const auto& centres = band_frequencies_hz();
  const double ratio = std::pow(2.0, -semitones / 12);
  struct Source {
    std::size_t band;
    float share;
  };
  std::vector<Source> sources;
  for (std::size_t band = 0; band < kBands; ++band) {
    const double frequency = centres[band] * ratio;
    const std::size_t above = std::clamp<std::size_t>(band_of(frequency), 1, kBands - 1);
    const double width = centres[above] - centres[above - 1];
    const double share = std::clamp((frequency - centres[above - 1]) / width, 0.0, 1.0);
    sources.push_back({above - 1, static_cast<float>(share)});
  }
  std::vector<float> moved(kBands);
  for (std::size_t row = 0; row < rows_of(log_mel); ++row) {
    float* values = log_mel.data() + row * kBands;
    for (std::size_t band = 0; band < kBands; ++band) {
      const Source& source = sources[band];
      moved[band] = values[source.band] + source.share * (values[source.band + 1] - values[source.band]);
    }
    std::copy(moved.begin(), moved.end(), values);
  }
}

void roll_chroma(std::vector<float>& chroma, int bins) {
  const int turn = ((bins % kChromaBins) + kChromaBins) % kChromaBins;
  for (auto row = chroma.begin(); row != chroma.end(); row += kChromaBins) {
    std::rotate(row, row + (kChromaBins - turn) % kChromaBins, row + kChromaBins);
  }
}

void apply_spec_augment(std::vector<float>& log_mel, Random& random) {
  const std::size_t rows = rows_of(log_mel);
  const float level = mean_level(log_mel);
  const std::size_t band_masks = 1 + random.below(2);
  for (std::size_t i = 0; i < band_masks; ++i) {
    const std::size_t width = random.below(kBands / 8);
    const std::size_t first = random.below(kBands - width);
    for (std::size_t row = 0; row < rows; ++row) {
      std::fill_n(log_mel.begin() + static_cast<std::ptrdiff_t>(row * kBands + first), width, level);
    }
  }
  const std::size_t frame_masks = 1 + random.below(2);
  for (std::size_t i = 0; i < frame_masks; ++i) {
    const std::size_t width = random.below(rows / 8 + 1);
    const std::size_t first = random.below(rows - width);
    std::fill_n(log_mel.begin() + static_cast<std::ptrdiff_t>(first * kBands), width * kBands, level);
  }
}

Crop augmented_crop(const Excerpt& excerpt, std::int64_t start, const CropShape& shape,
                    const AugmentationConfig& config, Random& random) {
  double speed = 1;
  if (random.chance(config.time_stretch)) {
    speed += random.uniform(-config.time_stretch_range, config.time_stretch_range);
  }
  Crop crop = finish_crop(cut_crop(excerpt, start, shape, speed), shape, speed);
  std::vector<float>& log_mel = crop.log_mel;
  if (random.chance(config.pitch_shift)) {
    // Half semitones, a bin of the chroma.
    const auto bins = static_cast<int>(
        std::lround(random.uniform(-2 * config.pitch_shift_semitones, 2 * config.pitch_shift_semitones)));
    apply_pitch_shift(log_mel, bins / 2.0);
    roll_chroma(crop.chroma, bins);
  }
  if (random.chance(config.reverberation)) {
    // The decay of power by 60 dB in 0.2 to 0.8 s.
    const double seconds = random.uniform(0.2, 0.8);
    const double decay = std::pow(10.0, -6.0 / (seconds * kFramesPerSecond));
    apply_reverberation(log_mel, static_cast<float>(random.uniform(0.05, 0.4)), static_cast<float>(decay));
  }
  if (random.chance(config.equaliser))
    apply_equaliser(log_mel, random_equaliser(config.equaliser_db, random));
  if (random.chance(config.noise)) add_random_noise(log_mel, config, random);
  if (random.chance(config.low_pass)) {
    apply_low_pass(log_mel, log_uniform(config.low_pass_lowest_hz, 20000, random), random.uniform(3, 20));
  }
  if (random.chance(config.codec)) {
    apply_codec(log_mel,
                static_cast<float>(random.uniform(config.codec_range_db, config.codec_range_db + 25)));
  }
  if (random.chance(config.gain)) {
    apply_gain(log_mel, static_cast<float>(random.uniform(-config.gain_db, config.gain_db)));
  }
  if (random.chance(config.spec_augment)) apply_spec_augment(log_mel, random);
  return crop;
}

}  // namespace resonance::training
