#include "resonance/features/complex_fft.h"

#include "resonance/core/error.h"

#include <cassert>
#include <cstdint>
#include <string>

extern "C" {
#include <libavutil/tx.h>
}

namespace resonance::features {

struct ComplexFft::State {
  AVTXContext* context = nullptr;
  av_tx_fn function = nullptr;
  std::size_t size = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { av_tx_uninit(&context); }
};

ComplexFft::ComplexFft(std::size_t size) : state_(std::make_unique<State>()) {
  const float scale = 1;
  const int result =
      av_tx_init(&state_->context, &state_->function, AV_TX_FLOAT_FFT, 0, static_cast<int>(size), &scale, 0);
  if (result < 0) {
    throw Error(ErrorCode::internal, "libavutil offers no FFT of " + std::to_string(size) + " points");
  }
  state_->size = size;
}

ComplexFft::~ComplexFft() = default;
ComplexFft::ComplexFft(ComplexFft&&) noexcept = default;
ComplexFft& ComplexFft::operator=(ComplexFft&&) noexcept = default;

void ComplexFft::transform(std::span<float> in, std::span<float> out) {
  assert(in.size() >= 2 * state_->size && out.size() >= 2 * state_->size);
  assert(reinterpret_cast<std::uintptr_t>(in.data()) % 64 == 0);
  assert(reinterpret_cast<std::uintptr_t>(out.data()) % 64 == 0);
  state_->function(state_->context, out.data(), in.data(), 2 * sizeof(float));
}

}  // namespace resonance::features
