#pragma once

#include <string>

namespace resonance {

/// A shared library that the program is not linked with, because most runs never need it: loaded when the
/// object is made, and never unloaded, since what it does at its end or on its threads is its own affair.
/// Looked for where the program's own libraries are (../lib beside it), then where the system keeps them.
class SharedLibrary {
 public:
  /// @param file  a name like "libm.so.6", without a folder
  explicit SharedLibrary(const char* file);

  [[nodiscard]] bool is_loaded() const noexcept { return handle_ != nullptr; }
  /// Why it is not loaded, in the loader's words, which name what is missing: this library or one that it
  /// needs.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  /// @param name  of an `extern "C"` function of the type `Function`, which nobody checks
  /// @throws Error(version_mismatch) if the library, which is loaded, has none
  template <typename Function>
  [[nodiscard]] Function* function(const char* name) const {
    return reinterpret_cast<Function*>(symbol(name));
  }

 private:
  [[nodiscard]] void* symbol(const char* name) const;

  std::string file_;
  std::string problem_;
  void* handle_;
};

}  // namespace resonance
