#include "resonance/features/chroma.h"

#include "resonance/features/chroma_filterbank.h"
#include "resonance/features/spectrum_kernels.h"

#include <algorithm>
#include <limits>

namespace resonance::features {
namespace {

constexpr std::int64_t kTuningFrames = std::int64_t{5} * 60 * kFramesPerSecond;
// A filter's Gaussian ends where it is this share of the largest weight of its bin: below a float's
// resolution.
constexpr float kNegligible = 1e-7F;
// librosa.util.normalize leaves frames below this as they are: zero, for all that a float can tell.
constexpr float kSilence = std::numeric_limits<float>::min() * kPowerScale;

}  // namespace

void Chroma::push(const HpssTile& tile) {
  if (filterbank_) {
    if (held_.empty()) return append(tile.harmonic, tile.frames);
  } else {
    const auto left = static_cast<std::size_t>(kTuningFrames - frames_);
    tuning_.push(tile.harmonic, std::min(tile.frames, left));
  }
  HeldTile held{.frames = tile.frames, .power = AlignedVector<std::uint16_t>(kTileSize)};
  encode_positive(tile.harmonic, held.power);
  held_.push_back(std::move(held));
  held_frames_ += tile.frames;
  frames_ += static_cast<std::int64_t>(tile.frames);
  if (frames_ >= kTuningFrames) settle_tuning();
}

void Chroma::finish() { settle_tuning(); }

void Chroma::settle_tuning() {
  if (filterbank_) return;
  filterbank_.emplace(chroma_weights(tuning_.estimate()), kNegligible);
  tuning_ = {};
}

std::size_t Chroma::ready() const noexcept { return filterbank_ ? rows_.rows() + held_frames_ : 0; }

void Chroma::take(std::span<float> out) {
  AlignedFloats harmonic(kTileSize);
  while (rows_.rows() * kChromaBins < out.size()) {
    decode_positive(held_.front().power, harmonic);
    append(harmonic, held_.front().frames);
    held_frames_ -= held_.front().frames;
    held_.pop_front();
  }
  rows_.take(out);
}

void Chroma::append(std::span<const float> harmonic, std::size_t frames) {
  AlignedFloats chroma(kChromaBins * kTileFrames);
  AlignedFloats rows(chroma.size());
  filterbank_->apply(harmonic, chroma);
  transpose_to_frame_rows(chroma, kChromaBins, rows);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const auto row = std::span(rows).subspan(frame * kChromaBins, kChromaBins);
    const float loudest = std::ranges::max(row);
    const float gain = loudest < kSilence ? 0 : 1 / loudest;
    for (float& value : row) value *= gain;
  }
  rows_.push(std::span(rows).first(frames * kChromaBins));
}

}  // namespace resonance::features
