// Where in it: the best pair of passages a track, held against a plain loop over all pairs.
#include "resonance/engine/segment_search.h"

#include "resonance/core/error.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/publisher.h"
#include "resonance/engine/segments_of_catalog.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"
#include "unit/engine/sample_catalog.h"

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int kTracks = 60;

std::string path_of(int number) { return sample_track(number).path; }

class SegmentSearchTest : public ::testing::Test {
 protected:
  SegmentSearchTest() : catalog_(folder_.path(), catalog::OpenMode::create) {
    require_model(catalog_, model_);
    keep_segments(catalog_, true);
    put_with_segments(catalog_, 0, kTracks);
  }

  void publish(PublishOptions options = {}) {
    SnapshotPublisher(catalog_, model_, std::move(options)).publish({});
  }
  void remove(int number) { catalog_.remove({catalog_.find_by_path(path_of(number)).value().key}); }

  /// Puts a track whose segments are these.
  void put(int number, const std::vector<embedding::Descriptor>& segments, double duration_s = 100,
           const std::string& artist = {}) {
    catalog::Track track = sample_track(number);
    const auto stage = catalog_.stage_segments();
    for (const embedding::Descriptor& segment : segments) stage->add(embedding::encode(segment));
    track.segments = stage;
    track.audio.duration_s = duration_s;
    if (!artist.empty()) track.tags.artist = artist;
    catalog_.put(std::move(track));
  }

  [[nodiscard]] std::vector<PassageResult> ask(int number, std::size_t count = 10,
                                               std::optional<double> at_s = {}) const {
    PassageRequest request;
    const Searcher searcher(folder_.path());
    const SegmentSearcher segments(searcher);
    request.seeds.push_back(segments.track(path_of(number), at_s));
    request.rerank.count = count;
    return segments.search(request);
  }

  const embedding::ModelInfo model_ = embedding::make_statistics_embedder()->info();
  testing::TemporaryDirectory folder_;
  catalog::Catalog catalog_;
};

/// What a plain loop finds: path, score and both times, best first.
using Found = std::vector<std::tuple<std::string, float, double, double>>;

Found plain_loop(const fs::path& folder, int number) {
  const catalog::Catalog catalog(folder, catalog::OpenMode::read_only);
  const auto snapshot = Snapshot::open(folder);
  const SnapshotRows& rows = *snapshot->segments();
  const std::int64_t seed = catalog.find_by_path(path_of(number)).value().key;
  const RowRange own = rows.rows_of(seed);
  std::vector<std::pair<catalog::Track, std::tuple<std::string, float, double, double>>> all;
  catalog.for_each(false, [&](const catalog::Track& track) {
    if (track.key == seed) return;
    const RowRange range = rows.rows_of(track.key);
    float best = -std::numeric_limits<float>::infinity();
    std::pair<double, double> times;
    for (std::size_t row = range.first; row < range.first + range.count; ++row) {
      for (std::size_t query = own.first; query < own.first + own.count; ++query) {
        const auto a = rows.embedding(query);
        const auto score =
            static_cast<float>(std::inner_product(a.begin(), a.end(), rows.embedding(row).begin(), 0.0));
        if (score > best) {
          best = score;
          times = {4.0 * static_cast<double>(query - own.first),
                   4.0 * static_cast<double>(row - range.first)};
        }
      }
    }
    if (range.count > 0) all.push_back({track, {track.path, best, times.first, times.second}});
  });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::get<1>(a.second) != std::get<1>(b.second) ? std::get<1>(a.second) > std::get<1>(b.second)
                                                          : a.first.id < b.first.id;
  });
  Found found;
  for (auto& [track, one] : all) found.push_back(std::move(one));
  return found;
}

void expect_same(const std::vector<PassageResult>& results, const Found& expected) {
  ASSERT_LE(results.size(), expected.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& [path, score, seed_s, found_s] = expected[i];
    EXPECT_EQ(results[i].track.path, path) << i;
    EXPECT_NEAR(results[i].score, score, 1e-6) << i;
    EXPECT_EQ(results[i].of_seed.start_s, seed_s) << i;
    EXPECT_EQ(results[i].found.start_s, found_s) << i;
    EXPECT_EQ(results[i].found.end_s, found_s + 18) << i;
    EXPECT_EQ(results[i].rank, i + 1);
  }
}

