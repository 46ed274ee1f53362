#include "resonance/index/factory_presets.h"

#include "resonance/core/error.h"

#include <algorithm>
#include <cmath>

namespace resonance::index {
namespace {

constexpr std::size_t kPointsPerCentroid = 39;

FactoryPreset inverted(std::size_t lists, const std::string& code) {
  const auto probes = static_cast<std::size_t>(std::lround(std::pow(static_cast<double>(lists), 0.3)));
  const bool refined = code.find("RFlat") != std::string::npos;
  return {.factory = "IVF" + std::to_string(lists) + "," + code,
          .nprobe = std::max<std::size_t>(1, probes),
          .k_factor = refined ? 8.0 : 1.0};
}

}  // namespace

FactoryPreset ivf_by_training(std::size_t rows, const std::string& code) {
  return inverted(std::max<std::size_t>(1, rows / kPointsPerCentroid), code);
}

FactoryPreset ivf_by_square_root(std::size_t rows, double factor, const std::string& code) {
  if (!(factor > 0) || !std::isfinite(factor)) {
    throw Error(ErrorCode::invalid_argument, "the factor of sqrt(N) lists must be positive");
  }
  const double lists = std::min(factor * std::sqrt(static_cast<double>(rows)), static_cast<double>(rows));
  return inverted(std::max<std::size_t>(1, static_cast<std::size_t>(lists)), code);
}

FactoryPreset fast_scan(std::size_t rows, std::size_t dimensions) {
  const std::size_t lists = std::clamp<std::size_t>(rows / kPointsPerCentroid, 1, 1024);
  std::size_t width = 4;
  while (dimensions % width != 0) --width;
  return inverted(lists, "PQ" + std::to_string(dimensions / width) + "x4fs,RFlat");
}

FactoryPreset hnsw() { return {.factory = "HNSW32", .ef_search = 64}; }

}  // namespace resonance::index
