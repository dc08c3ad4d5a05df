// SPDX-License-Identifier: Apache-2.0
// Time zones by name: summer time, the hours that clocks skip and repeat, years beyond the file's list. The
// C library, asked for the same zone, is the reference.
#include "daemon/intake/formats/time_zone.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/file.h"
#include "daemon/intake/formats/any_time.h"
#include "daemon/intake/formats/posix_zone.h"

namespace sluice::intake {
namespace {

using testing::HasSubstr;

std::string utc_of(std::string_view zone, std::string_view clock) {
  const auto named = TimeZone::named(zone);
  if (!named) return named.error().message();
  const auto time = any_time(clock, *named);
  return time ? format_time(*time) : "none";
}

TEST(TimeZone, HasSummerTime) {
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-01-15 12:00:00"), "2026-01-15T11:00:00Z");
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-07-15 12:00:00"), "2026-07-15T10:00:00Z");
  EXPECT_EQ(utc_of("America/New_York", "2026-07-15 12:00:00"), "2026-07-15T16:00:00Z");
  EXPECT_EQ(utc_of("Australia/Sydney", "2026-01-15 12:00:00"), "2026-01-15T01:00:00Z");
  EXPECT_EQ(utc_of("Asia/Kolkata", "2026-07-15 12:00:00"), "2026-07-15T06:30:00Z");
  EXPECT_EQ(utc_of("UTC", "2026-07-15 12:00:00"), "2026-07-15T12:00:00Z");
}

TEST(TimeZone, HoursThatClocksSkipOrRepeatHaveOneMeaning) {
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-03-29 01:59:59"), "2026-03-29T00:59:59Z");
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-03-29 02:30:00"), "2026-03-29T01:30:00Z") << "no clock showed that";
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-03-29 03:00:00"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-10-25 01:59:59"), "2026-10-24T23:59:59Z");
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-10-25 02:30:00"), "2026-10-25T00:30:00Z") << "the first of two";
  EXPECT_EQ(utc_of("Europe/Berlin", "2026-10-25 03:00:00"), "2026-10-25T02:00:00Z");
}

TEST(TimeZone, GoesOnBehindTheListOfTheFile) {
  EXPECT_EQ(utc_of("Europe/Berlin", "2099-07-15 12:00:00"), "2099-07-15T10:00:00Z");
  EXPECT_EQ(utc_of("Europe/Berlin", "2099-12-15 12:00:00"), "2099-12-15T11:00:00Z");
  const auto slim = PosixZone::parse("AEST-10AEDT,M10.1.0,M4.1.0/3");
  ASSERT_TRUE(slim);
  EXPECT_EQ(slim->offset_at(parse_time("2099-01-15T00:00:00Z")->time_since_epoch().count() / 1'000'000'000),
            11 * 3600);
  EXPECT_EQ(slim->offset_at(parse_time("2099-07-15T00:00:00Z")->time_since_epoch().count() / 1'000'000'000),
            10 * 3600);
  EXPECT_EQ(PosixZone::parse("<+0330>-3:30")->offset_at(0), 12'600);
  EXPECT_EQ(PosixZone::parse("XXX3YYY2,J60/0,J300")->offset_at(0), -3 * 3600);
  for (const std::string_view text :
       {"", "C", "CET", "CET-1CEST", "CET-1CEST,M13.1.0,M4.1.0", "<+03", "CET-1x",
        "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-999", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,J0,J365",
        "CET-1CEST,M3.5.7,M10.5.0"}) {
    EXPECT_FALSE(PosixZone::parse(text)) << text;
  }
}

TEST(TimeZone, AgreesWithTheLibraryOfC) {
  for (const std::string zone :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca",
        "Asia/Tehran", "Pacific/Apia", "Asia/Tokyo"}) {
    const auto named = TimeZone::named(zone);
    ASSERT_TRUE(named) << zone << named.error().message();
    ASSERT_EQ(::setenv("TZ", zone.c_str(), 1), 0);
    ::tzset();
    // Every four days less some hours from 1990 to 2060.
    for (std::time_t utc = 631'152'000; utc < 2'840'140'800; utc += 333'337) {
      std::tm clock{};
      ASSERT_NE(::localtime_r(&utc, &clock), nullptr);
      std::tm again = clock;
      again.tm_isdst = 1 - std::min(clock.tm_isdst, 1);
      const bool is_shown_twice = ::mktime(&again) != utc && again.tm_hour == clock.tm_hour;
      if (is_shown_twice) continue;
      clock.tm_isdst = 0;
      const auto local = LocalSeconds(Seconds(::timegm(&clock)));
      ASSERT_EQ(named->to_utc(local), WallTime(Seconds(utc))) << zone << " " << utc;
    }
  }
  ::unsetenv("TZ");
  ::tzset();
}

TEST(TimeZone, ThatIsNoneIsRefusedWithARemedy) {
  for (const std::string_view name :
       {"", "/etc/passwd", "../../../etc/passwd", "Europe/../../passwd", "Berlin;rm", "a//", "CEST "}) {
    EXPECT_FALSE(TimeZone::named(name)) << name;
  }
  EXPECT_THAT(TimeZone::named("Europe/Berlyn").error().message(),
              HasSubstr("does not know the time zone 'Europe/Berlyn'"));
  EXPECT_THAT(TimeZone::named("Europe").error().message(), HasSubstr("Europe/Berlin"));
  EXPECT_FALSE(TimeZone::named("zone.tab")) << "a dot is in no name";
  EXPECT_FALSE(TimeZone::from_tzif(""));
  const auto bytes = read_file("/usr/share/zoneinfo/Europe/Berlin", 100'000);
  ASSERT_TRUE(bytes);
  ASSERT_TRUE(TimeZone::from_tzif(*bytes));
  for (std::size_t size = 0; size < bytes->size(); size += 7)
    (void)TimeZone::from_tzif(std::string_view(*bytes).substr(0, size));
  EXPECT_FALSE(TimeZone::from_tzif(std::string_view(*bytes).substr(0, 500)));
}

TEST(AnyTime, RefusesWhatIsNone) {
  for (const std::string_view text : {"",
                                      "-1",
                                      "nan",
                                      "inf",
                                      "yesterday",
                                      "2026-02-30T00:00:00Z",
                                      "2026-11-24",
                                      "2026-11-24T24:00:00Z",
                                      "2026-11-24T08:07:24+2",
                                      "2026-11-24T08:07:24+02:60",
                                      "2026-11-24T08:07:24.Z",
                                      "24/Foo/2026:08:07:24 +0200",
                                      "31/Nov/2026:08:07:24 +0200",
                                      "24/Nov/2026 08:07:24 +0200",
                                      "7258118400",
                                      "99999999999999999999",
                                      "1795500444 ",
                                      "[24/Nov/2026:08:07:24 +0200",
                                      "2026-11-24x08:07:24Z",
                                      "1.5.5",
                                      "0x10"}) {
    EXPECT_FALSE(any_time(text, TimeZone::utc())) << text;
  }
  EXPECT_EQ(any_time("0", TimeZone::utc()), WallTime());
  EXPECT_EQ(any_time("1795500444.123456", TimeZone::utc()),
            parse_time("2026-11-24T06:07:24.123456Z").value());
  EXPECT_EQ(any_time("1795500444123456789", TimeZone::utc()),
            parse_time("2026-11-24T06:07:24.123456789Z").value());
}

}  // namespace
}  // namespace sluice::intake