TEST_F(SegmentSearchTest, finds_what_a_plain_loop_over_all_pairs_finds) {
  publish();
  for (const int number : {0, 1, 17, kTracks - 1}) {
    SCOPED_TRACE(number);
    const auto results = ask(number, 100);
    EXPECT_THAT(results, SizeIs(kTracks - 1));
    expect_same(results, plain_loop(folder_.path(), number));
  }
}

TEST_F(SegmentSearchTest, asks_for_more_until_the_best_pairs_are_sure) {
  // One track whose segments are all nearer than those of any other: more of them than are asked for at
  // first.
  std::vector<embedding::Descriptor> many(600, sample_segment(1, 0));
  put(90, many, 3000);
  publish();
  const auto results = ask(1, 5);
  ASSERT_THAT(results, SizeIs(5));
  EXPECT_EQ(results[0].track.path, path_of(90));
  EXPECT_EQ(results[0].found.start_s, 0) << "the earliest of many that are as good";
  expect_same(results, plain_loop(folder_.path(), 1));
}

TEST_F(SegmentSearchTest, a_passage_that_two_tracks_share_is_found_with_its_times) {
  put(50, {sample_segment(50, 0), sample_segment(50, 1), sample_segment(60, 7), sample_segment(50, 3)});
  put(51, {sample_segment(51, 0), sample_segment(60, 7), sample_segment(51, 2)});
  publish();
  const auto results = ask(50, 1);
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].track.path, path_of(51));
  EXPECT_NEAR(results[0].score, 1, 1e-5);
  EXPECT_EQ(results[0].of_seed.start_s, 8);
  EXPECT_EQ(results[0].of_seed.end_s, 26);
  EXPECT_EQ(results[0].found.start_s, 4);
  EXPECT_NEAR(results[0].modalities.timbre, 1, 1e-5);
}

