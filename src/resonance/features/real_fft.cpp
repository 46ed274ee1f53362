#include "resonance/features/real_fft.h"

#include "resonance/core/error.h"

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>

extern "C" {
#include <libavutil/tx.h>
}

namespace resonance::features {

struct RealFft::State {
  AVTXContext* context = nullptr;
  av_tx_fn function = nullptr;
  std::size_t in_floats = 0;
  std::size_t out_floats = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { av_tx_uninit(&context); }
};

RealFft::RealFft(std::size_t size, Direction direction) : state_(std::make_unique<State>()) {
  const bool inverse = direction == Direction::inverse;
  const float scale = 1;
  const int result = av_tx_init(&state_->context, &state_->function, AV_TX_FLOAT_RDFT, inverse ? 1 : 0,
                                static_cast<int>(size), &scale, 0);
  if (result < 0) {
    throw Error(ErrorCode::internal, "libavutil offers no real FFT of " + std::to_string(size) + " points");
  }
  state_->in_floats = inverse ? size + 2 : size;
  state_->out_floats = inverse ? size : size + 2;
}

RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

void RealFft::transform(std::span<float> in, std::span<float> out) {
  assert(in.size() >= state_->in_floats && out.size() >= state_->out_floats);
  assert(reinterpret_cast<std::uintptr_t>(in.data()) % 64 == 0);
  state_->function(state_->context, out.data(), in.data(), sizeof(float));
}

}  // namespace resonance::features
