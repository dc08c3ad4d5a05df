// SPDX-License-Identifier: Apache-2.0
#include "ctl/render.h"

#include <algorithm>
#include <ctime>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/unit/ctl/now.h"

namespace sluice::ctl {
namespace {

class InZone {
 public:
  explicit InZone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  InZone(const InZone&) = delete;
  InZone& operator=(const InZone&) = delete;
  ~InZone() {
    unsetenv("TZ");
    tzset();
  }
};

TEST(Render, TimesAreLocalAndRelative) {
  const InZone zone("TST-2");  // two hours ahead of UTC
  EXPECT_EQ(local_time(kNow), "2027-01-15 10:00:00");
  EXPECT_EQ(when(kNow + Seconds(14300), kNow), "2027-01-15 13:58:20 (in 3h58m)");
  EXPECT_EQ(when(kForever, kNow), "never");
}

TEST(Render, RelativeTimesHaveTwoUnits) {
  EXPECT_EQ(relative(kNow, kNow), "now");
  EXPECT_EQ(relative(kNow + Nanoseconds(400'000'000), kNow), "now");
  EXPECT_EQ(relative(kNow + Seconds(1), kNow + Nanoseconds(1)), "in 1s");
  EXPECT_EQ(relative(kNow - Seconds(130), kNow), "2m10s ago");
  EXPECT_EQ(relative(kNow + Seconds(3600), kNow), "in 1h");
  EXPECT_EQ(relative(kNow + Seconds(3600 + 59), kNow), "in 1h");
  EXPECT_EQ(relative(kNow + Seconds(86400 + 2 * 3600 + 61), kNow), "in 1d2h");
  EXPECT_EQ(relative(kNow - Seconds(8 * 86400 + 5 * 3600), kNow), "8d ago");
  EXPECT_EQ(relative(kForever, kNow), "never");
}

TEST(Render, Numbers) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(1000), "1,000");
  EXPECT_EQ(count(18'446'744'073'709'551'615U), "18,446,744,073,709,551,615");
  EXPECT_EQ(bytes(1023), "1023 B");
  EXPECT_EQ(bytes(1536), "1.5 KiB");
  EXPECT_EQ(bytes(18'446'744'073'709'551'615U), "16.0 EiB");
  EXPECT_EQ(number(3.5), "3.5");
  EXPECT_EQ(number(30), "30");
  EXPECT_EQ(number(2.345), "2.35");
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(plural(1, "person", "people"), "1 person");
  EXPECT_EQ(plural(0, "person", "people"), "0 people");
  EXPECT_EQ(plural(1200, "packet"), "1,200 packets");
}

TEST(Render, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"NAME"}, {"COUNT", Align::right}, {"WHY"}});
  table.add({"a", "1", "x"});
  table.add({"k\xc3\xa4se", "1,000", ""});
  EXPECT_EQ(table.text(Style()),
            "NAME  COUNT  WHY\n"
            "a         1  x\n"
            "k\xc3\xa4se  1,000\n");
}

TEST(Render, AWideTableIsWrappedAtWordsOnATerminalAlone) {
  Table table({{"NAME"}, {"COUNT", Align::right}, {"WHY"}});
  table.add({"first", "1",
             "many pages of many people in a short time, one after the other, and none of what they load"});
  table.add({"second", "2", "few"});
  EXPECT_EQ(table.text(Style(false, 50)),
            "NAME    COUNT  WHY\n"
            "first       1  many pages of many people in a\n"
            "               short time, one after the other,\n"
            "               and none of what they load\n"
            "second      2  few\n");
  const std::string whole = table.text(Style());
  EXPECT_EQ(std::ranges::count(whole, '\n'), 3);
}

TEST(Render, ATableWithoutTitlesHasNoLineForThem) {
  Table table({{""}, {""}}, 2);
  table.add({"a\n", "b"});
  EXPECT_EQ(table.text(Style()), "  a\\x0a  b\n");
}

TEST(Render, ColourIsForThoseWhoWantIt) {
  EXPECT_EQ(Style(false).bad("x"), "x");
  EXPECT_EQ(Style(true).bad("x"), "\x1b[31mx\x1b[0m");
}

}  // namespace
}  // namespace sluice::ctl
