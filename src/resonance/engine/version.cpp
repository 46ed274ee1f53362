#include "resonance/engine/version.h"

namespace resonance::engine {

std::string version() { return RESONANCE_VERSION; }

}  // namespace resonance::engine
