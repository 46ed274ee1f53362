#pragma once

#include <string>

namespace resonance::engine {

/// Version of this build, e.g. "0.1.0".
std::string version();

}  // namespace resonance::engine
