#include "resonance/catalog/track_filter.h"
#include "resonance/core/error.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

/// Whatever the conditions are, one a line, parsing ends in an Error or in a filter whose ranges are finite
/// and the right way round.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace resonance;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  std::vector<std::string> conditions;
  for (std::string line; std::getline(lines, line);) conditions.push_back(line);
  const auto check = [](const catalog::NumberRange& range) {
    if (range.least && !std::isfinite(*range.least)) std::abort();
    if (range.most && !std::isfinite(*range.most)) std::abort();
    if (range.least && range.most && *range.least > *range.most) std::abort();
  };
  try {
    const catalog::TrackFilter filter = catalog::parse_filter(conditions);
    for (const auto& range : filter.years) check(range);
    for (const auto& range : filter.durations_s) check(range);
    for (const auto& tempo : filter.tempos) check(tempo.bpm);
    for (const MusicalKey& key : filter.keys) {
      if (key.tonic < 0 || key.tonic > 11) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
