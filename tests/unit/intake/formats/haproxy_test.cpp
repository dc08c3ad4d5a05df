// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/formats/haproxy.h"

#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/intake/formats/all.h"

namespace sluice::intake {
namespace {

using testing::HasSubstr;

class Haproxy : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::setenv("TZ", "UTC-2", 1), 0);  // two hours east of Greenwich
    ::tzset();
  }
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  Parsed parse(std::string_view line, const std::vector<std::string>& headers = {},
               const NamedVariables& named = {}, const std::vector<std::string>& response_headers = {}) {
    line_ = line;
    parser_ = *make_haproxy_parser(headers, named, response_headers);
    return parser_->parse(line_);
  }

  std::string line_;
  std::unique_ptr<LineParser> parser_;
};

TEST_F(Haproxy, HttplogIsRead) {
  for (const std::string_view before :
       {"", "Nov 24 08:07:24 host haproxy[14389]: ", "<134>Nov 24 08:07:24 haproxy[1]: "}) {
    const auto request = parse(
        std::string(before) +
        R"(192.0.2.7:33317 [24/Nov/2026:08:07:24.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /people/1?a HTTP/1.1")");
    ASSERT_TRUE(request) << before;
    EXPECT_EQ(request->client.to_string(), "192.0.2.7");
    EXPECT_EQ(request->time, parse_time("2026-11-24T06:07:24.655Z").value());
    EXPECT_EQ(request->method, "GET");
    EXPECT_EQ(request->target, "/people/1?a");
    EXPECT_EQ(request->status, 200);
    EXPECT_EQ(request->bytes, 2750U);
    EXPECT_EQ(request->duration_us, 109'000U);
    EXPECT_FALSE(request->fields.has(detection::LogField::user_agent));
  }
}

TEST_F(Haproxy, HttpslogIsRead) {
  const auto request = parse(
      R"(2001:db8::7:40000 [24/Nov/2026:08:07:24.000] in~ back/srv 0/0/1/2/+3 200 +10 - - ---- 1/1/0/0/0 0/0 {example.org|M#7Bx#7D} "GET /a#22b HTTP/2.0" 0/0/0/0/0 a" "GET /forged HTTP/1.1"/TLSv1.3/TLS_AES_256_GCM_SHA384)",
      {"host", "User-Agent"});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->client.to_string(), "2001:db8::7");
  EXPECT_EQ(request->target, "/a\"b");
  EXPECT_EQ(request->host, "example.org");
  EXPECT_EQ(request->user_agent, "M{x}");
  EXPECT_EQ(request->bytes, 10U);
  EXPECT_EQ(request->duration_us, 3'000U);
}

TEST_F(Haproxy, CapturedHeadersAreTheOperatorsList) {
  const std::string line =
      R"(10.0.0.1:1 [24/Nov/2026:08:07:24.000] in back/srv 0/0/1/2/3 200 10 a=} "x{ - ---- 1/1/0/0/0 0/0 {198.51.100.9|u7||k} {text/html} "GET / HTTP/1.1")";
  const auto request =
      parse(line, {"X-Forwarded-For", "X-User", "Referer", "X-Key"}, {"x-user", "X-Key", ""});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->account, "u7");
  EXPECT_EQ(request->credential, "k");
  EXPECT_EQ(request->referer, "");
  EXPECT_TRUE(request->fields.has(detection::LogField::referer));
  EXPECT_EQ(parser_->forwarding_headers().forwarded_for, "198.51.100.9");
  EXPECT_EQ(parse(line, {"host"})->host, "") << "another number of headers than the list has: nobody's guess";
  EXPECT_THAT(make_haproxy_parser({"host"}, {"x-user", "", ""}).error().message(),
              HasSubstr("headers does not have 'x-user'; add it there and as `capture request header`"));
}

TEST_F(Haproxy, CapturesAreFoundWhereverTheyStand) {
  const std::string client = "192.0.2.7:33317 ";
  const std::string time = "[24/Nov/2026:08:07:24.655]";
  const std::string front = " in b/s 10/0/30/69/109";
  const std::string numbers = " 200 2750";
  const std::string counts = " - - ---- 1/1/1/1/0 0/0";
  const std::string asked = R"( "GET /{x} HTTP/1.1")";
  const std::string request = " {example.org|M x}";
  const std::string response = " {text/html}";
  for (const std::string& line : {client + time + front + numbers + counts + request + response + asked,
                                  client + time + front + numbers + counts + asked + request + response,
                                  client + time + front + numbers + request + response + counts + asked,
                                  client + time + request + front + numbers + response + counts + asked,
                                  "<134>Nov 24 08:07:24 haproxy[1]:" + request + response + " " + client +
                                      time + front + numbers + counts + asked}) {
    const auto read = parse(line, {"host", "user-agent"}, {}, {"content-type"});
    ASSERT_TRUE(read) << line << to_string(read.error());
    EXPECT_EQ(read->host, "example.org") << line;
    EXPECT_EQ(read->user_agent, "M x") << line;
    EXPECT_EQ(read->content_type, "text/html") << line;
    EXPECT_EQ(read->target, "/{x}") << line;
    EXPECT_EQ(read->client.to_string(), "192.0.2.7");
  }
  const auto alone = parse(client + time + front + numbers + counts + " {7,9#7C12|3}" + asked, {}, {},
                           {"x-sluice-subjects", "X-Sluice-Subject-Count"});
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->subjects, "7,9|12");
  EXPECT_EQ(alone->subject_count, 3U);
}

