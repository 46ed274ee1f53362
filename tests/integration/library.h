#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "integration/program_run.h"
#include "support/temporary_directory.h"

namespace resonance::testing {

// Short tracks of three kinds that nobody would confuse; `variant` makes each another recording.
std::vector<float> chord_track(int variant, double duration_s = 4);
std::vector<float> drum_track(int variant, double duration_s = 4);
std::vector<float> noise_track(int variant, double duration_s = 4);

/// Writes chord-1.wav, drum-1.wav, noise-1.wav and so on: `per_kind` of each.
void write_library(const std::filesystem::path& folder, int per_kind = 4, double duration_s = 4);
/// "chord" of "/music/chord-1.wav"
std::string kind_of(const std::string& path);

void write_text(const std::filesystem::path& path, std::string_view text);
std::string read_text(const std::filesystem::path& path);
/// Turns over one bit in each of `count` bytes at fixed pseudo-random places from byte `first` on.
void flip_bits(const std::filesystem::path& path, std::size_t count, std::size_t first = 0);
/// Keeps the first `share` of a file.
void truncate_to(const std::filesystem::path& path, double share);
/// A 16-bit WAV of silence that takes no room on the disk.
void write_sparse_wav(const std::filesystem::path& path, double duration_s, int sample_rate_hz);

/// A folder with a library in `music` and a catalog in `catalog`, which is also where the program runs.
class LibraryTest : public ::testing::Test {
 protected:
  LibraryTest();

  [[nodiscard]] std::filesystem::path music(const std::filesystem::path& name = {}) const {
    return name.empty() ? folder_ / "music" : folder_ / "music" / name;
  }
  [[nodiscard]] std::filesystem::path catalog(const std::filesystem::path& name = {}) const {
    return name.empty() ? folder_ / "catalog" : folder_ / "catalog" / name;
  }

  /// Runs the program in the folder.
  [[nodiscard]] ProgramRun run(const std::vector<std::string>& arguments, RunOptions options = {}) const;
  /// Runs it with `--format json`, expects `exit_status`, and gives the answer.
  [[nodiscard]] nlohmann::json answer(std::vector<std::string> arguments, int exit_status = 0) const;
  /// `index music --jobs 1 --quiet`: one thread, so that two catalogs of one library are the same to the bit.
  nlohmann::json index(int exit_status = 0, const std::vector<std::string>& more = {}) const;
  /// Paths of the results, best first.
  [[nodiscard]] std::vector<std::string> results_of(const std::vector<std::string>& query) const;
  /// The same for every track of the catalog, scores and reasons included.
  [[nodiscard]] std::vector<nlohmann::json> all_answers() const;
  /// Expects a run that fails with `exit_status` and says each of `words` on standard error.
  void expect_refusal(const ProgramRun& run, int exit_status, const std::vector<std::string>& words) const;

  TemporaryDirectory folder_;
};

/// File names (not paths) among `items[...]["path"]`.
std::set<std::string> names_in(const nlohmann::json& items);

}  // namespace resonance::testing
