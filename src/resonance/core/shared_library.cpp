#include "resonance/core/shared_library.h"

#include "resonance/core/error.h"

#include <dlfcn.h>

namespace resonance {

// RTLD_NOW: a library that lacks something says so here, and not in the middle of its work.
SharedLibrary::SharedLibrary(const char* file) : file_(file), handle_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) problem_ = ::dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps one a thread
}

void* SharedLibrary::symbol(const char* name) const {
  void* const address = ::dlsym(handle_, name);
  if (address == nullptr) {
    throw Error(ErrorCode::version_mismatch,
                file_ + " has no " + name +
                    ": it is of another version than this program; run make build, or install it again");
  }
  return address;
}

}  // namespace resonance
