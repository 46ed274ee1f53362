#include "resonance/features/vector_instructions.h"

#include <cstdint>

#include "hwy/targets.h"

namespace resonance::features {

std::string vector_instructions() {
  // Better targets have lower bits; the dispatcher takes the best that is both compiled in and supported.
  const auto usable = static_cast<std::int64_t>(hwy::SupportedTargets() & HWY_TARGETS);
  return hwy::TargetName(usable & -usable);
}

}  // namespace resonance::features
