#pragma once

#include <string>

namespace resonance {

/// A shared library that is loaded when it is first needed, so that nobody else waits for it: looked for
/// beside the program (../lib), then where the system keeps libraries. It stays as long as the program. A
/// plain dlopen of the name would not do: the sanitizers' own dlopen looks beside their runtime, not beside
/// the program.
class SharedLibrary {
 public:
  explicit SharedLibrary(const char* name);

  [[nodiscard]] bool loaded() const { return handle_ != nullptr; }
  /// Why it is not loaded, in the loader's words.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// What the library calls `name`, or null if it has no such symbol. Requires that it is loaded.
  template <typename Function>
  [[nodiscard]] Function find(const char* name) const {
    return reinterpret_cast<Function>(symbol(name));
  }

 private:
  [[nodiscard]] void* symbol(const char* name) const;

  void* handle_;
  std::string problem_;
};

}  // namespace resonance
