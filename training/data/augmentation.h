#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "training/data/crop.h"
#include "training/data/feature_set.h"
#include "training/data/random.h"

namespace resonance::training {

/// What may happen to a recording between the studio and a library, on features of T x 160 dB. Each change is
/// made with its probability; 0 turns it off.
struct AugmentationConfig {
  double gain = 0.8;    ///< probability
  double gain_db = 12;  ///< largest change of level
  double equaliser = 0.5;
  double equaliser_db = 6;  ///< largest bend of its curve
  double low_pass = 0.4;
  double low_pass_lowest_hz = 4000;
  double noise = 0.2;
  double noise_lowest_snr_db = 10;
  double codec = 0.3;
  double codec_range_db = 50;  ///< at the mildest; bands further below a frame's loudest may vanish
  double reverberation = 0.15;
  double time_stretch = 0.3;
  double time_stretch_range = 0.1;
  double pitch_shift = 0.3;
  double pitch_shift_semitones = 2;
  double spec_augment = 0.3;  ///< masks of bands and frames (Park et al. 2019)
};

/// No change at all.
AugmentationConfig no_augmentation();

/// Each of these changes rows of 160 bands in place.

/// Adds `db` everywhere.
void apply_gain(std::vector<float>& log_mel, float db);
/// Adds a curve over the bands, in dB. @param curve  160
void apply_equaliser(std::vector<float>& log_mel, const std::vector<float>& curve);
/// A smooth curve: half a cosine of 1 to 4 bends over the bands, each at most `db` in all.
std::vector<float> random_equaliser(double db, Random& random);
/// Bands above `cutoff_hz` fall by `slope_db` for each band (to the floor at the latest).
void apply_low_pass(std::vector<float>& log_mel, double cutoff_hz, double slope_db);
/// Adds noise of a constant spectrum in power: `level_db` in the bands from `first` up to `last`, each value
/// scattered as noise power is.
void apply_noise(std::vector<float>& log_mel, std::size_t first, std::size_t last, float level_db,
                 Random& random);
/// As a lossy codec does: in each frame a band more than `range_db` below the loudest one becomes the floor.
void apply_codec(std::vector<float>& log_mel, float range_db);
/// Each frame hears a decaying sum of those before: power p[t] += strength x tail[t - 1],
/// tail[t] = decay x (tail[t - 1] + p[t]).
void apply_reverberation(std::vector<float>& log_mel, float strength, float decay);
/// Moves the spectrum by `semitones`: a band takes the level of the band whose frequency becomes its own.
void apply_pitch_shift(std::vector<float>& log_mel, double semitones);
/// Turns each row of 24 bins by `bins`, up for positive ones.
void roll_chroma(std::vector<float>& chroma, int bins);
/// Sets up to two runs of bands and up to two runs of frames to the mean of all values.
void apply_spec_augment(std::vector<float>& log_mel, Random& random);

/// Centre frequency of each band, Hz. 160
const std::vector<double>& band_frequencies_hz();

/// A crop from `start` on, changed at random. Deterministic given the generator.
Crop augmented_crop(const Excerpt& excerpt, std::int64_t start, const CropShape& shape,
                    const AugmentationConfig& config, Random& random);

}  // namespace resonance::training