TEST_F(SegmentSearchTest, a_moment_is_the_passage_whose_middle_is_nearest) {
  publish();
  // Track 1 has four: middles at 9, 13, 17 and 21 s.
  const Searcher searcher(folder_.path());
  const SegmentSearcher segments(searcher);
  for (const auto& [at_s, start_s] :
       {std::pair{0.0, 0.0}, {10.9, 0.0}, {11.0, 0.0}, {11.1, 4.0}, {20.0, 12.0}, {100.0, 12.0}}) {
    const PassageSource source = segments.track(path_of(1), at_s);
    ASSERT_THAT(source.passages, SizeIs(1)) << at_s;
    EXPECT_EQ(source.passages[0].start_s, start_s) << at_s;
  }
  EXPECT_THAT(segments.track(path_of(1), {}).passages, SizeIs(4));
  for (const double at_s : {100.1, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    try {
      (void)segments.track(path_of(1), at_s);
      ADD_FAILURE() << at_s;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_THAT(error.what(), HasSubstr("ends at 1:40"));
    }
  }
}

TEST_F(SegmentSearchTest, of_a_track_shorter_than_a_segment_the_passage_is_all_of_it) {
  put(50, {sample_segment(60, 7)}, 7.5);
  put(51, {sample_segment(51, 0), sample_segment(60, 7)});
  publish();
  EXPECT_EQ(ask(51, 1)[0].found.end_s, 7.5);
  EXPECT_EQ(ask(50, 1)[0].of_seed.end_s, 7.5);
  EXPECT_EQ(ask(50, 1)[0].found.start_s, 4);
}

TEST_F(SegmentSearchTest, filters_caps_and_bounds_hold_as_for_tracks) {
  for (int i = 50; i < 56; ++i) put(i, {sample_segment(1, 0), sample_segment(i, 1)}, 100, "the same");
  publish();
  const Searcher searcher(folder_.path());
  const SegmentSearcher segments(searcher);
  PassageRequest request;
  request.seeds.push_back(segments.track(path_of(1), {}));
  request.rerank.count = 20;
  request.rerank.most_per_artist = 2;
  std::size_t same = 0;
  for (const PassageResult& result : segments.search(request)) same += result.track.tags.artist == "the same";
  EXPECT_EQ(same, 2U);
  EXPECT_THAT(segments.search(request), SizeIs(20));

  request.rerank = {.count = 100};
  request.filter.genres = {kSampleFamilies[2]};
  const auto filtered = segments.search(request);
  EXPECT_THAT(filtered, SizeIs(20));
  for (const PassageResult& result : filtered) EXPECT_EQ(result.track.tags.genre, kSampleFamilies[2]);

  request.filter = {};
  request.rerank.min_score = 0.99F;
  EXPECT_THAT(segments.search(request), SizeIs(6));
  request.rerank = {.count = 0};
  EXPECT_THAT(segments.search(request), SizeIs(0));
  request.rerank = {.count = 3};
  request.index.nprobe = 4;
  EXPECT_THROW((void)segments.search(request), Error);
}

TEST_F(SegmentSearchTest, weights_of_modalities_decide_what_is_alike) {
  embedding::Descriptor same_rhythm = sample_segment(2, 1);
  same_rhythm.rhythm = sample_segment(1, 0).rhythm;
  put(50, {same_rhythm});
  publish();
  const Searcher searcher(folder_.path());
  const SegmentSearcher segments(searcher);
  PassageRequest request;
  request.seeds.push_back(segments.track(path_of(1), 0.0));
  request.modalities = ranking::ModalityWeights{0, 0, 1};
  request.rerank.count = 1;
  const auto results = segments.search(request);
  EXPECT_EQ(results.at(0).track.path, path_of(50));
  EXPECT_NEAR(results.at(0).score, 1, 1e-4);
}

TEST_F(SegmentSearchTest, several_seeds_are_searched_with_together_and_none_comes_back) {
  put(50, {sample_segment(60, 7)});
  put(51, {sample_segment(60, 7)});
  put(52, {sample_segment(61, 7)});
  put(53, {sample_segment(61, 7)});
  publish();
  const Searcher searcher(folder_.path());
  const SegmentSearcher segments(searcher);
  PassageRequest request;
  request.seeds = {segments.track(path_of(50), {}), segments.track(path_of(52), {})};
  request.rerank.count = 2;
  const auto results = segments.search(request);
  ASSERT_THAT(results, SizeIs(2));
  const std::map<std::string, std::size_t> expected{{path_of(51), 0}, {path_of(53), 1}};
  for (const PassageResult& result : results) EXPECT_EQ(expected.at(result.track.path), result.seed);
  request.rerank.count = 1000;
  for (const PassageResult& result : segments.search(request)) {
    EXPECT_NE(result.track.path, path_of(50));
    EXPECT_NE(result.track.path, path_of(52));
  }
}

TEST_F(SegmentSearchTest, what_is_as_good_comes_in_order_of_id) {
  for (int i = 50; i < 60; ++i) put(i, {sample_segment(1, 0)});
  publish();
  const auto all = ask(1, 10);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].track.id, all[i].track.id);
  const auto some = ask(1, 4);
  for (std::size_t i = 0; i < some.size(); ++i) EXPECT_EQ(some[i].track.id, all[i].track.id);
}

TEST_F(SegmentSearchTest, a_changed_catalog_is_followed_by_a_tail_and_found_as_if_made_anew) {
  publish();
  remove(3);
  put_with_segments(catalog_, kTracks, kTracks + 1);
  put_with_segments(catalog_, 5, 6, 1);
  publish();
  const auto snapshot = Snapshot::open(folder_.path());
  snapshot->verify();
  ASSERT_TRUE(snapshot->segments()->has_tail());
  EXPECT_EQ(snapshot->meta().segments->rows.tail, sample_segment_count(kTracks) + sample_segment_count(5));
  EXPECT_EQ(snapshot->segments()->rows_of(4).count, 0U);
  EXPECT_EQ(snapshot->meta().segments->tracks, kTracks);
  for (const int number : {0, 5, kTracks}) {
    SCOPED_TRACE(number);
    const auto results = ask(number, 100);
    EXPECT_THAT(results, SizeIs(kTracks - 1));
    expect_same(results, plain_loop(folder_.path(), number));
  }
  SnapshotPublisher(catalog_, model_).rebuild(true, {});
  EXPECT_FALSE(Snapshot::open(folder_.path())->segments()->has_tail());
  EXPECT_THAT(ask(5, 100), SizeIs(kTracks - 1));
}

