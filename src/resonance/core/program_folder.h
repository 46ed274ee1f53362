#pragma once

#include <filesystem>

namespace resonance {

/// The folder of the running program's own file; empty where the system does not say. What is installed with
/// the program is found relative to it, so that a build folder works by itself and an installation may be
/// moved.
std::filesystem::path program_folder();

}  // namespace resonance
