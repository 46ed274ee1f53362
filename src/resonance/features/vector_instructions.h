#pragma once

#include <string>

namespace resonance::features {

/// Name of the instruction set that the hot loops run on here, e.g. "AVX2"; for `doctor`.
std::string vector_instructions();

}  // namespace resonance::features
