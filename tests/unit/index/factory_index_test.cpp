#include "resonance/index/factory_index.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"
#include "resonance/index/factory_presets.h"
#include "resonance/index/faiss_file_check.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <faiss/Index.h>
#include <faiss/index_io.h>
#include <gtest/gtest.h>

#include "index_vectors.h"
#include "support/temporary_directory.h"

namespace resonance::index {
namespace {

using testing::clustered_vectors;
using testing::sorted_by_score;

constexpr std::size_t kDimensions = 32;
constexpr std::size_t kRows = 1500;
const std::vector<float> kVectors = clustered_vectors(kRows, kDimensions, 2);
const std::vector<float> kQueries = clustered_vectors(20, kDimensions, 3);

std::shared_ptr<const ExactIndex> exact(Metric metric = Metric::inner_product) {
  return std::make_shared<const ExactIndex>(kVectors, kDimensions, metric);
}

// FAISS has it for distances only, and would hold them for inner products.
bool is_for(const std::string& factory, Metric metric) {
  return factory != "HNSW8_PQ8" || metric == Metric::l2;
}

Metric metric_of(const std::string& factory) {
  return is_for(factory, Metric::inner_product) ? Metric::inner_product : Metric::l2;
}

// Built once for all tests: OPQ takes its time.
std::shared_ptr<const FactoryIndex> built(const std::string& factory, Metric metric = Metric::inner_product,
                                          std::size_t rows = kRows) {
  static std::map<std::tuple<std::string, Metric, std::size_t>, std::shared_ptr<const FactoryIndex>> made;
  auto& index = made[{factory, metric, rows}];
  if (!index) {
    const auto vectors = std::span(kVectors).first(rows * kDimensions);
    index = FactoryIndex::build(std::make_shared<const ExactIndex>(vectors, kDimensions, metric),
                                {.factory = factory, .metric = metric});
  }
  return index;
}

std::span<const float> query(std::size_t number) {
  return std::span(kQueries).subspan(number * kDimensions, kDimensions);
}

// Every kind that can be kept.
const std::vector<std::string> kFactories{"Flat",
                                          "SQ8",
                                          "SQ4",
                                          "SQ6",
                                          "SQfp16",
                                          "PQ8",
                                          "PQ8x4fs,RFlat",
                                          "IVF16,Flat",
                                          "IVF16,SQ8",
                                          "IVF16,PQ8",
                                          "IVF16,PQ8x4fs,RFlat",
                                          "IVF16,PQ4x4fsr,Refine(Flat)",
                                          "IVF16_HNSW8,Flat",
                                          "HNSW8",
                                          "HNSW8_SQ8",
                                          "HNSW8_PQ8",
                                          "OPQ8_16,IVF16,PQ8x4fs,RFlat",
                                          "PCA16,IVF16,Flat",
                                          "PCAR16,SQ8",
                                          "RR32,Flat",
                                          "L2norm,Flat"};

TEST(FactoryIndex, every_score_is_exact_and_answers_are_in_order_for_every_kind_and_metric) {
  for (const Metric metric : {Metric::inner_product, Metric::l2}) {
    const auto rows = exact(metric);
    for (const std::string& factory : kFactories) {
      if (!is_for(factory, metric)) continue;
      const auto index = built(factory, metric);
      EXPECT_EQ(index->name(), factory);
      const auto batch = index->search_batch(kQueries, 10);
      for (std::size_t q = 0; q < 20; ++q) {
        const auto found = index->search(query(q), 10);
        ASSERT_EQ(found.size(), 10U) << factory;
        EXPECT_EQ(batch[q], found) << factory;
        EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), is_better)) << factory;
        for (const Neighbor& neighbor : found) {
          EXPECT_EQ(neighbor.score, rows->score(query(q), static_cast<std::size_t>(neighbor.row))) << factory;
        }
      }
    }
  }
}

double recall(const FactoryIndex& index, const SearchSettings& settings,
              Metric metric = Metric::inner_product) {
  double hits = 0;
  for (std::size_t q = 0; q < 20; ++q) {
    const auto expected = sorted_by_score(kVectors, query(q), 10, settings.filter, metric);
    const auto found = index.search(query(q), 10, settings);
    for (const Neighbor& neighbor : found)
      hits += std::count(expected.begin(), expected.end(), neighbor) > 0 ? 1 : 0;
  }
  return hits / 200;
}

TEST(FactoryIndex, looking_into_every_list_finds_what_exact_search_finds) {
  for (const Metric metric : {Metric::inner_product, Metric::l2}) {
    EXPECT_EQ(recall(*built("IVF16,Flat", metric), {.nprobe = 16}, metric), 1);
    EXPECT_EQ(recall(*built("Flat", metric), {}, metric), 1);
    EXPECT_EQ(recall(*built("IVF16,PQ8x4fs,RFlat", metric), {.nprobe = 16, .k_factor = kRows}, metric), 1);
  }
}

