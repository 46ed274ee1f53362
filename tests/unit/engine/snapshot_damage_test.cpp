// Files of a snapshot that are cut, changed, exchanged or hostile: an error that names the file and the way
// back, or an answer; never a crash, a hang or a huge allocation. The way back needs no audio.
#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/core/feature_contract.h"
#include "resonance/engine/model_of_catalog.h"
#include "resonance/engine/publisher.h"
#include "resonance/engine/searcher.h"
#include "resonance/engine/segment_search.h"
#include "resonance/engine/segments_of_catalog.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
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

constexpr int kTracks = 60;
using Answer = std::vector<std::pair<std::string, float>>;

/// One folder of each form for all tests: each restores what it damages.
enum class Form { whole, graph, lists, segments };

class SampleLibrary {
 public:
  explicit SampleLibrary(Form form) {
    catalog_.emplace(folder_.path(), catalog::OpenMode::create);
    const auto model = embedding::make_statistics_embedder()->info();
    require_model(*catalog_, model);
    PublishOptions options;
    segments_ = form == Form::segments;
    keep_segments(*catalog_, segments_);
    if (form == Form::graph || form == Form::lists) {
      options.whole_tracks = 0;
      options.choice.exact_values = 0;
      options.choice.sample = 8;
      options.drift = 0.5;
    }
    if (form == Form::lists) options.index = index_factory_request("IVF4,SQ8");
    publisher_.emplace(*catalog_, model, options);
    add(0, kTracks);
    publisher_->publish({});
    add(kTracks, kTracks + 4);
    catalog_->remove({8});
    publisher_->publish({});
  }
  [[nodiscard]] fs::path path() const { return folder_.path(); }
  [[nodiscard]] fs::path file(const std::string& name) const {
    return fs::canonical(path() / "current") / name;
  }
  [[nodiscard]] SnapshotPublisher& publisher() { return *publisher_; }
  [[nodiscard]] const catalog::Catalog& catalog() const { return *catalog_; }

 private:
  void add(int first, int last) {
    if (segments_) return put_with_segments(*catalog_, first, last);
    std::vector<catalog::Track> tracks;
    for (int i = first; i < last; ++i) tracks.push_back(sample_track(i));
    catalog_->put(std::move(tracks));
  }
  bool segments_ = false;
  testing::TemporaryDirectory folder_;
  std::optional<catalog::Catalog> catalog_;
  std::optional<SnapshotPublisher> publisher_;
};

SampleLibrary& library(Form form) {
  static std::map<Form, SampleLibrary> libraries;
  return libraries.try_emplace(form, form).first->second;
}

Answer ask(const fs::path& folder, std::size_t count = 8) {
  const Searcher searcher(folder);
  SearchRequest request;
  request.seeds.push_back({searcher.track(sample_track(1).path)});
  request.rerank.count = count;
  Answer answer;
  for (const QueryResult& result : searcher.search(request)) {
    answer.emplace_back(result.track.path, result.score);
  }
  if (searcher.snapshot().segments() != nullptr) {
    const SegmentSearcher segments(searcher);
    PassageRequest passages;
    passages.seeds.push_back(segments.track(sample_track(1).path, {}));
    passages.rerank.count = count;
    for (const PassageResult& result : segments.search(passages)) {
      answer.emplace_back(result.track.path, result.score);
    }
  }
  return answer;
}

std::string read(const fs::path& file) { return read_file(file, 1 << 24); }
void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

class SnapshotDamage : public ::testing::TestWithParam<std::tuple<Form, const char*>> {
 protected:
  SnapshotDamage() : library_(library(std::get<0>(GetParam()))), name_(std::get<1>(GetParam())) {
    file_ = library_.file(name_);
    whole_ = read(file_);
    healthy_ = ask(library_.path());
  }
  ~SnapshotDamage() override { write(file_, whole_); }

