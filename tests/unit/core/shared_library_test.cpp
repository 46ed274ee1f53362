#include "resonance/core/shared_library.h"

#include "resonance/core/program_folder.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace resonance {
namespace {

TEST(ProgramFolder, holds_the_running_program) {
  EXPECT_TRUE(std::filesystem::exists(program_folder() / "test_core"));
}

TEST(SharedLibrary, of_the_system_is_found_by_its_name) {
  const SharedLibrary library("libm.so.6");
  ASSERT_TRUE(library.loaded()) << library.problem();
  const auto cube_root = library.find<double (*)(double)>("cbrt");
  ASSERT_NE(cube_root, nullptr);
  EXPECT_DOUBLE_EQ(cube_root(27.0), 3.0);
  EXPECT_EQ(library.find<void (*)()>("no_such_function"), nullptr);
}

TEST(SharedLibrary, beside_the_program_is_found_under_any_loader) {
  // CMake puts ONNX Runtime there. Under the sanitizers, dlopen by name does not look beside the program.
  const SharedLibrary library("libonnxruntime.so.1");
  ASSERT_TRUE(library.loaded()) << library.problem();
  EXPECT_NE(library.find<void (*)()>("OrtGetApiBase"), nullptr);
}

TEST(SharedLibrary, that_is_nowhere_says_its_name) {
  const SharedLibrary library("libno-such-thing.so.7");
  EXPECT_FALSE(library.loaded());
  EXPECT_NE(library.problem().find("libno-such-thing.so.7"), std::string::npos) << library.problem();
}

}  // namespace
}  // namespace resonance
