#include "training/data/csv.h"

#include "resonance/core/error.h"

#include <gtest/gtest.h>

namespace resonance::training {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(Csv, quotes_commas_line_breaks_and_doubled_quotes_are_read_as_rfc_4180_says) {
  const CsvTable table = parse_csv("file,title\r\na.mp3,\"One, \"\"two\"\"\nthree\"\r\nb.mp3,\r\n", "test");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"file", "title"}));
  EXPECT_EQ(table.rows, (Rows{{"a.mp3", "One, \"two\"\nthree"}, {"b.mp3", ""}}));
}

TEST(Csv, a_byte_order_mark_and_a_missing_last_line_end_do_no_harm) {
  EXPECT_EQ(parse_csv("\xef\xbb\xbf"
                      "file\nx",
                      "test")
                .rows,
            (Rows{{"x"}}));
}

TEST(Csv, what_is_no_table_is_refused_with_its_line) {
  EXPECT_THROW(parse_csv("", "test"), Error);
  EXPECT_THROW(parse_csv("a,b\n1\n", "test"), Error);
  EXPECT_THROW(parse_csv("a\n\"x\"y\n", "test"), Error);
  try {
    parse_csv("a\n1\n\"open\n2\n", "list.csv");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "list.csv, line 3: a quote is never closed");
  }
}

}  // namespace
}  // namespace resonance::training
