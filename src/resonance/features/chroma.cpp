#include "resonance/features/chroma.h"

#include "resonance/features/chroma_filterbank.h"
#include "resonance/features/spectrum_kernels.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace resonance::features {
namespace {

constexpr std::size_t kTuningFrames = std::size_t{5} * 60 * kFramesPerSecond;
// A filter's Gaussian ends where it is this share of the largest weight of its bin: below a float's
// resolution.
constexpr float kNegligible = 1e-7F;
// librosa.util.normalize leaves frames below this as they are: zero, for all that a float can tell.
constexpr float kSilence = std::numeric_limits<float>::min() * kPowerScale;

}  // namespace

void Chroma::push(const HpssTile& tile) {
  if (filterbank_ && held_.empty()) return append(tile.harmonic, tile.frames);
  if (!filterbank_) tuning_.push(tile.harmonic, std::min(tile.frames, kTuningFrames - frames_));
  hold(tile);
  frames_ += tile.frames;
  if (frames_ >= kTuningFrames) settle_tuning();
}

void Chroma::finish() { settle_tuning(); }

void Chroma::reset() {
  tuning_.reset();
  filterbank_.reset();
  frames_ = 0;
  while (!held_.empty()) release_oldest();
  rows_.clear();
}

std::size_t Chroma::ready() const noexcept { return filterbank_ ? rows_.rows() + held_frames_ : 0; }

void Chroma::take(std::span<float> out) {
  while (rows_.rows() * kChromaBins < out.size()) {
    decode_positive(held_.front().power, harmonic_);
    append(harmonic_, held_.front().frames);
    release_oldest();
  }
  rows_.take(out);
}

void Chroma::hold(const HpssTile& tile) {
  if (free_.empty()) free_.emplace_back();
  held_.push_back(std::move(free_.back()));
  free_.pop_back();
  held_.back().frames = tile.frames;
  encode_positive(tile.harmonic, held_.back().power);
  held_frames_ += tile.frames;
}

void Chroma::release_oldest() {
  held_frames_ -= held_.front().frames;
  free_.push_back(std::move(held_.front()));
  held_.pop_front();
}

void Chroma::settle_tuning() {
  if (filterbank_) return;
  filterbank_.emplace(chroma_weights(tuning_.estimate()), kNegligible);
  tuning_.reset();
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
