// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/csv.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CsvDialect lenient() {
  CsvDialect dialect;
  dialect.strict = false;
  return dialect;
}

std::vector<std::string> one(std::string_view text, const CsvDialect& dialect = lenient()) {
  return CsvReader(text, dialect).next().value();
}

TEST(Csv, ReadsWhatItWrites) {
  for (const std::string& field :
       std::vector<std::string>{"", "plain", "with,comma", "with \"quotes\"", "two\nlines"}) {
    const std::string text = csv_field(field) + "," + csv_field("x") + "\r\nnext\n";
    CsvReader reader(text);
    EXPECT_THAT(*reader.next(), ElementsAre(field, "x"));
    EXPECT_THAT(*reader.next(), ElementsAre("next"));
    EXPECT_EQ(reader.line(), field == "two\nlines" ? 3U : 2U);
    EXPECT_TRUE(reader.at_end());
  }
}

// Strangers write reasons, and operators open exports in spreadsheets.
TEST(Csv, NoFieldIsAFormula) {
  for (const std::string field :
       {"=HYPERLINK(\"http://e.org\")", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''@x"}) {
    const std::string written = csv_field(field);
    EXPECT_EQ(written.find_first_not_of('"'), written.find('\'')) << written;
    const auto read = CsvReader(written).next();
    ASSERT_TRUE(read) << written;
    EXPECT_EQ(csv_text(read->front()), field);
  }
  for (const std::string field : {"", "a=b", "'quoted'", "it's", "192.0.2.7"}) {
    EXPECT_EQ(csv_field(field), field);
    EXPECT_EQ(csv_text(field), field);
  }
}

TEST(Csv, AStrictReaderNamesTheFaultAndGoesOnBehindItsLine) {
  CsvReader reader("a,b\"c\n\"open\nd,\n");
  EXPECT_THAT(reader.next().error().message(), HasSubstr("a quote stands within a field"));
  EXPECT_EQ(reader.line(), 1U);
  EXPECT_THAT(reader.next().error().message(), HasSubstr("a quote is left open"));
  EXPECT_EQ(reader.line(), 2U);
  EXPECT_THAT(*reader.next(), ElementsAre("d", ""));
  EXPECT_EQ(reader.line(), 3U);
}

TEST(Csv, AStrictReaderHasBounds) {
  const std::string wide(64, ',');
  EXPECT_THAT(CsvReader(wide).next().error().message(), HasSubstr("at most 64 fields"));
  EXPECT_EQ(CsvReader(wide.substr(1)).next()->size(), 64U);
  const std::string open = "\"" + std::string(70'000, 'x');
  EXPECT_THAT(CsvReader(open).next().error().message(), HasSubstr("is a quote left open?"));
}

TEST(Csv, ALenientReaderMakesAFieldOfAnything) {
  EXPECT_THAT(one(" a ,\tb\r\nc"), ElementsAre("a", "b"));
  EXPECT_THAT(one("  \"a, \"\"b\"\"\" ,c"), ElementsAre("a, \"b\"", "c"));
  EXPECT_THAT(one("a \"b\" c,\"d\"e\"f"), ElementsAre("a \"b\" c", "de\"f"));
  EXPECT_THAT(one("a,\"b\nc"), ElementsAre("a", "b"));
  EXPECT_THAT(one("a,,b,\nc"), ElementsAre("a", "", "b"));
  EXPECT_THAT(one(","), ElementsAre(""));
}

TEST(Csv, ALenientReaderLeavesOutWhatIsBeyondItsBounds) {
  CsvDialect dialect = lenient();
  dialect.max_fields = 2;
  dialect.max_field_bytes = 3;
  dialect.separator = ';';
  CsvReader reader("abcdef;b,c;\"d;e\nnext\n", dialect);
  EXPECT_THAT(*reader.next(), ElementsAre("abc", "b,c"));
  EXPECT_THAT(*reader.next(), ElementsAre("nex"));
}

TEST(Csv, LinesCanBeLookedAtAndPassedOver) {
  CsvReader reader("# comment\na,b\n");
  EXPECT_EQ(reader.peek_line(), "# comment");
  reader.skip_line();
  EXPECT_EQ(reader.peek_line(), "a,b");
  std::vector<std::string> fields = {"left", "over", "fields"};
  ASSERT_TRUE(reader.next(fields));
  EXPECT_THAT(fields, ElementsAre("a", "b"));
  EXPECT_EQ(reader.line(), 2U);
}

}  // namespace
}  // namespace sluice
