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
  meta.tracks = 2;
  meta.fitted_library_size = 2;
  meta.checksums = {{"index.faiss", 0xFFFFFFFF}};
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
  EXPECT_EQ(meta.index_factory, "Flat");
  EXPECT_EQ(meta.checksums, sample().checksums);
  EXPECT_TRUE(meta.rows.empty());
}

TEST(CatalogMeta, any_truncation_is_refused_by_name) {
  const testing::TemporaryDirectory folder;
  write_catalog_meta(folder / "meta.json", sample());
  const std::string whole = read_file(folder / "meta.json", 10000);
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    std::ofstream(folder / "meta.json") << whole.substr(0, length);
    try {
      (void)read_catalog_meta(folder / "meta.json");
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
