// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/clf.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/intake/formats/clf_time.h"
#include "tests/unit/intake/formats/times.h"

namespace sluice::intake {
namespace {

TEST(ClfTime, IsRead) {
  EXPECT_EQ(parse_clf_time("24/Nov/2026:08:07:24 +0200"), at("2026-11-24T06:07:24Z"));
  EXPECT_EQ(parse_clf_time("29/Feb/2024:23:59:59 +0000"), at("2024-02-29T23:59:59Z"));
  EXPECT_EQ(parse_clf_time("01/Jan/1970:00:00:00 -0330"), at("1970-01-01T03:30:00Z"));
  EXPECT_EQ(parse_clf_time("31/Dec/2016:23:59:60 +0000"), at("2017-01-01T00:00:00Z"));
  int number = 0;
  for (const std::string month :
       {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}) {
    const std::string digits = (number < 9 ? "0" : "") + std::to_string(number + 1);
    EXPECT_EQ(parse_clf_time("15/" + month + "/2026:00:00:00 +0000"), at("2026-" + digits + "-15T00:00:00Z"));
    ++number;
  }
}

TEST(ClfTime, ImpossibleOnesAreRefused) {
  for (const std::string_view text : {"",
                                      "24/Nov/2026:08:07:24",
                                      "30/Feb/2026:08:07:24 +0200",
                                      "29/Feb/2025:08:07:24 +0200",
                                      "00/Nov/2026:08:07:24 +0200",
                                      "24/nov/2026:08:07:24 +0200",
                                      "24/Foo/2026:08:07:24 +0200",
                                      "24/Nov/2026:24:07:24 +0200",
                                      "24/Nov/2026:08:60:24 +0200",
                                      "24/Nov/2026:08:07:61 +0200",
                                      "24/Nov/2026:08:07:24 +2400",
                                      "24/Nov/2026:08:07:24 +0260",
                                      "24/Nov/2026:08:07:24 00200",
                                      "24/Nov/1969:08:07:24 +0200",
                                      "24/Nov/2201:08:07:24 +0200",
                                      "24-Nov-2026:08:07:24 +0200",
                                      "2a/Nov/2026:08:07:24 +0200",
                                      "24/Nov/2026:08:07:24 +02:0",
                                      "24/Nov/2026 08:07:24 +0200",
                                      "24/Nov/-026:08:07:24 +0200"}) {
    EXPECT_FALSE(parse_clf_time(text).has_value()) << text;
  }
}

constexpr std::string_view kLine =
    R"(192.0.2.7 - alice [24/Nov/2026:08:07:24 +0200] "GET /people/1?tab=photos HTTP/1.1" 200 5120 )"
    R"x("https://example.org/" "Mozilla/5.0 (X11)")x";

TEST(Combined, IsRead) {
  ClfParser parser(ClfParser::Fields::combined);
  const auto request = parser.parse(kLine);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24Z"));
  EXPECT_EQ(request->client.to_string(), "192.0.2.7");
  EXPECT_EQ(request->user, "alice");
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->target, "/people/1?tab=photos");
  EXPECT_EQ(request->protocol, "HTTP/1.1");
  EXPECT_EQ(request->status, 200);
  EXPECT_EQ(request->bytes, 5120U);
  EXPECT_EQ(request->referer, "https://example.org/");
  EXPECT_EQ(request->user_agent, "Mozilla/5.0 (X11)");
}

TEST(Combined, AbsentFieldsAreEmpty) {
  ClfParser parser(ClfParser::Fields::combined);
  const auto request = parser.parse(R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "-" 408 - "-" "-")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->user, "");
  EXPECT_EQ(request->method, "");
  EXPECT_EQ(request->target, "");
  EXPECT_EQ(request->status, 408);
  EXPECT_EQ(request->bytes, 0U);
  EXPECT_EQ(request->referer, "");
  EXPECT_EQ(request->user_agent, "");
}

