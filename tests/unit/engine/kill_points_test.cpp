// Killed at every single change to a file while the catalog is changed and published: it opens, holds what
// the last finished operation left, says whether its search index is behind, and the next run heals what is
// left over.
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/npy.h"
#include "resonance/engine/compression.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/publisher.h"
#include "resonance/engine/searcher.h"
#include "resonance/engine/segment_search.h"
#include "resonance/engine/segments_of_catalog.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/child_process.h"
#include "support/kill_point.h"
#include "support/temporary_directory.h"
#include "unit/engine/sample_catalog.h"

namespace resonance::engine {
namespace {

namespace fs = std::filesystem;
using testing::ChildProcess;
using testing::Death;

constexpr int kTracks = 24;
constexpr std::int64_t kCommitted = 1;  // a child's report: the change of the tracks is done

/// A catalog that a child has open for writing.
struct Writer {
  Writer(const fs::path& folder, bool whole, bool segments) : catalog(folder, catalog::OpenMode::create) {
    require_model(catalog, model);
    keep_segments(catalog, segments);
    if (!whole) {
      options.whole_tracks = 0;
      options.choice.exact_values = 0;
      options.choice.sample = 4;
      options.drift = 0.5;
    }
    publisher.emplace(catalog, model, options);
  }
  embedding::ModelInfo model = embedding::make_statistics_embedder()->info();
  catalog::Catalog catalog;
  PublishOptions options;
  std::optional<SnapshotPublisher> publisher;
};

/// Something that changes the tracks, what they are afterwards, and something that publishes.
struct Operation {
  std::string name;
  bool whole = false;
  bool segments = false;
  std::function<void(Writer&)> change;
  std::function<void(Writer&)> publish;
  std::set<std::string> after;  ///< titles
};

std::string title(int number, int version = 0) { return sample_track(number, version).tags.title; }

std::set<std::string> all_titles() {
  std::set<std::string> titles;
  for (int i = 0; i < kTracks; ++i) titles.insert(title(i));
  return titles;
}

std::vector<Operation> operations() {
  const auto publish = [](Writer& writer) { writer.publisher->publish({}); };
  const auto add = [](Writer& writer) {
    writer.catalog.put({sample_track(kTracks), sample_track(kTracks + 1)});
  };
  const auto remove = [](Writer& writer) { writer.catalog.remove({3, 4}); };
  const auto replace = [](Writer& writer) { writer.catalog.put({sample_track(5, 1)}); };
  std::set<std::string> added = all_titles();
  added.insert({title(kTracks), title(kTracks + 1)});
  std::set<std::string> removed = all_titles();
  removed.erase(title(2));
  removed.erase(title(3));
  std::vector<Operation> all;
  for (const bool whole : {true, false}) {
    const std::string kind = whole ? "_small" : "_large";
    all.push_back({"add" + kind, whole, false, add, publish, added});
    all.push_back({"remove" + kind, whole, false, remove, publish, removed});
    all.push_back({"replace" + kind, whole, false, replace, publish, all_titles()});
    all.push_back({"rebuild" + kind, whole, false, [](Writer&) {},
                   [](Writer& writer) { writer.publisher->rebuild(true, {}); }, all_titles()});
  }
  const auto add_heard = [](Writer& writer) { put_with_segments(writer.catalog, kTracks, kTracks + 2); };
  const auto replace_heard = [](Writer& writer) { put_with_segments(writer.catalog, 5, 6, 1); };
  all.push_back({"add_with_segments", false, true, add_heard, publish, added});
  all.push_back({"remove_with_segments", true, true, remove, publish, removed});
  all.push_back({"replace_with_segments", false, true, replace_heard, publish, all_titles()});
  all.push_back({"rebuild_with_segments", true, true, [](Writer&) {},
                 [](Writer& writer) { writer.publisher->rebuild(true, {}); }, all_titles()});
  return all;
}

/// In a child of its own, so that this process never runs what is tested and can fork at any time.
void in_child(const std::function<void()>& body, const std::string& what) {
  ChildProcess child([&](const ChildProcess::Report&) {
    try {
      body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s\n", what.c_str(), error.what());
      throw;
    }
  });
  ASSERT_EQ(child.wait(), 0) << what;
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

std::set<std::string> titles_of(const catalog::Catalog& catalog) {
  std::set<std::string> titles;
  catalog.for_each(false, [&](const catalog::Track& track) { titles.insert(track.tags.title); });
  return titles;
}

std::set<std::string> titles_found(const Searcher& searcher) {
  SearchRequest request;
  request.seeds.push_back({searcher.track(sample_track(1).path)});
  request.rerank.count = 1000;
  std::set<std::string> titles{sample_track(1).tags.title};
  for (const QueryResult& result : searcher.search(request)) titles.insert(result.track.tags.title);
  return titles;
}

/// What a search for passages finds: titles, each with the times that its track's segments have.
std::set<std::string> titles_of_passages(const Searcher& searcher) {
  const SegmentSearcher segments(searcher);
  PassageRequest request;
  request.seeds.push_back(segments.track(sample_track(1).path, {}));
  request.rerank.count = 1000;
  std::set<std::string> titles{sample_track(1).tags.title};
  for (const PassageResult& result : segments.search(request)) {
    const int number = std::stoi(result.track.tags.title.substr(6));
    const double last_s = 4.0 * static_cast<double>(sample_segment_count(number) - 1);
    require(result.found.start_s >= 0 && result.found.start_s <= last_s, "a passage is found that is none");
    titles.insert(result.track.tags.title);
  }
  return titles;
}

/// A track has all its segments, or there is no such track.
void check_segments(const catalog::Catalog& catalog) {
  const auto counts = catalog.segment_counts();
  require(counts.size() == catalog.track_count(), "a track has lost its segments, or left them behind");
  for (const auto& [key, count] : counts) {
    const int number = std::stoi(catalog.find_by_key(key).value().tags.title.substr(6));
    require(count == sample_segment_count(number), "a track has some of its segments");
  }
}

void check_survivor(const fs::path& folder, const Operation& operation, bool committed) {
  {
    const catalog::Catalog reader(folder, catalog::OpenMode::read_only);
    require(reader.integrity_problem().empty(), "the database is damaged");
    const std::set<std::string> titles = titles_of(reader);
    require(titles == operation.after || (!committed && titles == all_titles()), "tracks are lost");
    const auto snapshot = Snapshot::open(folder);
    require(snapshot != nullptr, "there is no search index any more");
    snapshot->verify();
    const Searcher searcher(folder);
    require(searcher.is_stale() == (snapshot->revision() != reader.revision()),
            "it does not say that it is behind");
    const std::set<std::string> found = titles_found(searcher);
    if (operation.segments) {
      check_segments(reader);
      require(titles_of_passages(searcher) == found, "passages are not those of the tracks that are found");
    }
    if (searcher.is_stale()) {
      for (const std::string& one : found) require(titles.contains(one), "a track is found that is gone");
    } else {
      require(found == titles, "it says that it is complete and is not");
    }
  }
  Writer writer(folder, operation.whole, operation.segments);  // the next run
  operation.change(writer);
  writer.publisher->publish({});
  const auto healed = Snapshot::open(folder);
  healed->verify();
  require(healed->revision() == writer.catalog.revision(), "the next run does not bring it up to date");
  require(titles_found(Searcher(folder)) == operation.after, "the next run does not complete it");
  if (operation.segments) {
    check_segments(writer.catalog);
    require(titles_of_passages(Searcher(folder)) == operation.after, "the next run leaves passages out");
  }
  std::size_t folders = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder / "snapshots")) ++folders;
  require(folders <= 2, "left-overs stay");
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const bool of_snapshot = entry.path().string().find("/snapshots/") != std::string::npos;
    require(!of_snapshot || entry.path().filename().string().find(".tmp") == std::string::npos,
            "temporary files stay");
  }
}

