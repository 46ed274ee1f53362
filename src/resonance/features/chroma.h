#pragma once

#include "resonance/features/filterbank.h"
#include "resonance/features/hpss.h"
#include "resonance/features/row_queue.h"
#include "resonance/features/tuning.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace resonance::features {

/// Chroma of a stream of harmonic power (librosa.feature.chroma_stft(S=power, n_chroma=24, tuning=...)), the
/// tuning being that of its first five minutes. Until those are in, the power is held as 16-bit floats (31 MB
/// at most). Not thread-safe.
class Chroma {
 public:
  void push(const HpssTile& tile);
  void finish();
  /// Ready for another track; keeps the memory.
  void reset();

  /// Frames that take() can give.
  [[nodiscard]] std::size_t ready() const noexcept;
  /// @param out  any number of rows of kChromaBins, at most ready()
  void take(std::span<float> out);

 private:
  struct HeldTile {
    std::size_t frames = 0;
    AlignedVector<std::uint16_t> power = AlignedVector<std::uint16_t>(kTileSize);
  };

  void hold(const HpssTile& tile);
  void release_oldest();
  void settle_tuning();
  void append(std::span<const float> harmonic, std::size_t frames);

  TuningEstimator tuning_;
  std::optional<Filterbank> filterbank_;
  std::size_t frames_ = 0;  // pushed while the tuning was not settled
  std::deque<HeldTile> held_;
  std::vector<HeldTile> free_;
  std::size_t held_frames_ = 0;
  RowQueue rows_{kChromaBins};
  AlignedFloats harmonic_ = AlignedFloats(kTileSize);
};

}  // namespace resonance::features