TEST(Combined, TheClosingQuoteIsFoundBehindEscapedOnes) {
  ClfParser parser(ClfParser::Fields::combined);
  const auto request = parser.parse(
      R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET /\"a\" HTTP/1.1" 200 1 "\\" "\x22a\\\" b\" 200 1 \"")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target, R"(/"a")");
  EXPECT_EQ(request->referer, R"(\)");
  EXPECT_EQ(request->user_agent, R"("a\" b" 200 1 ")");
}

// nginx writes what is not printable ASCII as \xHH, Apache as \xhh: one person is one however the bytes came.
TEST(Combined, WhatServersEscapeIsUndone) {
  for (const std::string_view name : {R"(J\xC3\xB6rg)", R"(J\xc3\xb6rg)", "J\xc3\xb6rg"}) {
    for (const auto fields : {ClfParser::Fields::combined, ClfParser::Fields::common}) {
      ClfParser parser(fields);
      const std::string line = "192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] \"GET /people/" +
                               std::string(name) + R"( HTTP/1.1" 200 1 "-" "\x22\x5C\xZZ\\")";
      const auto request = parser.parse(line);
      ASSERT_TRUE(request);
      EXPECT_EQ(request->target, "/people/J\xc3\xb6rg");
      if (fields == ClfParser::Fields::combined) {
        EXPECT_EQ(request->user_agent, R"("\\xZZ\)");
      }
    }
  }
}

TEST(Combined, AVisitorsNameCannotShiftTheFields) {
  ClfParser parser(ClfParser::Fields::combined);
  const auto request = parser.parse(
      R"(192.0.2.7 - a b [01/Jan/2020:00:00:00 +0000] \"GET /x HTTP/1.1\" 200 [24/Nov/2026:08:07:24 +0200] )"
      R"("GET /y HTTP/1.1" 401 1 "-" "-")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24Z"));
  EXPECT_EQ(request->target, "/y");
  EXPECT_EQ(request->user, R"(a b [01/Jan/2020:00:00:00 +0000] "GET /x HTTP/1.1" 200)");
}

TEST(Combined, ClientsAreAddressesOfBothFamilies) {
  ClfParser parser(ClfParser::Fields::combined);
  const auto client = [&](const std::string& text) {
    const auto request =
        parser.parse(text + R"( - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")");
    return request ? request->client.to_string() : std::string(to_string(request.error()));
  };
  EXPECT_EQ(client("2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(client("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client("host.example"), "bad_client");
  EXPECT_EQ(client("192.0.2.7.8"), "bad_client");
  EXPECT_EQ(client("fe80::1%eth0"), "fe80::1") << "the zone is this host's";
}

TEST(Combined, AHostInFrontIsNotTakenForTheClient) {
  ClfParser parser(ClfParser::Fields::combined);
  // The visitor chose the first field: the Host header of the request.
  EXPECT_EQ(
      parser
          .parse(R"(198.51.100.1 192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")")
          .error(),
      ParseFault::bad_client);
  EXPECT_EQ(
      parser.parse(R"(a.example 192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")")
          .error(),
      ParseFault::bad_client);
}

TEST(VhostCombined, AHostThatHoldsAClientIsNotBelieved) {
  ClfParser parser(ClfParser::Fields::vhost_combined);
  const auto request = parser.parse(
      R"(a 6.6.6.6 - 203.0.113.9 - - [24/Nov/2026:06:07:24 +0000] "GET / HTTP/1.1" 400 150 "-" "-")");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error(), ParseFault::bad_client);
}

TEST(Combined, WhatFollowsIsIgnored) {
  ClfParser parser(ClfParser::Fields::combined);
  for (const std::string_view more : {R"( "203.0.113.1")", " 0.002 -", " \"", "\r"}) {
    const std::string line = std::string(kLine) + std::string(more);
    const auto request = parser.parse(line);
    ASSERT_TRUE(request) << more;
    EXPECT_EQ(request->user_agent, "Mozilla/5.0 (X11)");
  }
}

