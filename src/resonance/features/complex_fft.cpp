#include "resonance/features/complex_fft.h"

#include "resonance/core/error.h"
#include "resonance/core/shared_library.h"

#include <cassert>
#include <cstdint>
#include <string>

extern "C" {
#include <libavutil/tx.h>
#include <libavutil/version.h>
}

namespace resonance::features {
namespace {

/// The two functions of libavutil's transform. The library is loaded with the first of them: with it come two
/// dozen others, for pictures and screens, which a program that only searches need not start with.
struct Transforms {
  decltype(av_tx_init)* init;
  decltype(av_tx_uninit)* uninit;

  static const Transforms& get() {
    static const Transforms kTransforms = load();
    return kTransforms;
  }

 private:
  static Transforms load() {
    const SharedLibrary library(("libavutil.so." + std::to_string(LIBAVUTIL_VERSION_MAJOR)).c_str());
    if (!library.is_loaded()) {
      throw Error(ErrorCode::not_found, "cannot analyse audio: " + library.problem() +
                                            "; install FFmpeg's libraries (tools/setup build does)");
    }
    return {library.function<decltype(av_tx_init)>("av_tx_init"),
            library.function<decltype(av_tx_uninit)>("av_tx_uninit")};
  }
};

}  // namespace

struct ComplexFft::State {
  AVTXContext* context = nullptr;
  av_tx_fn function = nullptr;
  std::size_t size = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (context != nullptr) Transforms::get().uninit(&context);
  }
};

ComplexFft::ComplexFft(std::size_t size) : state_(std::make_unique<State>()) {
  const float scale = 1;
  const int result = Transforms::get().init(&state_->context, &state_->function, AV_TX_FLOAT_FFT, 0,
                                            static_cast<int>(size), &scale, 0);
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
