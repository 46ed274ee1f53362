#include "resonance/core/shared_library.h"

#include "resonance/core/error.h"
#include "resonance/core/program_folder.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance {
namespace {

using ::testing::HasSubstr;

TEST(SharedLibrary, a_function_of_a_library_can_be_called) {
  const SharedLibrary library("libm.so.6");
  ASSERT_TRUE(library.is_loaded()) << library.problem();
  EXPECT_EQ(library.function<double(double)>("sqrt")(1764), 42);
}

TEST(ProgramFolder, holds_the_running_program) {
  EXPECT_TRUE(std::filesystem::exists(program_folder() / "test_core"));
}

TEST(SharedLibrary, one_beside_the_program_is_found_whoever_loads_it) {
  // CMake puts ONNX Runtime there. The sanitizers' dlopen() would look beside their own library.
  const SharedLibrary library("libonnxruntime.so.1");
  EXPECT_TRUE(library.is_loaded()) << library.problem();
}

TEST(SharedLibrary, one_that_is_missing_is_named) {
  const SharedLibrary library("libresonance-nowhere.so");
  EXPECT_FALSE(library.is_loaded());
  EXPECT_THAT(library.problem(), HasSubstr("libresonance-nowhere.so"));
}

TEST(SharedLibrary, one_that_lacks_the_function_is_of_another_version) {
  const SharedLibrary library("libm.so.6");
  try {
    (void)library.function<void()>("resonance_nothing");
    FAIL() << "it has no such function";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::version_mismatch);
    EXPECT_THAT(error.what(), HasSubstr("libm.so.6"));
    EXPECT_THAT(error.what(), HasSubstr("resonance_nothing"));
  }
}

}  // namespace
}  // namespace resonance
