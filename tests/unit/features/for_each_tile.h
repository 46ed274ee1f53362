#pragma once

#include "resonance/features/hpss.h"
#include "resonance/features/stft.h"

#include <algorithm>
#include <functional>
#include <span>

namespace resonance::testing {

/// Visits the tiles of a signal, split by HPSS.
inline void for_each_tile(std::span<const float> samples,
                          const std::function<void(const features::HpssTile&)>& visit) {
  using features::Stft;
  Stft stft;
  features::Hpss hpss;
  const auto drain = [&] {
    while (const std::size_t frames = stft.next(hpss.input())) {
      if (const auto tile = hpss.accept(frames)) visit(*tile);
    }
  };
  for (std::size_t i = 0; i < samples.size(); i += Stft::kMaxPush) {
    stft.push(samples.subspan(i, std::min(Stft::kMaxPush, samples.size() - i)));
    drain();
  }
  stft.finish();
  drain();
  if (const auto tile = hpss.finish()) visit(*tile);
}

}  // namespace resonance::testing