TEST_F(SegmentSearchTest, tracks_changed_since_the_snapshot_are_searched_with_and_removed_ones_not_found) {
  publish();
  const auto before = ask(8, 100);
  remove(static_cast<int>(std::stoi(before[0].track.tags.title.substr(6))));
  put(50, {sample_segment(8, 1)});
  const auto after = ask(8, 100);
  EXPECT_THAT(after, SizeIs(before.size() - 1));
  EXPECT_EQ(after[0].track.path, before[1].track.path);
  EXPECT_EQ(ask(50, 1)[0].track.path, path_of(8));
  EXPECT_EQ(ask(50, 1)[0].found.start_s, 4);
}

TEST_F(SegmentSearchTest, a_graph_over_many_segments_answers_too) {
  PublishOptions options;
  options.exact_segments = 10;
  options.whole_tracks = 0;
  options.choice.exact_values = 0;
  options.choice.sample = 8;
  publish(options);
  const auto snapshot = Snapshot::open(folder_.path());
  snapshot->verify();
  EXPECT_EQ(snapshot->meta().segments->index.factory.substr(0, 5), "graph");
  const Found expected = plain_loop(folder_.path(), 7);
  const auto results = ask(7, 5);
  EXPECT_EQ(results.at(0).track.path, std::get<0>(expected[0]));
  put_with_segments(catalog_, kTracks, kTracks + 1);
  publish(options);
  EXPECT_TRUE(Snapshot::open(folder_.path())->segments()->has_tail());
  EXPECT_THAT(ask(kTracks, 5), SizeIs(5));
}

TEST_F(SegmentSearchTest, a_silent_passage_is_like_nothing_and_no_seed) {
  embedding::Descriptor silence = sample_segment(0, 0);
  for (auto* part : {&silence.timbre, &silence.harmony, &silence.rhythm})
    std::fill(part->begin(), part->end(), 0.0F);
  put(50, {silence, sample_segment(50, 1)});
  put(51, {silence, silence});
  publish();
  EXPECT_EQ(ask(50, 1)[0].of_seed.start_s, 4);
  for (const auto& [number, at_s] : {std::pair{51, std::optional<double>()}, {50, 0.0}}) {
    try {
      (void)ask(number, 1, at_s);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_THAT(error.what(), HasSubstr("is silent"));
    }
  }
  EXPECT_EQ(ask(1, 1000).size(), kTracks - 1U) << "the silent ones come last, and do not break anything";
}

TEST_F(SegmentSearchTest, a_track_or_a_catalog_without_segments_says_how_to_get_them) {
  catalog_.put(sample_track(50));
  publish();
  const auto expect = [&](int number) {
    try {
      (void)ask(number);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::not_found);
      EXPECT_THAT(error.what(), HasSubstr("resonance index --segments"));
    }
  };
  expect(50);
  {
    const Searcher searcher(folder_.path());
    EXPECT_EQ(SegmentSearcher(searcher).tracks_without(), 1U);
  }
  keep_segments(catalog_, false);
  publish();
  EXPECT_EQ(Snapshot::open(folder_.path())->segments(), nullptr);
  expect(1);
  keep_segments(catalog_, true);
  publish();
  ASSERT_NE(Snapshot::open(folder_.path())->segments(), nullptr);
  expect(1);
  put_with_segments(catalog_, 0, 2);
  publish();
  EXPECT_THAT(ask(1), SizeIs(1));
}

}  // namespace
}  // namespace resonance::engine