  /// @param seen  whether opening must notice it
  void expect_refusal_or_answer(bool seen) {
    try {
      const Answer answer = ask(library_.path());
      EXPECT_FALSE(seen) << "it was not noticed";
      EXPECT_LE(answer.size(), healthy_.size());
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::corrupt_data || error.code() == ErrorCode::version_mismatch)
          << error.what();
      EXPECT_THAT(error.what(), HasSubstr("resonance index --rebuild"));
      EXPECT_THAT(error.what(), HasSubstr(name_));
    }
  }
  void expect_verify_notices() const {
    try {
      if (const auto snapshot = Snapshot::open(library_.path())) snapshot->verify();
      ADD_FAILURE() << "doctor would not notice";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("resonance index --rebuild"));
    }
  }

  SampleLibrary& library_;
  std::string name_;
  fs::path file_;
  std::string whole_;
  Answer healthy_;
};

TEST_P(SnapshotDamage, a_file_of_another_length_is_refused_when_it_is_opened) {
  const bool lengths_are_known = name_ != "meta.json" && !name_.ends_with("projection.bin");
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{40}, whole_.size() / 2, whole_.size() - 1}) {
    SCOPED_TRACE(length);
    write(file_, whole_.substr(0, length));
    expect_refusal_or_answer(lengths_are_known || length < 41);
    if (name_ != "meta.json" || length < whole_.size() - 1) expect_verify_notices();
  }
  write(file_, whole_ + std::string(64, '\0'));
  if (name_ != "meta.json") expect_verify_notices();
}

TEST_P(SnapshotDamage, a_missing_file_is_refused_by_name) {
  fs::remove(file_);
  expect_refusal_or_answer(true);
  expect_verify_notices();
}

TEST_P(SnapshotDamage, a_file_of_something_else_is_refused_by_name) {
  for (const char* other : {"meta.json", "embeddings.npy", "keys.npy", "codes.bin", "projection.bin"}) {
    if (name_.ends_with(other)) continue;  // a projection is one of another space: only doctor can tell
    SCOPED_TRACE(other);
    write(file_, read(library_.file(other)));
    expect_refusal_or_answer(true);
  }
  write(file_, std::string(whole_.size(), 'x'));
  expect_refusal_or_answer(true);
  expect_verify_notices();
}

TEST_P(SnapshotDamage, turned_bits_are_refused_or_answered_and_doctor_notices_them) {
  std::mt19937 random(1);
  for (int i = 0; i < 60; ++i) {
    // Headers more often than contents.
    const std::size_t place =
        random() % (i % 2 == 0 ? std::min<std::size_t>(whole_.size(), 128) : whole_.size());
    SCOPED_TRACE(place);
    std::string bytes = whole_;
    bytes[place] = static_cast<char>(static_cast<unsigned char>(bytes[place]) ^ (1U << (random() % 8)));
    write(file_, bytes);
    expect_refusal_or_answer(false);
    if (name_ != "meta.json") expect_verify_notices();
  }
}

TEST_P(SnapshotDamage, numbers_as_large_as_they_come_are_refused_before_anything_is_allocated) {
  for (const std::uint64_t number : {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 62,
                                     std::uint64_t{1} << 40, std::uint64_t{0}}) {
    for (std::size_t place = 0; place + 8 <= std::min<std::size_t>(whole_.size(), 64); place += 4) {
      SCOPED_TRACE(place);
      std::string bytes = whole_;
      std::memcpy(bytes.data() + place, &number, sizeof number);
      write(file_, bytes);
      expect_refusal_or_answer(false);
    }
  }
}

TEST_P(SnapshotDamage, a_rebuild_heals_without_audio) {
  SampleLibrary own(std::get<0>(GetParam()));
  write(own.file(name_), whole_.substr(0, whole_.size() / 3));
  own.publisher().rebuild(false, {});
  const auto snapshot = Snapshot::open(own.path());
  snapshot->verify();
  EXPECT_EQ(ask(own.path()).size(), healthy_.size());
  EXPECT_EQ(snapshot->revision(), own.catalog().revision());
}

std::string name_of_case(const ::testing::TestParamInfo<std::tuple<Form, const char*>>& info) {
  std::string name = std::get<1>(info.param);
  for (char& letter : name) letter = std::isalnum(static_cast<unsigned char>(letter)) != 0 ? letter : '_';
  return name;
}

