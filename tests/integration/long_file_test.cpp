// A long file passes through the memory of a short one.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "integration/library.h"

namespace resonance::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

class LongFileTest : public LibraryTest {
 protected:
  /// Peak memory of an index run over `files` files of `duration_s`, two at a time, each into a new catalog.
  [[nodiscard]] std::size_t peak_memory(int files, double duration_s,
                                        const std::vector<std::string>& more = {}) const {
    const fs::path place = folder_ / ("long-" + std::to_string(duration_s));
    fs::create_directories(place);
    for (int i = 0; i < files; ++i) write_long(place / (std::to_string(i) + ".wav"), duration_s);
    std::vector<std::string> arguments{"index", place.string(), "--jobs",
                                       "2",     "--catalog",    place.string() + ".catalog"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramRun done = run(arguments, {.timeout = std::chrono::hours(2)});
    EXPECT_EQ(done.exit_status, 0) << done.errors;
    return done.peak_rss_bytes;
  }

 private:
  /// Mostly silence, with a beat and a chord now and then: nothing that a shortcut for silence could hide.
  static void write_long(const fs::path& path, double duration_s) {
    write_sparse_wav(path, duration_s, 8000);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    std::string burst;
    for (int i = 0; i < 8000; ++i) {
      const int value = (i * i / 7 % 20'000 - 10'000) * (8000 - i) / 8000;
      burst.push_back(static_cast<char>(value & 0xff));
      burst.push_back(static_cast<char>(value >> 8 & 0xff));
    }
    for (double at_s = 0; at_s + 2 < duration_s; at_s += 31) {
      file.seekp(44 + static_cast<std::streamoff>(at_s) * 16'000);
      file << burst;
    }
  }
};

TEST_F(LongFileTest, an_hour_costs_the_memory_of_minutes) {
  const std::size_t minutes = peak_memory(2, 4 * 60);
  const std::size_t hour = peak_memory(1, 3600);
  EXPECT_LT(minutes, 400 * kMegabyte);
  EXPECT_LT(hour, minutes + 40 * kMegabyte);
  RecordProperty("minutes_mib", static_cast<int>(minutes / kMegabyte));
  RecordProperty("hour_mib", static_cast<int>(hour / kMegabyte));
}

TEST_F(LongFileTest, the_segments_of_an_hour_cost_the_memory_of_those_of_minutes) {
  const std::size_t minutes = peak_memory(1, 4 * 60, {"--segments"});
  const std::size_t hour = peak_memory(1, 3600, {"--segments"});
  // The spaces are fitted on 4,000 segments at most: of an hour on 896, 9 kB each.
  EXPECT_LT(hour, minutes + 60 * kMegabyte);
  RecordProperty("hour_mib", static_cast<int>(hour / kMegabyte));
}

#ifdef RESONANCE_SOAK
TEST_F(LongFileTest, ten_hours_cost_the_memory_of_minutes) {
  const std::size_t minutes = peak_memory(2, 4 * 60);
  const std::size_t ten_hours = peak_memory(2, 10 * 3600);
  EXPECT_LT(ten_hours, 400 * kMegabyte);
  // The onset strength of the whole track is kept for its tempo: 4 bytes a frame, and as many for each step
  // after.
  EXPECT_LT(ten_hours, minutes + 100 * kMegabyte);
  RecordProperty("minutes_mib", static_cast<int>(minutes / kMegabyte));
  RecordProperty("ten_hours_mib", static_cast<int>(ten_hours / kMegabyte));
}
#endif

}  // namespace
}  // namespace resonance::testing
