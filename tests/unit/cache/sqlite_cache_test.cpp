#include "resonance/cache/feature_cache.h"
#include "resonance/core/error.h"

#include <chrono>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sample_features.h"
#include "support/child_process.h"
#include "support/temporary_directory.h"

namespace resonance::cache {
namespace {

using resonance::testing::ChildProcess;
using resonance::testing::TemporaryDirectory;

TEST(SqliteCache, tracks_are_there_after_reopening) {
  const TemporaryDirectory folder;
  write_track(*open_sqlite_cache(folder / "cache" / "features"), sample_hash(1), sample_features(4000));
  const auto cache = open_sqlite_cache(folder / "cache" / "features");
  EXPECT_TRUE(std::filesystem::exists(folder / "cache" / "features" / "features-v1.db"));
  EXPECT_TRUE(equal_when_rounded(read_track(*cache, sample_hash(1)), sample_features(4000)));
}

TEST(SqliteCache, both_backends_give_the_same_values) {
  const TemporaryDirectory folder;
  const auto disk = open_sqlite_cache(folder.path());
  const auto memory = make_ram_cache();
  write_track(*disk, sample_hash(1), sample_features(3500), 100);
  write_track(*memory, sample_hash(1), sample_features(3500), 999);
  std::vector<FeatureBlock> blocks;
  disk->load(sample_hash(1), [&](FeatureBlock block) { blocks.push_back(std::move(block)); });
  std::size_t next = 0;
  memory->load(sample_hash(1), [&](const FeatureBlock& block) {
    EXPECT_TRUE(std::ranges::equal(block.log_mel.values(), blocks.at(next).log_mel.values()));
    EXPECT_TRUE(std::ranges::equal(block.chroma.values(), blocks.at(next).chroma.values()));
    EXPECT_EQ(block.onset, blocks.at(next).onset);
    EXPECT_EQ(block.loudness, blocks.at(next).loudness);
    ++next;
  });
  EXPECT_EQ(next, 2U);
}

TEST(SqliteCache, even_noise_stays_within_20_kilobytes_a_second) {
  const TemporaryDirectory folder;
  constexpr std::size_t kSeconds = 100;
  FeatureBlock noise = sample_features(kSeconds * 50);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-100, 100);
  for (float& value : noise.log_mel.values()) value = uniform(random);
  { write_track(*open_sqlite_cache(folder.path()), sample_hash(1), noise); }
  EXPECT_LE(std::filesystem::file_size(folder / "features-v1.db"), 20'000 * kSeconds);
}

TEST(SqliteCache, a_kill_at_any_moment_loses_no_finished_track_and_shows_no_part_of_another) {
  const TemporaryDirectory folder;
  std::mt19937 random(99);
  const FeatureBlock features = sample_features(6100);
  std::int64_t finished = 0;
  for (int round = 0; round < 15; ++round) {
    ChildProcess child([&](const ChildProcess::Report& report) {
      const auto cache = open_sqlite_cache(folder.path());
      for (auto number = static_cast<std::int64_t>(cache->list().size());; ++number) {
        report(number);
        write_track(*cache, sample_hash(static_cast<std::uint8_t>(number)), features);
      }
    });
    // Mostly after it has finished a track; now and then while it opens what the last kill left.
    for (int reports = round % 5 == 0 ? 0 : 2; reports > 0; --reports)
      finished = std::max(finished, child.next_report());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    child.kill();
    for (std::int64_t report = 0; (report = child.next_report()) >= 0;) finished = report;

    const auto cache = open_sqlite_cache(folder.path());
    const auto count = static_cast<std::int64_t>(cache->list().size());
    ASSERT_GE(count, finished);
    ASSERT_LE(count, finished + 1);
    for (const ContentHash& hash : cache->list()) {
      ASSERT_TRUE(equal_when_rounded(read_track(*cache, hash), features));
    }
    finished = count;
  }
  EXPECT_GT(finished, 0);
}

TEST(SqliteCache, what_a_killed_writer_left_is_cleared_away_but_not_what_a_live_one_is_writing) {
  const TemporaryDirectory folder;
  ChildProcess dead([&](const ChildProcess::Report& report) {
    const auto cache = open_sqlite_cache(folder.path());
    const auto writer = cache->begin(sample_hash(1));
    writer->push(sample_features(30'000));
    report(1);
    ::pause();
  });
  ASSERT_EQ(dead.next_report(), 1);
  const auto beside = open_sqlite_cache(folder.path());  // clears nothing: another one is at work
  const auto live = beside->begin(sample_hash(2));
  live->push(sample_features(4000));
  dead.kill();
  { const auto third = open_sqlite_cache(folder.path()); }
  live->commit();
  EXPECT_TRUE(equal_when_rounded(read_track(*beside, sample_hash(2)), sample_features(4000)));
  EXPECT_EQ(beside->list().size(), 1U);
}

TEST(SqliteCache, several_processes_write_at_once) {
  const TemporaryDirectory folder;
  const auto write = [&](std::uint8_t first) {
    return [&folder, first](const ChildProcess::Report&) {
      const auto cache = open_sqlite_cache(folder.path());
      for (std::uint8_t i = 0; i < 5; ++i) {
        write_track(*cache, sample_hash(static_cast<std::uint8_t>(first + i)), sample_features(3500, i));
      }
    };
  };
  ChildProcess one(write(0));
  ChildProcess two(write(10));
  ChildProcess three(write(20));
  EXPECT_EQ(one.wait(), 0);
  EXPECT_EQ(two.wait(), 0);
  EXPECT_EQ(three.wait(), 0);
  EXPECT_EQ(open_sqlite_cache(folder.path())->list().size(), 15U);
}

}  // namespace
}  // namespace resonance::cache
