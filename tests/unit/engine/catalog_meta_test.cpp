#include "resonance/engine/catalog_meta.h"

#include "resonance/core/atomic_file.h"
#include "resonance/core/error.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace resonance::engine {
namespace {

CatalogMeta sample() {
  CatalogMeta meta;
  meta.model = {"statistics", 1, 1};
  meta.revision = 42;
  meta.base_revision = 41;
  meta.tracks = 2;
  meta.base_rows = 3;
  meta.removed_rows = 2;
  meta.tail_rows = 1;
  meta.asked = {.kind = "auto", .recall = 0.95};
  meta.index = {
      .factory = "graph16", .settings = {.ef_search = 80, .k_factor = 2}, .recall = 0.96, .sample = 400};
  meta.fitted_library_size = 2;
  meta.checksums = {{"index.faiss", 0xFFFFFFFF}};
  meta.segments = SegmentMeta{.base_revision = 40,
                              .tracks = 3,
                              .base_tracks = 2,
                              .rows = {.base = 90, .removed = 30, .tail = 20},
                              .index = {.factory = "Flat"}};
  meta.rows = {{"00ff", "/music/a.mp3"}, {"00fe", "/music/\xff.mp3"}};
  return meta;
}

TEST(CatalogMeta, round_trips_without_its_rows) {
  const testing::TemporaryDirectory folder;
  write_catalog_meta(folder / "meta.json", sample());
  const CatalogMeta meta = read_catalog_meta(folder / "meta.json");
  EXPECT_EQ(meta.model, sample().model);
  EXPECT_EQ(meta.revision, 42);
  EXPECT_EQ(meta.tracks, 2U);
  EXPECT_EQ(meta.base_revision, 41);
  EXPECT_EQ(meta.base_rows, 3U);
  EXPECT_EQ(meta.removed_rows, 2U);
  EXPECT_EQ(meta.tail_rows, 1U);
  EXPECT_EQ(meta.asked, sample().asked);
  EXPECT_EQ(meta.index.factory, "graph16");
  EXPECT_EQ(meta.index.settings.ef_search, 80U);
  EXPECT_EQ(meta.index.settings.k_factor, 2);
  EXPECT_EQ(meta.index.recall, 0.96);
  EXPECT_EQ(meta.index.sample, 400U);
  EXPECT_EQ(meta.checksums, sample().checksums);
  EXPECT_TRUE(meta.rows.empty());
  ASSERT_TRUE(meta.segments);
  EXPECT_EQ(meta.segments->base_revision, 40);
  EXPECT_EQ(meta.segments->tracks, 3U);
  EXPECT_EQ(meta.segments->base_tracks, 2U);
  EXPECT_EQ(meta.segments->rows.left(), 80U);
  EXPECT_EQ(meta.segments->rows.tail, 20U);
  EXPECT_EQ(meta.segments->index.factory, "Flat");
}

TEST(CatalogMeta, segments_that_do_not_agree_are_refused) {
  const testing::TemporaryDirectory folder;
  CatalogMeta meta = sample();
  meta.segments->rows.removed = 91;
  write_catalog_meta(folder / "meta.json", meta);
  EXPECT_THROW((void)read_catalog_meta(folder / "meta.json"), Error);
  meta = sample();
  meta.segments->index.settings.k_factor = 0.5;
  write_catalog_meta(folder / "meta.json", meta);
  EXPECT_THROW((void)read_catalog_meta(folder / "meta.json"), Error);
  meta = sample();
  meta.segments.reset();
  write_catalog_meta(folder / "meta.json", meta);
  EXPECT_FALSE(read_catalog_meta(folder / "meta.json").segments);
}

TEST(CatalogMeta, any_truncation_is_refused_by_name) {
  const testing::TemporaryDirectory folder;
  write_catalog_meta(folder / "meta.json", sample());
  const std::string whole = read_file(folder / "meta.json", 10000);
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    std::ofstream(folder / "meta.json") << whole.substr(0, length);
    try {
      verify_catalog_meta(folder / "meta.json");
      FAIL() << length;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_data);
      EXPECT_NE(std::string(error.what()).find("meta.json"), std::string::npos);
    }
  }
}

TEST(CatalogMeta, foreign_json_and_other_schemas_are_told_apart) {
  const testing::TemporaryDirectory folder;
  std::ofstream(folder / "meta.json") << R"({"format":"something else"})";
  EXPECT_THROW((void)read_catalog_meta(folder / "meta.json"), Error);
  std::ofstream(folder / "meta.json") << R"({"format":"resonance-catalog","schema":99})";
  try {
    (void)read_catalog_meta(folder / "meta.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::version_mismatch);
  }
}

}  // namespace
}  // namespace resonance::engine