class KillPoints : public ::testing::TestWithParam<Operation> {};

TEST_P(KillPoints, whatever_was_finished_is_there) {
  const Operation& operation = GetParam();
  // A kill loses nothing that was written; waiting for a disk would only take time.
  if (fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
  const testing::TemporaryDirectory folder;
  const fs::path pristine = folder / "pristine";
  in_child(
      [&] {
        Writer writer(pristine, operation.whole, operation.segments);
        if (operation.segments) {
          put_with_segments(writer.catalog, 0, kTracks);
        } else {
          std::vector<catalog::Track> tracks;
          for (int i = 0; i < kTracks; ++i) tracks.push_back(sample_track(i));
          writer.catalog.put(std::move(tracks));
        }
        writer.publisher->publish({});
      },
      "first run");
  for (const Death death : {Death::before, Death::half_written}) {
    bool finished = false;
    // Half-written files differ little from unwritten ones: every third will do.
    const long step = death == Death::before ? 1 : 3;
    for (long number = 1; !finished; number += step) {
      SCOPED_TRACE("killed at change " + std::to_string(number));
      ASSERT_LT(number, 2000) << "it never ends";
      const fs::path copy = folder / "copy";
      fs::remove_all(copy);
      fs::copy(pristine, copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
      ChildProcess victim([&](const ChildProcess::Report& report) {
        testing::die_at_change(number, death);
        Writer writer(copy, operation.whole, operation.segments);
        operation.change(writer);
        report(kCommitted);
        operation.publish(writer);
      });
      const bool committed = victim.next_report() == kCommitted;
      const int end = victim.wait();
      ASSERT_TRUE(end == 0 || end == 128 + SIGKILL) << end;
      finished = end == 0;
      in_child([&] { check_survivor(copy, operation, committed); }, "the survivor");
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(every_change, KillPoints, ::testing::ValuesIn(operations()),
                         [](const auto& operation) { return operation.param.name; });

TEST(KillPointsOfCompress, the_old_representatives_or_the_new_ones_are_there) {
  if (fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
  const testing::TemporaryDirectory folder;
  const auto compress = [&](const fs::path& out, std::uint32_t seed) {
    (void)compress_vectors(folder / "rows.npy", out, {.representatives = 5, .steps = 3, .seed = seed}, {});
  };
  const auto bytes_of = [](const fs::path& file) { return read_file(file, 1 << 20); };
  in_child(
      [&] {
        std::vector<float> values(40 * 3);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i % 17);
        write_npy(folder / "rows.npy", values, 40, 3);
        compress(folder / "old.npz", 1);
        compress(folder / "new.npz", 2);
      },
      "first runs");
  const std::string old_bytes = bytes_of(folder / "old.npz");
  const std::string new_bytes = bytes_of(folder / "new.npz");
  ASSERT_NE(old_bytes, new_bytes);
  for (const Death death : {Death::before, Death::half_written}) {
    bool finished = false;
    for (long number = 1; !finished; ++number) {
      SCOPED_TRACE("killed at change " + std::to_string(number));
      const fs::path out = folder / "out.npz";
      fs::copy_file(folder / "old.npz", out, fs::copy_options::overwrite_existing);
      ChildProcess victim([&](const ChildProcess::Report&) {
        testing::die_at_change(number, death);
        compress(out, 2);
      });
      const int end = victim.wait();
      ASSERT_TRUE(end == 0 || end == 128 + SIGKILL) << end;
      finished = end == 0;
      const std::string left = bytes_of(out);
      EXPECT_TRUE(left == new_bytes || (!finished && left == old_bytes));
    }
  }
}

}  // namespace
}  // namespace resonance::engine
