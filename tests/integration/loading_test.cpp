// What the program is not linked with: which runs load it, and what happens where it is missing.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/library.h"
#include "support/signals.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kDecoding = "libresonance-decoding.so";

class LoadingTest : public LibraryTest {
 protected:
  LoadingTest() {
    write_library(music(), 1);
    (void)index(0, {"--model", "statistics"});
  }

  /// What the dynamic loader tells of a run, among what the program says itself.
  [[nodiscard]] std::string loaded_by(const std::vector<std::string>& arguments) const {
    const ProgramRun done = run(arguments, {.environment = {{"LD_DEBUG", "libs"}}});
    EXPECT_EQ(done.exit_status, 0) << done.errors;
    EXPECT_THAT(done.errors, HasSubstr("libsqlite3.so"));
    return done.errors;
  }

  /// The program alone, without the folder of its libraries.
  [[nodiscard]] RunOptions without_libraries() const {
    const fs::path alone = folder_ / "alone/bin/resonance";
    fs::create_directories(alone.parent_path());
    fs::copy_file(program_path(), alone);
    return {.program = alone};
  }
};

TEST_F(LoadingTest, a_search_by_track_loads_neither_a_decoder_nor_what_runs_models) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"query", "--track", "chord-1.wav"}, {"--help"}}) {
    EXPECT_THAT(loaded_by(arguments), AllOf(Not(HasSubstr(kDecoding)), Not(HasSubstr("libavutil")),
                                            Not(HasSubstr("libonnxruntime"))));
  }
}

TEST_F(LoadingTest, a_file_that_is_listened_to_loads_the_decoder) {
  EXPECT_THAT(loaded_by({"query", "--audio", "music/chord-1.wav"}),
              AllOf(HasSubstr(kDecoding), HasSubstr("libavcodec")));
  write_wav16(music("chord-2.wav"), chord_track(2));
  EXPECT_THAT(loaded_by({"index", "music"}), HasSubstr(kDecoding));
}

TEST_F(LoadingTest, where_the_decoder_is_missing_one_error_says_so_and_no_file_is_blamed) {
  const RunOptions alone = without_libraries();
  write_wav16(music("chord-2.wav"), chord_track(2));
  expect_refusal(run({"index", "music"}, alone), 3, {kDecoding, "make build"});
  expect_refusal(run({"query", "--audio", "music/chord-1.wav"}, alone), 3, {kDecoding, "make build"});
  expect_refusal(run({"embed", "music/chord-1.wav", "--model", "statistics", "--out", "vectors"}, alone), 3,
                 {kDecoding, "make build"});
  const auto report = index();
  EXPECT_EQ(report.at("analysed"), 1);
  EXPECT_THAT(report.at("failed"), SizeIs(0));
}

TEST_F(LoadingTest, where_the_decoder_is_missing_tracks_are_found_and_doctor_says_what_to_do) {
  const RunOptions alone = without_libraries();
  const ProgramRun asked = run({"query", "--track", "chord-1.wav", "--format", "json"}, alone);
  EXPECT_EQ(asked.exit_status, 0) << asked.errors;
  EXPECT_THAT(asked.json().at("results"), SizeIs(2));
  const ProgramRun doctor = run({"doctor"}, alone);
  EXPECT_EQ(doctor.exit_status, 1) << doctor.errors;
  EXPECT_THAT(doctor.output, AllOf(HasSubstr(kDecoding), HasSubstr("make build")));
}

}  // namespace
}  // namespace resonance::testing