TEST(FactoryIndex, settings_of_a_query_trade_time_for_recall) {
  const auto lists = built("IVF64,PQ16x4fs,RFlat");
  EXPECT_LT(recall(*lists, {.nprobe = 1, .k_factor = 20}), recall(*lists, {.nprobe = 64, .k_factor = 20}));
  EXPECT_LT(recall(*lists, {.nprobe = 64, .k_factor = 1}), recall(*lists, {.nprobe = 64, .k_factor = 20}));
  const auto graph = built("HNSW4");
  EXPECT_LT(recall(*graph, {.ef_search = 10}), recall(*graph, {.ef_search = 400}));
}

TEST(FactoryIndex, only_allowed_rows_come_back_and_as_many_as_there_are) {
  for (const std::string& factory : kFactories) {
    if (!is_for(factory, Metric::inner_product)) continue;
    const auto index = built(factory);
    for (const std::size_t one_in : {2U, 10U, 100U, 750U}) {
      RowFilter filter(kRows);
      for (std::size_t row = 0; row < kRows; row += one_in) filter.allow(row);
      const auto found = index->search(query(0), 10, {.filter = &filter});
      EXPECT_EQ(found.size(), std::min<std::size_t>(10, filter.count())) << factory << ' ' << one_in;
      for (const Neighbor& neighbor : found)
        EXPECT_TRUE(filter.allows(static_cast<std::size_t>(neighbor.row)));
    }
  }
}

TEST(FactoryIndex, k_results_come_back_even_if_the_lists_hold_fewer) {
  const auto index = built("IVF64,Flat");
  EXPECT_EQ(index->search(query(0), kRows, {.nprobe = 1}).size(), kRows);
  EXPECT_EQ(index->search(query(0), 700, {.nprobe = 1}), sorted_by_score(kVectors, query(0), 700));
  EXPECT_EQ(built("HNSW8")->search(query(0), 5000).size(), kRows);
}

TEST(FactoryIndex, of_no_rows_answers_nothing) {
  const auto rows = std::make_shared<const ExactIndex>(std::span<const float>{}, kDimensions);
  EXPECT_TRUE(FactoryIndex::build(rows, {.factory = "Flat"})->search(query(0), 5).empty());
  EXPECT_TRUE(FactoryIndex::build(rows, {.factory = "HNSW8"})->search(query(0), 5).empty());
  EXPECT_THROW((void)FactoryIndex::build(rows, {.factory = "IVF16,Flat"}), Error);
}

TEST(FactoryIndex, strings_that_are_wrong_hostile_or_of_another_kind_are_refused) {
  for (const std::string factory : {"", "Flatt", "IVF16", "IVF99999999999999999999,Flat", "IVF2000,Flat",
                                    "PQ7", "LSH", "NSG16", "RQ4x8", "IVF16,PQ8,PQ8", "\n", "IDMap,Flat",
                                    "IVF16,PQ8,Refine(SQ8)", "PQ9999999", "HNSW8,LSH", "HNSW8_PQ8"}) {
    EXPECT_THROW((void)built(factory), Error) << factory;
  }
  EXPECT_THROW((void)built(std::string(100000, '(')), Error);
  EXPECT_THROW((void)FactoryIndex::build(exact(), {.factory = "Flat", .metric = Metric::l2}), Error);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW((void)FactoryIndex::build(exact(), {.factory = "Flat"}, {}, stop.get_token()), Error);
}

TEST(FactoryIndex, from_its_file_answers_as_before_and_faiss_reads_it) {
  const testing::TemporaryDirectory folder;
  for (const Metric metric : {Metric::inner_product, Metric::l2}) {
    for (const std::string& factory : kFactories) {
      if (!is_for(factory, metric)) continue;
      const auto index = built(factory, metric);
      index->write(folder / "index.faiss");
      EXPECT_EQ(std::filesystem::file_size(folder / "index.faiss"), index->byte_size());
      const auto again = FactoryIndex::open(folder / "index.faiss", exact(metric), factory);
      EXPECT_EQ(again->search_batch(kQueries, 10), index->search_batch(kQueries, 10)) << factory;
      const std::unique_ptr<faiss::Index> theirs(faiss::read_index((folder / "index.faiss").c_str()));
      EXPECT_EQ(theirs->ntotal, static_cast<std::int64_t>(kRows));
    }
  }
}

TEST(FactoryIndex, a_file_of_other_vectors_is_refused) {
  const testing::TemporaryDirectory folder;
  built("SQ8")->write(folder / "index.faiss");
  const auto fewer =
      std::make_shared<const ExactIndex>(std::span(kVectors).first(10 * kDimensions), kDimensions);
  EXPECT_THROW((void)FactoryIndex::open(folder / "index.faiss", fewer, "SQ8"), Error);
  EXPECT_THROW((void)FactoryIndex::open(folder / "index.faiss", exact(Metric::l2), "SQ8"), Error);
  EXPECT_THROW((void)FactoryIndex::open(folder / "nothing.faiss", exact(), "SQ8"), Error);
}

