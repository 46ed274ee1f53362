// Snapshots of a catalog that changes, without audio: what is published, by which way, and what readers see.
#include "resonance/engine/publisher.h"

#include "resonance/core/error.h"
#include "resonance/engine/live_searcher.h"
#include "resonance/engine/model_of_catalog.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.h"
#include "unit/engine/sample_catalog.h"

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kTracks = 60;

/// As a large library is treated: never written whole, and with a graph.
PublishOptions large() {
  PublishOptions options;
  options.whole_tracks = 0;
  options.choice.exact_values = 0;
  return options;
}

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() : catalog_(folder_.path(), catalog::OpenMode::create) {
    require_model(catalog_, model_);
    add(0, kTracks);
  }

  void add(int first, int last, int version = 0) {
    std::vector<catalog::Track> tracks;
    for (int i = first; i < last; ++i) tracks.push_back(sample_track(i, version));
    catalog_.put(std::move(tracks));
  }
  void remove(int number) { catalog_.remove({catalog_.find_by_path(sample_track(number).path).value().key}); }
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot() const {
    auto opened = Snapshot::open(folder_.path());
    EXPECT_NE(opened, nullptr);
    opened->verify();
    return opened;
  }
  /// Paths and scores of what sounds like each of some tracks.
  [[nodiscard]] std::vector<std::pair<std::string, float>> answers(std::size_t count = 7) const {
    const Searcher searcher(folder_.path());
    std::vector<std::pair<std::string, float>> all;
    for (const int number : {1, 2, 30, 59}) {
      SearchRequest request;
      if (!catalog_.find_by_path(sample_track(number).path)) continue;
      request.seeds.push_back({searcher.track(sample_track(number).path)});
      request.rerank.count = count;
      for (const QueryResult& result : searcher.search(request)) {
        all.emplace_back(result.track.path, result.score);
      }
    }
    return all;
  }
  [[nodiscard]] std::set<std::string> folders() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "snapshots")) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
  [[nodiscard]] bool shares_base_with(const fs::path& other) const {
    return fs::equivalent(folder_ / "embeddings.npy", other / "embeddings.npy");
  }

  testing::TemporaryDirectory folder_;
  embedding::ModelInfo model_ = embedding::make_statistics_embedder()->info();
  catalog::Catalog catalog_;
};

TEST_F(PublisherTest, a_small_library_is_written_whole_with_all_that_others_may_want) {
  SnapshotPublisher publisher(catalog_, model_);
  EXPECT_TRUE(publisher.publish({}));
  EXPECT_FALSE(publisher.publish({}));
  const auto first = snapshot();
  EXPECT_EQ(first->size(), 60U);
  EXPECT_EQ(description_of(first->meta().index), "exact");
  for (const char* name : {"index.faiss", "embeddings.npy", "timbre.npy", "harmony.npy", "rhythm.npy",
                           "keys.npy", "meta.json"}) {
    EXPECT_TRUE(fs::exists(folder_ / name)) << name;
  }
  add(60, 62);
  EXPECT_TRUE(publisher.publish({}));
  EXPECT_FALSE(snapshot()->has_tail());
  EXPECT_EQ(snapshot()->size(), 62U);
}

TEST_F(PublisherTest, a_large_library_gets_a_tuned_graph_and_no_second_copy_of_its_vectors) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  const auto made = snapshot();
  EXPECT_EQ(made->meta().index.factory, "graph16");
  EXPECT_GE(made->meta().index.recall, 0.99);
  EXPECT_GT(made->meta().index.sample, 0U);
  EXPECT_THAT(description_of(made->meta().index), HasSubstr("recall@10"));
  EXPECT_FALSE(fs::exists(folder_ / "index.faiss"));
  EXPECT_FALSE(fs::exists(folder_ / "timbre.npy"));
  EXPECT_TRUE(fs::exists(folder_ / "embeddings.npy"));
}

TEST_F(PublisherTest, any_index_gives_the_answers_of_exact_search_on_a_small_library) {
  SnapshotPublisher(catalog_, model_).publish({});
  const auto exact = answers();
  for (const char* factory : {"IVF4,Flat", "IVF4,SQ8,RFlat", "HNSW8", "SQ8,RFlat"}) {
    PublishOptions options;
    options.index = index_factory_request(factory);
    SnapshotPublisher(catalog_, model_, options).publish({});
    EXPECT_EQ(snapshot()->meta().index.factory, factory);
    SearchRequest request;
    const Searcher searcher(folder_.path());
    request.seeds.push_back({searcher.track(sample_track(1).path)});
    request.rerank.count = 7;
    request.index.k_factor = 20;
    if (std::string(factory).starts_with("IVF")) request.index.nprobe = 4;
    std::vector<std::pair<std::string, float>> found;
    for (const QueryResult& result : searcher.search(request)) {
      found.emplace_back(result.track.path, result.score);
    }
    EXPECT_TRUE(std::equal(found.begin(), found.end(), exact.begin())) << factory;
  }
  SnapshotPublisher(catalog_, model_, large()).rebuild(true, {});
  EXPECT_EQ(snapshot()->meta().index.factory, "SQ8,RFlat") << "what was asked for stays asked for";
}

