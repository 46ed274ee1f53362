#include "resonance/core/csv.h"

#include "resonance/core/error.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace resonance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string problem_of(std::string_view text) {
  try {
    (void)parse_csv(text, "songs.csv");
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Csv, reads_plain_and_quoted_fields) {
  const CsvTable table = parse_csv("file,title\na.mp3,One\nb.mp3,\"Two, \"\"too\"\"\"\n", "songs.csv");
  EXPECT_THAT(table.columns, ElementsAre("file", "title"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a.mp3", "One"), ElementsAre("b.mp3", "Two, \"too\"")));
  EXPECT_EQ(table.column("title"), 1U);
  EXPECT_EQ(table.column("artist"), std::nullopt);
}

TEST(Csv, a_quoted_field_may_span_lines_and_lines_may_end_either_way) {
  const CsvTable table = parse_csv(
      "\xEF\xBB\xBF"
      "file,title\r\na,\"x\r\ny\"\r\n\r\nb,",
      "songs.csv");
  EXPECT_THAT(table.columns, ElementsAre("file", "title"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a", "x\r\ny"), ElementsAre("b", "")));
}

TEST(Csv, what_is_wrong_is_said_with_its_line) {
  EXPECT_THAT(problem_of(""), HasSubstr("songs.csv is empty"));
  EXPECT_THAT(problem_of("a,b\n1,2\n3\n"), HasSubstr("songs.csv, line 3: 1 fields where the header has 2"));
  EXPECT_THAT(problem_of("a,b\n\"1\n2\",3\n4\n"), HasSubstr("line 4"));
  EXPECT_THAT(problem_of("a,b\n\"1,2\n"), HasSubstr("line 2: a quote is not closed"));
  EXPECT_THAT(problem_of("a,b\n\"1\"x,2\n"), HasSubstr("line 2: something stands behind a closing quote"));
  EXPECT_THAT(problem_of("a,a\n1,2\n"), HasSubstr("two columns are named \"a\""));
  EXPECT_THAT(problem_of(std::string(1001, ',')), HasSubstr("more than 1000 columns"));
}

TEST(Csv, a_written_field_is_read_as_it_was) {
  for (const std::string text : {"plain", "", "with, comma", "a \"quote\"", "two\nlines", " blank "}) {
    EXPECT_EQ(parse_csv("name,x\n" + csv_field(text) + ",1\n", "t").rows.at(0).at(0), text);
  }
  EXPECT_EQ(csv_field("plain"), "plain");
}

}  // namespace
}  // namespace resonance