// A log-format of the operator's own, and the captures that it has.
std::string read_by(const std::string& pattern, const std::string& line,
                    const std::vector<std::string>& headers = {}, const std::string& client = {}) {
  LogOptions options{.format = formats::kHaproxy};
  options.pattern = pattern;
  options.headers = headers;
  options.response_headers = {"content-type"};
  options.client = client;
  options.timezone = "UTC";
  const auto parser = make_parser(options);
  if (!parser) return parser.error().message();
  const auto request = (*parser)->parse(line);
  if (!request) return std::string(to_string(request.error()));
  return fmt::format("{} {} {} {} {} host={} agent={} type={} {}us", request->client.to_string(),
                     format_time(request->time), request->method, request->target, request->status,
                     request->host, request->user_agent, request->content_type, request->duration_us);
}

TEST_F(Haproxy, ALogFormatOfTheOperatorsOwnIsRead) {
  const std::vector<std::string> headers = {"host", "user-agent"};
  const std::string wanted =
      "192.0.2.7 2026-11-24T06:07:24Z GET /p{1}?a 200 host=e.org agent=M |x| type=text/html 109000us";
  EXPECT_EQ(
      read_by(
          R"("%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r")",
          R"(192.0.2.7:33317 [24/Nov/2026:06:07:24.655] in~ b/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {e.org|M #7Cx#7C} {text/html} "GET /p{1}?a HTTP/1.1")",
          headers),
      wanted);
  EXPECT_EQ(
      read_by(R"(log-format "%T %hr %hs %ci %HM %{+Q}HU %ST %Ta")",
              R"(24/Nov/2026:06:07:24 +0000 {e.org|M #7Cx#7C} {text/html} 192.0.2.7 GET "/p{1}?a" 200 109)",
              headers),
      wanted);
  EXPECT_EQ(
      read_by(
          R"(%{+Q}o\ %Ts\ %[src]\ %r\ %ST\ %{+Q,+E}[capture.req.hdr(0)]\ %{+E}[capture.req.hdr(1)]\ %Tt\ %{+E}[capture.res.hdr(0)])",
          R"(1795500444 "192.0.2.7" "GET /p{1}?a HTTP/1.1" 200 "e.org" "M |x|" 109 "text/html")", headers),
      wanted);
  EXPECT_EQ(
      read_by("%trl %{+Q}r %ci %ST %hr", R"(24/Nov/2026:08:07:24 +0200 "<BADREQ>" 192.0.2.7 -1 {10.0.0.1})",
              {"true-client-ip"}, "true-client-ip"),
      "192.0.2.7 2026-11-24T06:07:24Z  <BADREQ> 0 host= agent= type= 0us");
}

TEST_F(Haproxy, ALogFormatThatCannotBeReadIsRefusedInWords) {
  EXPECT_THAT(read_by("%ci %T %r %CC", ""), HasSubstr("pattern has %r and %CC"));
  EXPECT_THAT(read_by("%ci %T %{+Q}r %{+Q}[req.hdr(host)]", ""),
              HasSubstr("has %[req.hdr(host)] without +E: a visitor could write quotes there"));
  EXPECT_THAT(read_by("%ci %{+Q}r", ""), HasSubstr("says no time"));
  EXPECT_THAT(read_by("%T %{+Q}r", ""), HasSubstr("says no client address"));
  EXPECT_THAT(read_by("%ci %T %{+Q}r %zz", ""), HasSubstr("has %zz, which HAProxy does not know"));
  EXPECT_THAT(read_by("%ci %T %{+Q", ""), HasSubstr("never closed"));
  EXPECT_THAT(read_by("%ci %T %[src", ""), HasSubstr("never closed"));
  EXPECT_THAT(read_by("%ci %T %{+Q}r %hrl", ""), HasSubstr("has %hrl, which is not read"));
}

TEST_F(Haproxy, BadRequestsAreRequests) {
  const auto request = parse(
      R"(192.0.2.7:33317 [24/Nov/2026:08:07:24.655] http-in http-in/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "");
  EXPECT_EQ(request->target, "<BADREQ>");
  EXPECT_EQ(
      parse(
          R"(192.0.2.7:1 [24/Nov/2026:08:07:24.655] a b/<NOSRV> -1/-1/-1/-1/0 -1 0 - - CR-- 1/1/0/0/0 0/0 "<BADREQ>")")
          ->status,
      0);
}

TEST_F(Haproxy, EveryOtherLineIsAFault) {
  EXPECT_EQ(parse("").error(), ParseFault::empty);
  EXPECT_EQ(parse(std::string(kMaxLineBytes + 1, 'x')).error(), ParseFault::too_long);
  EXPECT_EQ(parse("Proxy http-in started.").error(), ParseFault::no_time);
  const std::string good =
      R"(192.0.2.7:33317 [24/Nov/2026:08:07:24.655] in b/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1")";
  ASSERT_TRUE(parse(good));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse(good.substr(0, size))) << good.substr(0, size);
  EXPECT_EQ(parse("x:1 " + good.substr(16)).error(), ParseFault::bad_client);
  EXPECT_EQ(parse("192.0.2.7:1 [31/Feb/2026:08:07:24.655] a b 1/1 200 1 \"GET / HTTP/1.1\"").error(),
            ParseFault::bad_time);
  EXPECT_EQ(parse("192.0.2.7:1 [24/Nov/2026:08:07:24.655] 192.0.2.7:1/s in 200").error(),
            ParseFault::missing_field);
}

}  // namespace
}  // namespace sluice::intake