constexpr const char* kBaseFiles[] = {"meta.json", "embeddings.npy", "keys.npy", "codes.bin",
                                      "projection.bin"};

INSTANTIATE_TEST_SUITE_P(whole, SnapshotDamage,
                         ::testing::Combine(::testing::Values(Form::whole), ::testing::ValuesIn(kBaseFiles)),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(graph, SnapshotDamage,
                         ::testing::Combine(::testing::Values(Form::graph),
                                            ::testing::Values("graph.bin", "tail.npy", "tail-keys.npy",
                                                              "tail-codes.bin", "removed.npy", "meta.json")),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(lists, SnapshotDamage,
                         ::testing::Combine(::testing::Values(Form::lists), ::testing::Values("index.faiss")),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(segments, SnapshotDamage,
                         ::testing::Combine(::testing::Values(Form::segments),
                                            ::testing::Values("segments.npy", "segment-keys.npy",
                                                              "segment-codes.bin", "segment-projection.bin",
                                                              "segment-tail.npy", "segment-tail-keys.npy",
                                                              "segment-tail-codes.bin", "segment-removed.npy",
                                                              "meta.json")),
                         name_of_case);

class OddVectors : public ::testing::Test {
 protected:
  OddVectors() : library_(Form::whole), file_(library_.file("embeddings.npy")), bytes_(read(file_)) {}
  void set_row(std::size_t row, float value) {
    const std::vector<float> values(kEmbeddingDimensions, value);
    std::memcpy(bytes_.data() + 128 + row * kEmbeddingDimensions * sizeof(float), values.data(),
                kEmbeddingDimensions * sizeof(float));
    write(file_, bytes_);
  }
  SampleLibrary library_;
  fs::path file_;
  std::string bytes_;
};

TEST_F(OddVectors, rows_that_are_no_numbers_or_zero_or_long_never_break_an_answer) {
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            0.0F, 1e30F, -5.0F}) {
    for (const std::size_t row : {3U, 17U, 40U}) set_row(row, value);
    try {
      EXPECT_LE(ask(library_.path(), 100).size(), 62U);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("--rebuild"));
    }
  }
}

TEST_F(OddVectors, a_seed_whose_row_is_damaged_is_refused_with_the_way_back) {
  const auto row = Snapshot::open(library_.path())
                       ->row_of(library_.catalog().find_by_path(sample_track(1).path).value().key);
  set_row(row.value(), std::numeric_limits<float>::quiet_NaN());
  try {
    (void)ask(library_.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
    EXPECT_THAT(error.what(), HasSubstr("embeddings.npy"));
    EXPECT_THAT(error.what(), HasSubstr("--rebuild"));
  }
}

TEST_F(OddVectors, none_or_more_results_than_there_are_tracks_can_be_asked_for) {
  EXPECT_TRUE(ask(library_.path(), 0).empty());
  EXPECT_EQ(ask(library_.path(), 63).size(), 62U);
  EXPECT_EQ(ask(library_.path(), 1'000'000).size(), 62U);
}

TEST_F(OddVectors, a_snapshot_of_another_model_or_feature_version_is_refused_and_replaced) {
  const fs::path meta = library_.file("meta.json");
  const std::string whole = read(meta);
  for (const auto& [from, to] : {std::pair{"\"feature_version\": ", "\"feature_version\": 9"},
                                 {"\"name\": \"", "\"name\": \"other-"},
                                 {"\"schema\": ", "\"schema\": 9"}}) {
    std::string other = whole;
    const auto at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    other.replace(at, std::string(from).size(), to);
    write(meta, other);
    try {
      (void)ask(library_.path());
      ADD_FAILURE() << to;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::version_mismatch) << error.what();
      EXPECT_THAT(error.what(), HasSubstr("--rebuild"));
    }
  }
  EXPECT_TRUE(library_.publisher().publish({}));
  EXPECT_EQ(ask(library_.path()).size(), 8U);
}

}  // namespace
}  // namespace resonance::engine
