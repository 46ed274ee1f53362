#include "resonance/cache/feature_cache.h"

#include "resonance/core/error.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "sample_features.h"
#include "support/temporary_directory.h"

namespace resonance::cache {
namespace {

// What both backends promise.
class Cache : public ::testing::TestWithParam<std::string> {
 protected:
  resonance::testing::TemporaryDirectory folder_;
  std::unique_ptr<FeatureCache> cache_ =
      GetParam() == "ram" ? make_ram_cache() : open_sqlite_cache(folder_.path());
};

INSTANTIATE_TEST_SUITE_P(Backends, Cache, ::testing::Values("ram", "sqlite"),
                         [](const auto& backend) { return backend.param; });

TEST_P(Cache, a_track_comes_back_rounded_however_it_was_cut_into_blocks) {
  const FeatureBlock features = sample_features(7001);
  for (const std::size_t block_frames : {1UL, 250UL, 2999UL, 3000UL, 7001UL}) {
    write_track(*cache_, sample_hash(1), features, block_frames);
    EXPECT_TRUE(equal_when_rounded(read_track(*cache_, sample_hash(1)), features)) << block_frames;
  }
  EXPECT_EQ(cache_->list().size(), 1U);
}

TEST_P(Cache, a_long_track_streams_in_blocks_of_a_minute) {
  write_track(*cache_, sample_hash(1), sample_features(6500));
  std::vector<std::int64_t> starts;
  std::vector<std::size_t> lengths;
  EXPECT_TRUE(cache_->load(sample_hash(1), [&](const FeatureBlock& block) {
    starts.push_back(block.first_frame);
    lengths.push_back(block.frames());
  }));
  EXPECT_EQ(starts, (std::vector<std::int64_t>{0, 3000, 6000}));
  EXPECT_EQ(lengths, (std::vector<std::size_t>{3000, 3000, 500}));
}

TEST_P(Cache, what_was_never_written_is_not_there) {
  EXPECT_FALSE(cache_->contains(sample_hash(1)));
  EXPECT_FALSE(cache_->load(sample_hash(1), [](const FeatureBlock&) { FAIL(); }));
  EXPECT_TRUE(cache_->list().empty());
  cache_->remove(sample_hash(1));
}

TEST_P(Cache, nothing_is_visible_before_commit_and_nothing_left_without) {
  {
    const std::unique_ptr<CacheWriter> writer = cache_->begin(sample_hash(1));
    writer->push(sample_features(4000));
    EXPECT_FALSE(cache_->contains(sample_hash(1)));
    EXPECT_FALSE(cache_->load(sample_hash(1), [](const FeatureBlock&) { FAIL(); }));
    EXPECT_TRUE(cache_->list().empty());
  }
  EXPECT_FALSE(cache_->contains(sample_hash(1)));
  write_track(*cache_, sample_hash(1), sample_features(100));
  EXPECT_TRUE(cache_->contains(sample_hash(1)));
}

TEST_P(Cache, a_second_writer_of_a_track_takes_the_place_of_the_first) {
  const std::unique_ptr<CacheWriter> slow = cache_->begin(sample_hash(1));
  slow->push(sample_features(3500, 1));
  write_track(*cache_, sample_hash(1), sample_features(100, 2));
  EXPECT_TRUE(equal_when_rounded(read_track(*cache_, sample_hash(1)), sample_features(100, 2)));
  slow->commit();
  EXPECT_TRUE(equal_when_rounded(read_track(*cache_, sample_hash(1)), sample_features(3500, 1)));
  EXPECT_EQ(cache_->list().size(), 1U);
}

TEST_P(Cache, a_removed_track_is_gone_and_the_others_stay) {
  for (const std::uint8_t number : {3, 1, 2})
    write_track(*cache_, sample_hash(number), sample_features(10, number));
  EXPECT_EQ(cache_->list(), (std::vector<ContentHash>{sample_hash(1), sample_hash(2), sample_hash(3)}));
  EXPECT_GT(cache_->bytes(), 3U * 100);
  cache_->remove(sample_hash(2));
  EXPECT_FALSE(cache_->contains(sample_hash(2)));
  EXPECT_EQ(cache_->list(), (std::vector<ContentHash>{sample_hash(1), sample_hash(3)}));
  EXPECT_TRUE(equal_when_rounded(read_track(*cache_, sample_hash(3)), sample_features(10, 3)));
}

TEST_P(Cache, a_track_without_frames_is_there_and_empty) {
  cache_->begin(sample_hash(1))->commit();
  EXPECT_TRUE(cache_->contains(sample_hash(1)));
  EXPECT_TRUE(cache_->load(sample_hash(1), [](const FeatureBlock&) { FAIL(); }));
}

TEST_P(Cache, frames_missing_between_blocks_are_refused) {
  const std::unique_ptr<CacheWriter> writer = cache_->begin(sample_hash(1));
  writer->push(sample_features(10));
  EXPECT_THROW(writer->push(sample_features(10)), Error);
  EXPECT_THROW(writer->push(sample_features(10, 1, 11)), Error);
  writer->push(sample_features(10, 1, 10));
  writer->commit();
  EXPECT_EQ(read_track(*cache_, sample_hash(1)).frames(), 20U);
}

TEST_P(Cache, a_writer_that_failed_never_publishes_a_part) {
  const std::unique_ptr<CacheWriter> writer = cache_->begin(sample_hash(1));
  writer->push(sample_features(3500));
  FeatureBlock broken = sample_features(3000, 1, 3500);
  broken.onset[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(writer->push(broken), Error);
  EXPECT_THROW(writer->push(sample_features(3000, 1, 3500)), Error);
  EXPECT_THROW(writer->commit(), Error);
  EXPECT_FALSE(cache_->contains(sample_hash(1)));
}

TEST_P(Cache, a_writer_may_outlive_the_cache) {
  const std::unique_ptr<CacheWriter> writer = cache_->begin(sample_hash(1));
  cache_.reset();
  writer->push(sample_features(4000));
  writer->commit();
}

TEST_P(Cache, several_threads_write_and_read_at_once) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  const FeatureBlock common = sample_features(3100, 200);
  threads.reserve(4);
  for (std::uint8_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint8_t i = 0; i < 3; ++i) {
        const auto number = static_cast<std::uint8_t>(t * 10 + i);
        const FeatureBlock features = sample_features(3100, number);
        write_track(*cache_, sample_hash(number), features);
        write_track(*cache_, sample_hash(200), common);  // all of them the same
        if (!equal_when_rounded(read_track(*cache_, sample_hash(number)), features)) ++wrong;
        if (!equal_when_rounded(read_track(*cache_, sample_hash(200)), common)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache_->list().size(), 13U);
}

}  // namespace
}  // namespace resonance::cache
