// The masks of Hpss, which the program itself never shows: for benchmarks/quality/librosa_agreement.py.
//
// usage: hpss_masks IN.npy HARMONIC.npy PERCUSSIVE.npy
//
// IN is float32: samples (one axis; 44.1 kHz, mono), or magnitudes (T x 1025), which tell what HPSS does from
// what the spectrum before it does. Masks are T x 1025; one of a bin without power is not a number.
#include "resonance/core/error.h"
#include "resonance/core/npy.h"
#include "resonance/features/hpss.h"
#include "resonance/features/stft.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <span>
#include <vector>

namespace {

using namespace resonance;
using namespace resonance::features;

struct Masks {
  std::vector<float> harmonic;
  std::vector<float> percussive;

  void append(const HpssTile& tile) {
    for (std::size_t frame = 0; frame < tile.frames; ++frame) {
      for (std::size_t i = frame; i < kBins * kTileFrames; i += kTileFrames) {
        harmonic.push_back(std::sqrt(tile.harmonic[i] / tile.power[i]));
        percussive.push_back(std::sqrt(tile.percussive[i] / tile.power[i]));
      }
    }
  }
};

Masks of_samples(std::span<const float> samples) {
  Masks masks;
  Stft stft;
  Hpss hpss;
  const auto drain = [&] {
    while (const std::size_t frames = stft.next(hpss.input())) {
      if (const auto tile = hpss.accept(frames)) masks.append(*tile);
    }
  };
  for (; !samples.empty(); samples = samples.subspan(std::min(samples.size(), Stft::kMaxPush))) {
    stft.push(samples.first(std::min(samples.size(), Stft::kMaxPush)));
    drain();
  }
  stft.finish();
  drain();
  if (const auto tile = hpss.finish()) masks.append(*tile);
  return masks;
}

Masks of_magnitudes(std::span<const float> magnitudes) {
  Masks masks;
  Hpss hpss;
  while (!magnitudes.empty()) {
    const std::size_t frames = std::min(magnitudes.size() / kBins, kTileFrames);
    for (std::size_t frame = 0; frame < frames; ++frame) {
      std::ranges::transform(magnitudes.subspan(frame * kBins, kBins),
                             hpss.input().subspan(frame * kRowStride).begin(),
                             [](float magnitude) { return magnitude * magnitude * kPowerScale; });
    }
    if (const auto tile = hpss.accept(frames)) masks.append(*tile);
    magnitudes = magnitudes.subspan(frames * kBins);
  }
  if (const auto tile = hpss.finish()) masks.append(*tile);
  return masks;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: hpss_masks IN.npy HARMONIC.npy PERCUSSIVE.npy\n";
    return 2;
  }
  try {
    const NpyFile in(arguments[1]);
    if (in.cols() != 1 && in.cols() != kBins) {
      std::cerr << arguments[1] << " is neither samples nor magnitudes of " << kBins << " bins\n";
      return 2;
    }
    const Masks masks = in.cols() == 1 ? of_samples(in.floats()) : of_magnitudes(in.floats());
    const std::size_t frames = masks.harmonic.size() / kBins;
    write_npy(arguments[2], masks.harmonic, frames, kBins);
    write_npy(arguments[3], masks.percussive, frames, kBins);
  } catch (const Error& error) {
    std::cerr << "hpss_masks: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
