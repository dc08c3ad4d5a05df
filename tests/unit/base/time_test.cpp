// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/time.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::HasSubstr;

WallTime at(std::int64_t seconds, std::int64_t ns = 0) {
  return WallTime(Seconds(seconds) + Nanoseconds(ns));
}

TEST(Duration, IsRead) {
  EXPECT_EQ(parse_duration("45s").value(), Seconds(45));
  EXPECT_EQ(parse_duration("15m").value(), Seconds(900));
  EXPECT_EQ(parse_duration("1h30m").value(), Seconds(5400));
  EXPECT_EQ(parse_duration("1y2w").value(), Seconds((365 + 14) * 86400));
  EXPECT_EQ(parse_duration("2w1d").value(), Seconds(15 * 86400));
  EXPECT_EQ(parse_duration("0s").value(), Seconds(0));
  EXPECT_EQ(parse_duration("3660d").value(), Seconds(3660LL * 86400));
}

TEST(Duration, NothingElseIsRead) {
  for (const std::string_view text :
       {"", "5", "s", "5x", "1m1h", "1m1m", "-5s", "+5s", "1.5h", "5 s", " 5s", "5s ", "3661d",
        "99999999999999999999s", "9223372036854775807w", "1h30"}) {
    const auto result = parse_duration(text);
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error().message(), HasSubstr("is not a duration; write it as"));
  }
}

TEST(Duration, IsPrintedAsShortAsCanBe) {
  EXPECT_EQ(format_duration(Seconds(0)), "0s");
  EXPECT_EQ(format_duration(Seconds(5400)), "1h30m");
  EXPECT_EQ(format_duration(Seconds(7 * 86400)), "7d");
  EXPECT_EQ(format_duration(Seconds(-5)), "0s");
  std::mt19937 random(3);
  for (int i = 0; i < 1000; ++i) {
    const Seconds duration(random() % 300'000'000);
    EXPECT_EQ(parse_duration(format_duration(duration)).value(), duration);
  }
}

TEST(Time, IsRead) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z").value(), at(0));
  EXPECT_EQ(parse_time("2026-11-24T08:07:24.5+02:00").value(), at(1795500444, 500'000'000));
  EXPECT_EQ(parse_time("2026-11-24t06:07:24.123456789123z").value(), at(1795500444, 123'456'789));
  EXPECT_EQ(parse_time("2026-11-24 06:07:24Z").value(), at(1795500444));
  EXPECT_EQ(parse_time("2026-11-24T06:07:24-0330").value(), at(1795500444 + 12600));
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z").value(), at(1483228800));
  EXPECT_EQ(parse_time("2024-02-29T00:00:00Z").value(), at(1709164800));
  EXPECT_EQ(parse_time("1969-12-31T23:59:59Z").value(), at(-1));
}

TEST(Time, ImpossibleOnesAreRefused) {
  for (const std::string_view text : {"",
                                      "now",
                                      "2026-11-24",
                                      "2026-11-24T06:07:24",
                                      "2026-11-24T06:07Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:60:00Z",
                                      "2026-01-01T00:00:61Z",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00:00+24:00",
                                      "2026-01-01T00:00:00+00:60",
                                      "2026-01-01T00:00:00+0",
                                      "2026-01-01T00:00:00Z ",
                                      "1699-01-01T00:00:00Z",
                                      "2201-01-01T00:00:00Z",
                                      "-026-01-01T00:00:00Z",
                                      "2026-01-01X00:00:00Z",
                                      "2026/01/01T00:00:00Z",
                                      "2026-01-01T00-00-00Z"}) {
    const auto result = parse_time(text);
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error().message(), HasSubstr("is not an RFC 3339 time"));
  }
}

TEST(Time, IsPrintedInUtc) {
  EXPECT_EQ(format_time(at(1795500444, 999'999'999)), "2026-11-24T06:07:24Z");
  EXPECT_EQ(format_time(at(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_time(kForever), "never");
  std::mt19937_64 random(4);
  for (int i = 0; i < 1000; ++i) {
    const WallTime time = at(static_cast<std::int64_t>(random() % 7'000'000'000));
    EXPECT_EQ(parse_time(format_time(time)).value(), time);
  }
}

}  // namespace
}  // namespace sluice
