#include "resonance/embedding/log_mel_frames.h"

#include "resonance/core/mel_filters.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include <unsupported/Eigen/FFT>

namespace resonance::embedding {
namespace {

/// A filter's bins that are not zero.
struct Band {
  std::size_t first = 0;
  std::vector<float> weights;
};

std::vector<Band> bands_of(const Matrix& filters) {
  std::vector<Band> bands(filters.rows());
  for (std::size_t b = 0; b < bands.size(); ++b) {
    const auto row = filters.row(b);
    const auto used = [](float weight) { return weight != 0; };
    const auto first = std::find_if(row.begin(), row.end(), used);
    const auto last = std::find_if(row.rbegin(), row.rend(), used).base();
    bands[b].first = static_cast<std::size_t>(first - row.begin());
    if (first < last) bands[b].weights.assign(first, last);
  }
  return bands;
}

float logarithm(AudioContract::Log log, float power) {
  switch (log) {
    case AudioContract::Log::log10_10000_plus_1:
      return std::log10(10000 * power + 1);
    case AudioContract::Log::natural_plus_eps:
      return std::log(power + 1e-6F);
    case AudioContract::Log::decibel:
      return 10 * std::log10(std::max(power, 1e-10F));
    case AudioContract::Log::none:
      break;
  }
  return power;
}

}  // namespace

struct LogMelFrames::State {
  explicit State(const AudioContract& from)
      : contract(from),
        bands(bands_of(mel_filters(from.sample_rate_hz, from.fft, from.bands))),
        window(from.fft),
        windowed(from.fft),
        spectrum(from.fft / 2 + 1),
        samples(from.fft / 2) {  // zeros, so that frame 0 is centred on sample 0
    fft.SetFlag(Eigen::FFT<float>::HalfSpectrum);
    for (std::size_t i = 0; i < window.size(); ++i) {
      const double phase = 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(window.size());
      window[i] = static_cast<float>(0.5 - 0.5 * std::cos(phase));
    }
  }

  AudioContract contract;
  std::vector<Band> bands;
  std::vector<float> window;
  std::vector<float> windowed;
  std::vector<std::complex<float>> spectrum;
  std::vector<float> samples;  // from the first under the next frame's window on
  Eigen::FFT<float> fft;
};

LogMelFrames::LogMelFrames(const AudioContract& contract) : state_(std::make_unique<State>(contract)) {}
LogMelFrames::~LogMelFrames() = default;

std::vector<float> LogMelFrames::push(std::span<const float> samples) {
  state_->samples.insert(state_->samples.end(), samples.begin(), samples.end());
  return take_frames();
}

std::vector<float> LogMelFrames::finish() {
  state_->samples.resize(state_->samples.size() + state_->contract.fft / 2);
  return take_frames();
}

std::vector<float> LogMelFrames::take_frames() {
  State& state = *state_;
  std::vector<float> frames;
  std::size_t at = 0;
  for (; at + state.contract.fft <= state.samples.size(); at += state.contract.fft_hop) {
    for (std::size_t i = 0; i < state.contract.fft; ++i)
      state.windowed[i] = state.window[i] * state.samples[at + i];
    state.fft.fwd(state.spectrum.data(), state.windowed.data(),
                  static_cast<Eigen::Index>(state.contract.fft));
    for (const Band& band : state.bands) {
      float power = 0;
      for (std::size_t k = 0; k < band.weights.size(); ++k) {
        power += band.weights[k] * std::norm(state.spectrum[band.first + k]);
      }
      frames.push_back(logarithm(state.contract.log, power));
    }
  }
  const std::size_t done = std::min(at, state.samples.size());
  state.samples.erase(state.samples.begin(), state.samples.begin() + static_cast<std::ptrdiff_t>(done));
  return frames;
}

}  // namespace resonance::embedding