TEST_F(PublisherTest, a_string_that_needs_more_rows_waits_for_them_with_exact_search) {
  PublishOptions options;
  options.index = index_factory_request("IVF1024,PQ128x4fs,RFlat");
  SnapshotPublisher(catalog_, model_, options).publish({});
  EXPECT_EQ(snapshot()->meta().index.factory, "Flat");
  EXPECT_EQ(snapshot()->meta().asked.kind, "IVF1024,PQ128x4fs,RFlat");
  EXPECT_FALSE(answers().empty());
}

TEST_F(PublisherTest, presets_and_strings_are_checked_before_anything_is_done) {
  for (const IndexPreset& preset : index_presets()) {
    PublishOptions options;
    options.index = index_request_of(preset.name, 0.99);
    SnapshotPublisher(catalog_, model_, options).publish({});
    EXPECT_FALSE(answers().empty()) << preset.name;
  }
  EXPECT_THROW((void)index_request_of("fastscan", 0.99), Error);
  EXPECT_THROW((void)index_request_of("auto", 0), Error);
  EXPECT_THROW((void)index_factory_request("IVF,,"), Error);
  EXPECT_THROW((void)index_factory_request("LSH"), Error);
}

TEST_F(PublisherTest, settings_that_the_index_has_not_are_refused_by_name) {
  SnapshotPublisher(catalog_, model_).publish({});
  const Searcher searcher(folder_.path());
  SearchRequest request;
  request.seeds.push_back({searcher.track(sample_track(1).path)});
  request.index.nprobe = 3;
  try {
    (void)searcher.search(request);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr("no nprobe"));
    EXPECT_THAT(error.what(), HasSubstr("exact"));
  }
}

TEST_F(PublisherTest, small_changes_link_the_base_and_answer_as_a_rebuild_would) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  const fs::path before = fs::canonical(folder_ / "current");
  add(60, 62);     // new
  add(30, 31, 1);  // another recording at the same path
  remove(7);
  EXPECT_TRUE(publisher.publish({}));
  EXPECT_TRUE(shares_base_with(before));
  const auto changed = snapshot();
  EXPECT_EQ(changed->size(), 61U);
  EXPECT_EQ(changed->rows(), 63U);
  EXPECT_EQ(changed->meta().tail_rows, 3U);
  EXPECT_EQ(changed->meta().removed_rows, 2U);
  EXPECT_EQ(changed->revision(), catalog_.revision());
  const auto by_layers = answers(60);

  publisher.rebuild(false, {});
  EXPECT_FALSE(shares_base_with(changed->folder()));
  EXPECT_FALSE(snapshot()->has_tail());
  EXPECT_EQ(answers(60), by_layers);
}

TEST_F(PublisherTest, changes_add_up_until_a_tenth_and_then_all_is_made_anew) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  const fs::path base = fs::canonical(folder_ / "current");
  for (int i = 0; i < 6; ++i) {
    add(60 + i, 61 + i);
    publisher.publish({});
    EXPECT_EQ(snapshot()->meta().tail_rows, static_cast<std::size_t>(i + 1));
    EXPECT_FALSE(publisher.needs_rebuild());
  }
  add(66, 67);
  EXPECT_TRUE(publisher.needs_rebuild());
  EXPECT_TRUE(publisher.publish_changes({}));
  EXPECT_EQ(snapshot()->meta().tail_rows, 7U);
  add(67, 68);
  publisher.publish({});
  EXPECT_FALSE(snapshot()->has_tail());
  EXPECT_EQ(snapshot()->size(), 68U);
  EXPECT_EQ(snapshot()->meta().fitted_library_size, 68U) << "the projection is fitted anew with it";
}

TEST_F(PublisherTest, a_track_that_changes_twice_or_goes_and_comes_is_there_once) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  add(5, 6, 1);
  publisher.publish({});
  add(5, 6, 2);
  publisher.publish({});
  remove(6);
  publisher.publish({});
  add(6, 7);
  publisher.publish({});
  remove(5);
  publisher.publish({});
  const auto now = snapshot();
  EXPECT_EQ(now->size(), 59U);
  const Searcher searcher(folder_.path());
  SearchRequest request;
  request.seeds.push_back({searcher.track(sample_track(1).path)});
  request.rerank.count = 100;
  std::multiset<std::string> paths;
  for (const QueryResult& result : searcher.search(request)) paths.insert(result.track.path);
  EXPECT_EQ(paths.size(), 58U);
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), 58U);
  EXPECT_FALSE(paths.contains(sample_track(5).path));
  EXPECT_TRUE(paths.contains(sample_track(6).path));
}