std::string file_of(const std::string& factory, std::size_t rows) {
  const testing::TemporaryDirectory folder;
  built(factory, metric_of(factory), rows)->write(folder / "index.faiss");
  return read_file(folder / "index.faiss", 10'000'000);
}

// Whether the check passes; what it throws is held against what was promised.
bool passes(const std::string& bytes) {
  try {
    (void)check_faiss_file(std::as_bytes(std::span(bytes)), "bad.faiss");
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
    EXPECT_NE(std::string(error.what()).find("bad.faiss"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("resonance index --rebuild"), std::string::npos);
    return false;
  }
}

TEST(FaissFileCheck, knows_what_the_files_say) {
  for (const std::string& factory : kFactories) {
    const std::string bytes = file_of(factory, 300);
    const FaissFileShape expected{300, kDimensions, metric_of(factory)};
    EXPECT_EQ(check_faiss_file(std::as_bytes(std::span(bytes)), "f"), expected) << factory;
  }
}

TEST(FaissFileCheck, no_truncation_and_no_appended_byte_passes) {
  for (const std::string& factory : kFactories) {
    const std::string whole = file_of(factory, 300);
    EXPECT_TRUE(passes(whole)) << factory;
    EXPECT_FALSE(passes(whole + '\0')) << factory;
    for (std::size_t length = 0; length < whole.size(); length += 1 + length / 16) {
      EXPECT_FALSE(passes(whole.substr(0, length))) << factory << ' ' << length;
    }
  }
}

TEST(FaissFileCheck, what_passes_after_any_change_is_searched_in_peace) {
  // Of each kind: bytes flipped one by one, and 64-bit words set to hostile counts. What the check lets
  // through is read and searched; that must end, within its memory.
  const testing::TemporaryDirectory folder;
  constexpr std::size_t kFew = 300;
  std::mt19937 generator(9);
  std::size_t passed = 0;
  for (const std::string& factory : kFactories) {
    const auto few = std::make_shared<const ExactIndex>(std::span(kVectors).first(kFew * kDimensions),
                                                        kDimensions, metric_of(factory));
    const std::string whole = file_of(factory, kFew);
    for (int attempt = 0; attempt < 250; ++attempt) {
      std::string changed = whole;
      // Counts and switches are at the beginning, and between tables.
      const std::size_t range = attempt % 2 == 0 ? std::min<std::size_t>(whole.size(), 200) : whole.size();
      const std::size_t at = generator() % range;
      if (attempt % 3 != 0 || at + 8 > changed.size()) {
        changed[at] = static_cast<char>(changed[at] ^ (1 << generator() % 8));
      } else {
        constexpr std::uint64_t kHostile[]{~std::uint64_t{0}, std::uint64_t{1} << 39, std::uint64_t{1} << 63,
                                           0, 2};
        std::memcpy(changed.data() + at, &kHostile[generator() % 5], 8);
      }
      if (!passes(changed)) continue;
      ++passed;
      std::ofstream(folder / "changed.faiss", std::ios::binary) << changed;
      try {
        const auto index = FactoryIndex::open(folder / "changed.faiss", few, "IVF16,PQ8x4fs,RFlat");
        EXPECT_EQ(index->search(query(0), 10).size(), 10U);
        EXPECT_EQ(index->search(query(1), 5, {.nprobe = 16}).size(), 5U);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt_data) << error.what();
      }
    }
  }
  EXPECT_GT(passed, 100U);
}

TEST(FaissFileCheck, foreign_files_are_refused) {
  EXPECT_FALSE(passes(""));
  EXPECT_FALSE(passes("RIFF....WAVEfmt "));
  EXPECT_FALSE(passes(std::string(1000, '\0')));
  EXPECT_FALSE(passes(std::string(1000, '\xff')));
  EXPECT_FALSE(passes("IxFI" + std::string(1000, '\xff')));
}

TEST(FactoryPresets, follow_the_rules_of_thumb) {
  EXPECT_EQ(ivf_by_training(39'000, "Flat"),
            (FactoryPreset{.factory = "IVF1000,Flat", .nprobe = 8, .k_factor = 1}));
  EXPECT_EQ(ivf_by_training(5, "Flat").factory, "IVF1,Flat");
  EXPECT_EQ(ivf_by_square_root(1'000'000, 4, "SQ8").factory, "IVF4000,SQ8");
  EXPECT_EQ(ivf_by_square_root(1'000'000, 16, "SQ8").nprobe, 18U);
  EXPECT_EQ(ivf_by_square_root(4, 16, "SQ8").factory, "IVF4,SQ8");
  EXPECT_THROW((void)ivf_by_square_root(100, 0, "Flat"), Error);
  EXPECT_EQ(fast_scan(1'000'000, 512).factory, "IVF1024,PQ128x4fs,RFlat");
  EXPECT_EQ(fast_scan(3900, 510).factory, "IVF100,PQ170x4fs,RFlat");
  EXPECT_GT(fast_scan(1'000'000, 512).k_factor, 1);
  EXPECT_EQ(hnsw().factory, "HNSW32");
}

}  // namespace
}  // namespace resonance::index