TEST(Combined, TheTimeIsThatOfEachLine) {
  ClfParser parser(ClfParser::Fields::combined);
  const auto time = [&](std::string_view text) {
    const auto request =
        parser.parse("192.0.2.7 - - [" + std::string(text) + R"(] "GET / HTTP/1.1" 200 1 "-" "-")");
    return request ? format_time(request->time) : std::string(to_string(request.error()));
  };
  EXPECT_EQ(time("24/Nov/2026:08:07:24 +0200"), "2026-11-24T06:07:24Z");
  EXPECT_EQ(time("24/Nov/2026:08:07:24 +0200"), "2026-11-24T06:07:24Z");
  EXPECT_EQ(time("24/Nov/2026:08:07:25 +0200"), "2026-11-24T06:07:25Z");
  EXPECT_EQ(time("31/Nov/2026:08:07:25 +0200"), "bad_time");
  EXPECT_EQ(time("31/Nov/2026:08:07:25 +0200"), "bad_time");
  EXPECT_EQ(time("24/Nov/2026:08:07:24 +0200"), "2026-11-24T06:07:24Z");
}

TEST(Combined, EveryTruncationIsAFaultOfItsOwn) {
  ClfParser parser(ClfParser::Fields::combined);
  for (std::size_t size = 0; size < kLine.size(); ++size) {
    EXPECT_FALSE(parser.parse(kLine.substr(0, size))) << kLine.substr(0, size);
  }
  const auto fault = [&](std::size_t size) { return parser.parse(kLine.substr(0, size)).error(); };
  EXPECT_EQ(fault(0), ParseFault::empty);
  EXPECT_EQ(fault(kLine.find('"')), ParseFault::no_request);
  EXPECT_EQ(fault(kLine.find("HTTP")), ParseFault::unterminated_quote);
  EXPECT_EQ(fault(kLine.find(" 200")), ParseFault::missing_field);
  EXPECT_EQ(fault(kLine.find("00 5120")), ParseFault::bad_status);
  EXPECT_EQ(fault(kLine.find("5120")), ParseFault::bad_bytes);
  EXPECT_EQ(fault(kLine.find("\"https")), ParseFault::missing_field);
  EXPECT_EQ(fault(kLine.find("Mozilla")), ParseFault::unterminated_quote);
  EXPECT_EQ(parser.parse(std::string(kMaxLineBytes + 1, 'a')).error(), ParseFault::too_long);
  EXPECT_EQ(parser.parse(R"(no time "GET / HTTP/1.1" 200 1 "-" "-")").error(), ParseFault::no_time);
  EXPECT_EQ(parser.parse(R"( - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")").error(),
            ParseFault::no_client);
}

TEST(Combined, BinaryDoesNotStopIt) {
  ClfParser parser(ClfParser::Fields::combined);
  const std::string line = "192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] \"GET /" +
                           std::string("\0\xff\x80", 3) + " HTTP/1.1\" 400 1 \"-\" \"\xc3\"";
  const auto request = parser.parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target, "/" + std::string("\0\xff\x80", 3));
  EXPECT_EQ(request->user_agent, "\xc3");
}

TEST(Common, EndsWithTheBytes) {
  ClfParser parser(ClfParser::Fields::common);
  const std::string_view line = R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 304 0)";
  const auto request = parser.parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->status, 304);
  ASSERT_TRUE(parser.parse(kLine));
  EXPECT_EQ(parser.parse(kLine)->user_agent, "");
  EXPECT_EQ(ClfParser(ClfParser::Fields::combined).parse(line).error(), ParseFault::missing_field);
}

TEST(VhostCombined, NamesTheHostFirst) {
  ClfParser parser(ClfParser::Fields::vhost_combined);
  const std::string line =
      R"(www.example.org:443 192.0.2.7 - alice [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "x")";
  const auto request = parser.parse(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->host, "www.example.org:443");
  EXPECT_EQ(request->client.to_string(), "192.0.2.7");
  EXPECT_EQ(request->user, "alice");
  EXPECT_TRUE(request->fields.has(detection::LogField::host));
  EXPECT_TRUE(request->fields.has(detection::LogField::user_agent));
  EXPECT_EQ(parser.parse("www.example.org").error(), ParseFault::no_client);
  EXPECT_FALSE(parser.parse(line.substr(line.find(' ') + 1))) << "without the host it is combined";
}

}  // namespace
}  // namespace sluice::intake