TEST_F(PublisherTest, filters_reach_the_tail) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  add(60, 63);
  publisher.publish({});
  const Searcher searcher(folder_.path());
  SearchRequest request;
  request.seeds.push_back({searcher.track(sample_track(1).path)});
  request.filter.titles = {"title 61"};
  const auto results = searcher.search(request);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results.front().track.path, sample_track(61).path);
}

TEST_F(PublisherTest, the_snapshot_before_stays_for_readers_and_older_ones_go) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  EXPECT_THAT(folders(), ElementsAre("1"));
  fs::create_directory(folder_ / "snapshots" / "building");  // of a run that was killed
  for (int i = 0; i < 3; ++i) {
    add(60 + i, 61 + i);
    publisher.publish({});
  }
  EXPECT_THAT(folders(), ElementsAre("3", "4"));
}

TEST_F(PublisherTest, an_empty_library_can_be_published_and_filled) {
  for (const bool whole : {true, false}) {
    const testing::TemporaryDirectory folder;
    catalog::Catalog catalog(folder.path(), catalog::OpenMode::create);
    require_model(catalog, model_);
    SnapshotPublisher publisher(catalog, model_, whole ? PublishOptions{} : large());
    publisher.publish({});
    Snapshot::open(folder.path())->verify();
    EXPECT_EQ(Snapshot::open(folder.path())->size(), 0U);
    EXPECT_THROW(Searcher{folder.path()}, Error);
    catalog.put({sample_track(1), sample_track(2)});
    publisher.publish({});
    Snapshot::open(folder.path())->verify();
    EXPECT_EQ(Searcher(folder.path()).size(), 2U);
    catalog.remove({1, 2});
    publisher.publish({});
    EXPECT_EQ(Snapshot::open(folder.path())->size(), 0U);
  }
}

TEST_F(PublisherTest, a_running_reader_takes_on_what_is_published_and_finishes_with_what_it_began_with) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  LiveSearcher live(folder_.path());
  EXPECT_FALSE(live.refresh());
  const auto begun = live.current();
  for (int i = 0; i < 4; ++i) {  // the folder of `begun` is gone after two
    add(60 + i, 61 + i);
    publisher.publish({});
  }
  EXPECT_TRUE(begun->is_stale());
  EXPECT_EQ(begun->size(), 60U);
  EXPECT_TRUE(live.refresh());
  EXPECT_FALSE(live.refresh());
  EXPECT_EQ(live.current()->size(), 64U);
  SearchRequest request;
  request.seeds.push_back({begun->track(sample_track(1).path)});
  EXPECT_EQ(begun->search(request).size(), 20U);
}

TEST_F(PublisherTest, readers_small_publishes_and_a_rebuild_go_on_at_once) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  std::atomic<bool> done{false};
  std::atomic<int> searches{0};
  const auto read = [&] {
    LiveSearcher live(folder_.path());
    std::size_t size = 0;
    while (!done) {
      live.refresh();
      const auto searcher = live.current();
      EXPECT_GE(searcher->size(), size) << "nothing that was published is lost";
      size = searcher->size();
      SearchRequest request;
      request.seeds.push_back({searcher->track(sample_track(1).path)});
      request.rerank.count = 5;
      EXPECT_EQ(searcher->search(request).size(), 5U);
      ++searches;
    }
  };
  std::thread first(read);
  std::thread second(read);
  std::thread rebuilding([&] {
    for (int i = 0; i < 3; ++i) publisher.rebuild(i == 1, {});
  });
  for (int i = 0; i < 30; ++i) {
    add(60 + i, 61 + i);
    EXPECT_TRUE(publisher.publish_changes({}));
  }
  rebuilding.join();
  publisher.publish({});
  done = true;
  first.join();
  second.join();
  EXPECT_GT(searches, 0);
  EXPECT_EQ(snapshot()->size(), 90U);
  EXPECT_EQ(snapshot()->revision(), catalog_.revision());
  EXPECT_LE(folders().size(), 2U);
}

TEST_F(PublisherTest, a_second_writer_is_told_who_writes) {
  try {
    const catalog::Catalog second(folder_.path(), catalog::OpenMode::read_write);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::busy);
    EXPECT_THAT(error.what(), HasSubstr("another resonance"));
  }
}

TEST_F(PublisherTest, a_stopped_rebuild_leaves_the_old_snapshot) {
  SnapshotPublisher publisher(catalog_, model_, large());
  publisher.publish({});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(publisher.rebuild(true, stop.get_token()), Error);
  EXPECT_THAT(folders(), ElementsAre("1"));
  EXPECT_EQ(snapshot()->size(), 60U);
}

}  // namespace
}  // namespace resonance::engine
