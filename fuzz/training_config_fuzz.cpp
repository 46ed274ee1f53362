// Any text as a training config: refused, or values that can be written down and read again.
#include "resonance/core/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "training/trainer/training_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  training::TrainingConfig config;
  try {
    config = training::parse_training_config({reinterpret_cast<const char*>(data), size}, "the config");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) std::abort();
    return 0;
  }
  if (config.crop_shape().frames == 0) std::abort();
  training::TrainingConfig again;
  for (const auto& [key, value] : training::describe(config)) {
    const bool is_list = value.find('\n') != std::string::npos;  // --set-value has commas instead
    if (!is_list) training::set_config_value(again, key, value);
  }
  return 0;
}
