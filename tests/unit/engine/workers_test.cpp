#include "resonance/engine/workers.h"

#include "resonance/core/error.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace resonance::engine {
namespace {

TEST(Workers, every_index_is_done_exactly_once) {
  std::vector<std::atomic<int>> counts(1000);
  EXPECT_TRUE(run_workers(4, counts.size(), {}, [&](std::size_t i) { ++counts[i]; }));
  for (const auto& count : counts) EXPECT_EQ(count, 1);
}

TEST(Workers, an_exception_ends_the_others_and_is_rethrown) {
  std::atomic<int> done{0};
  EXPECT_THROW(run_workers(2, 100000, {},
                           [&](std::size_t i) {
                             if (i == 10) throw std::runtime_error("disk full");
                             ++done;
                           }),
               std::runtime_error);
  EXPECT_LT(done, 100000);
}

TEST(Workers, a_request_to_stop_leaves_the_rest_undone) {
  std::stop_source source;
  std::atomic<int> done{0};
  EXPECT_FALSE(run_workers(1, 100, source.get_token(), [&](std::size_t i) {
    if (i == 9) source.request_stop();
    ++done;
  }));
  EXPECT_EQ(done, 10);
}

TEST(Workers, an_item_that_is_cancelled_is_not_counted_as_done) {
  std::stop_source source;
  EXPECT_FALSE(run_workers(1, 2, source.get_token(), [&](std::size_t i) {
    if (i == 1) {
      source.request_stop();
      throw Error(ErrorCode::cancelled, "stopped");
    }
  }));
}

TEST(Workers, nothing_to_do_is_done) {
  EXPECT_TRUE(run_workers(0, 0, {}, [](std::size_t) { FAIL(); }));
}

TEST(Batch, progress_counts_up_one_call_at_a_time) {
  std::vector<Progress> seen;
  Batch batch("analysing", 2, [&](const Progress& progress) { seen.push_back(progress); });
  batch.finish_one("a", "", 10, [] {});
  batch.finish_one("b", "broken", 0, [] {});
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].done, 2U);
  EXPECT_EQ(seen[1].total, 2U);
  EXPECT_EQ(seen[1].audio_s, 10);
  EXPECT_EQ(seen[1].problem, "broken");
}

}  // namespace
}  // namespace resonance::engine
