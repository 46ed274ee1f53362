#include "resonance/catalog/catalog.h"
#include "resonance/core/error.h"

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "sample_track.h"
#include "support/child_process.h"
#include "support/temporary_directory.h"

namespace resonance::catalog {
namespace {

using resonance::testing::ChildProcess;
using resonance::testing::TemporaryDirectory;

// Puts tracks, alternately alone and in threes, and reports how many are finished.
void put_for_ever(const std::filesystem::path& directory, const ChildProcess::Report& report) {
  Catalog catalog(directory, OpenMode::create);
  auto count = static_cast<std::int64_t>(catalog.track_count());
  report(count);
  for (;;) {
    if (count % 4 == 0) {
      catalog.put(sample_track(count));
      count += 1;
    } else {
      catalog.put(std::vector<Track>{sample_track(count), sample_track(count + 1), sample_track(count + 2)});
      count += 3;
    }
    report(count);
  }
}

TEST(CatalogProcesses, a_kill_at_any_moment_loses_nothing_finished_and_leaves_nothing_half) {
  const TemporaryDirectory folder;
  std::mt19937 random(20240501);
  std::int64_t finished = 0;
  for (int round = 0; round < 25; ++round) {
    ChildProcess child([&](const ChildProcess::Report& report) { put_for_ever(folder.path(), report); });
    // Mostly after it has finished a put; now and then while the catalog is made, or opened after the last
    // kill.
    for (int reports = round % 5 == 0 ? 0 : 2; reports > 0; --reports)
      finished = std::max(finished, child.next_report());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    child.kill();
    for (std::int64_t report = 0; (report = child.next_report()) >= 0;) finished = report;

    if (finished == 0 && !std::filesystem::exists(folder / "tracks.db")) continue;
    const Catalog catalog(folder.path(), OpenMode::create);
    const auto count = static_cast<std::int64_t>(catalog.track_count());
    ASSERT_GE(count, finished);
    ASSERT_LE(count, finished + 3);
    ASSERT_TRUE(count % 4 == 0 || count % 4 == 1) << "part of a batch: " << count;
    ASSERT_EQ(catalog.revision(), count / 4 * 2 + count % 4);
    std::int64_t number = 0;
    catalog.for_each(true, [&](const Track& track) {
      ASSERT_TRUE(same_content(track, sample_track(number)));
      ASSERT_EQ(track.descriptor, sample_track(number).descriptor);
      ++number;
    });
    ASSERT_EQ(catalog.integrity_problem(), "");
    finished = count;
  }
  EXPECT_GT(finished, 0);
}

TEST(CatalogProcesses, a_second_writer_is_told_who_holds_the_catalog) {
  const TemporaryDirectory folder;
  ChildProcess child([&](const ChildProcess::Report& report) {
    const Catalog catalog(folder.path(), OpenMode::create);
    report(1);
    ::pause();
  });
  ASSERT_EQ(child.next_report(), 1);
  try {
    const Catalog catalog(folder.path(), OpenMode::create);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::busy);
    EXPECT_NE(std::string(error.what()).find("process " + std::to_string(child.id()) + ")"),
              std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos);
  }
  EXPECT_EQ(Catalog(folder.path(), OpenMode::read_only).track_count(), 0U);
  child.kill();
  EXPECT_EQ(Catalog(folder.path(), OpenMode::read_write).track_count(), 0U);
}

TEST(CatalogProcesses, one_process_cannot_open_a_catalog_for_writing_twice_either) {
  const TemporaryDirectory folder;
  const Catalog first(folder.path(), OpenMode::create);
  EXPECT_THROW(Catalog(folder.path(), OpenMode::read_write), Error);
}

TEST(CatalogProcesses, readers_see_each_change_while_another_process_writes) {
  const TemporaryDirectory folder;
  { const Catalog catalog(folder.path(), OpenMode::create); }
  const Catalog reader(folder.path(), OpenMode::read_only);
  ChildProcess child([&](const ChildProcess::Report& report) { put_for_ever(folder.path(), report); });
  for (int i = 0; i < 20; ++i) {
    const std::int64_t reported = child.next_report();
    ASSERT_GE(reported, 0);
    EXPECT_GE(static_cast<std::int64_t>(reader.track_count()), reported);
    const Catalog fresh(folder.path(), OpenMode::read_only);
    EXPECT_GE(static_cast<std::int64_t>(fresh.track_count()), reported);
  }
}

TEST(CatalogProcesses, a_visit_sees_one_moment_while_a_writer_goes_on) {
  const TemporaryDirectory folder;
  Catalog writer(folder.path(), OpenMode::create);
  for (int i = 0; i < 10; ++i) writer.put(sample_track(i));
  const Catalog reader(folder.path(), OpenMode::read_only);
  int visited = 0;
  reader.for_each(true, [&](const Track&) {
    if (visited++ == 0) {
      for (int i = 10; i < 20; ++i) writer.put(sample_track(i));
    }
  });
  EXPECT_EQ(visited, 10);
  EXPECT_EQ(reader.track_count(), 20U);
}

TEST(CatalogProcesses, several_threads_share_one_catalog) {
  const TemporaryDirectory folder;
  Catalog catalog(folder.path(), OpenMode::create);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const Track track = sample_track(t * 100 + i);
        const Track stored = catalog.put(track);
        const auto found = catalog.find_by_key(stored.key);
        if (!found || !same_content(*found, track)) ++wrong;
        catalog.for_each(false, [&](const Track& visited) {
          if (visited.path.empty()) ++wrong;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(catalog.track_count(), 80U);
  EXPECT_EQ(catalog.revision(), 80);
}

}  // namespace
}  // namespace resonance::catalog
