#include "resonance/core/program_folder.h"

namespace resonance {

std::filesystem::path program_folder() {
  std::error_code problem;
  return std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
}

}  // namespace resonance
