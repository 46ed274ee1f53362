#include "resonance/core/shared_library.h"

#include "resonance/core/program_folder.h"

#include <dlfcn.h>

namespace resonance {

SharedLibrary::SharedLibrary(const char* name) {
  const std::filesystem::path beside = program_folder() / "../lib" / name;
  std::error_code problem;
  const std::string file = std::filesystem::exists(beside, problem) ? beside.string() : name;
  handle_ = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) problem_ = ::dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps one a thread
}

void* SharedLibrary::symbol(const char* name) const { return ::dlsym(handle_, name); }

}  // namespace resonance
