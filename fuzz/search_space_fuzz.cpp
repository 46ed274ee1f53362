// Any text as a search space: refused, or parameters whose ends are what a config can hold.
#include "resonance/core/error.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "training/search/search_space.h"
#include "training/trainer/training_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  try {
    const auto space =
        training::parse_search_space({reinterpret_cast<const char*>(data), size}, "the search space");
    for (const training::SearchParameter& parameter : space) {
      if (parameter.kind == training::SearchParameter::Kind::choice) {
        if (parameter.choices.empty()) std::abort();
        continue;
      }
      const double middle = training::from_unit(parameter, 0.5);
      if (!(middle >= parameter.low && middle <= parameter.high)) std::abort();
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) std::abort();
  }
  return 0;
}
