// SPDX-License-Identifier: Apache-2.0
// Formats given as the server's configuration has them: what is read, and what is refused and why.
#include "daemon/intake/formats/pattern.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/intake/formats/pattern_parser.h"
#include "tests/unit/intake/formats/times.h"

namespace sluice::intake {
namespace {

using detection::LogField;
using testing::HasSubstr;

constexpr std::string_view kCombined =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")";

// A parser and the line it was given last.
class Reader {
 public:
  explicit Reader(Result<Pattern> pattern) {
    EXPECT_TRUE(pattern) << pattern.error().message();
    if (pattern) parser_ = make_pattern_parser(*std::move(pattern));
  }
  Parsed parse(std::string_view line) {
    line_ = line;
    return parser_->parse(line_);
  }
  [[nodiscard]] ForwardingHeaders hops() const { return parser_->forwarding_headers(); }

 private:
  std::unique_ptr<LineParser> parser_;
  std::string line_;
};

Reader nginx(std::string_view text, const NamedVariables& named = {}) {
  return Reader(compile_nginx(text, named));
}
Reader apache(std::string_view text, const NamedVariables& named = {}) {
  return Reader(compile_apache(text, named));
}
std::string refused_nginx(std::string_view text, const NamedVariables& named = {}) {
  const auto pattern = compile_nginx(text, named);
  return pattern ? "accepted" : pattern.error().message();
}
std::string refused_apache(std::string_view text) {
  const auto pattern = compile_apache(text, {});
  return pattern ? "accepted" : pattern.error().message();
}

TEST(NginxPattern, ReadsCombined) {
  auto reader = nginx(kCombined);
  const auto request = reader.parse(
      R"(2001:db8::7 - alice smith [24/Nov/2026:08:07:24 +0200] "GET /people/1?a=1 HTTP/1.1" 200 5120 "-" "Mozilla/5.0 \x22x\x22")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->client.to_string(), "2001:db8::7");
  EXPECT_EQ(request->user, "alice smith");
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24Z"));
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->target, "/people/1?a=1");
  EXPECT_EQ(request->protocol, "HTTP/1.1");
  EXPECT_EQ(request->status, 200);
  EXPECT_EQ(request->bytes, 5120U);
  EXPECT_EQ(request->referer, "");
  EXPECT_EQ(request->user_agent, R"(Mozilla/5.0 "x")");
  EXPECT_EQ(request->fields, (detection::LogFields{LogField::referer, LogField::user_agent}));
}

TEST(NginxPattern, ReadsEveryFieldThereIs) {
  auto reader = nginx(
      R"($msec $remote_addr $request_method "$request_uri" $server_protocol $status $bytes_sent $request_time $connection )"
      R"("$host" "$http_accept_encoding" "$http_accept_language" "$http_sec_purpose" "$cookie_user" "$http_x_api_key" $ssl_ja4)",
      {"$cookie_user", "$http_x_api_key", ""});
  const auto request = reader.parse(
      R"(1795500444.123 192.0.2.7 GET "/a b" HTTP/2.0 304 12 0.250 77 "example.org" "gzip, br" "de" "prefetch" "u1" "k1" t13d1516h2_8daaf6152771_b186095e22b6)");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24.123Z"));
  EXPECT_EQ(request->target, "/a b");
  EXPECT_EQ(request->protocol, "HTTP/2.0");
  EXPECT_EQ(request->bytes, 12U);
  EXPECT_EQ(request->duration_us, 250'000U);
  EXPECT_EQ(request->connection, 77U);
  EXPECT_EQ(request->host, "example.org");
  EXPECT_EQ(request->accept_encoding, "gzip, br");
  EXPECT_EQ(request->accept_language, "de");
  EXPECT_EQ(request->purpose, "prefetch");
  EXPECT_EQ(request->account, "u1");
  EXPECT_EQ(request->credential, "k1");
  EXPECT_EQ(request->fingerprint, "t13d1516h2_8daaf6152771_b186095e22b6");
  for (const LogField field : {LogField::host, LogField::account, LogField::credential,
                               LogField::accept_encoding, LogField::accept_language, LogField::purpose,
                               LogField::fingerprint, LogField::duration, LogField::connection}) {
    EXPECT_TRUE(request->fields.has(field)) << static_cast<int>(field);
  }
  EXPECT_FALSE(request->fields.has(LogField::referer));
}

TEST(NginxPattern, NothingThatAVisitorWritesMovesTheCuts) {
  auto reader = nginx(kCombined);
  const auto user = reader.parse(
      R"(192.0.2.7 - 198.51.100.1 - x [01/Jan/2020:00:00:00 +0000] [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->client.to_string(), "192.0.2.7");
  EXPECT_EQ(user->time, at("2026-11-24T06:07:24Z"));
  EXPECT_EQ(user->user, "198.51.100.1 - x [01/Jan/2020:00:00:00 +0000]");
  const auto agent = reader.parse(
      R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET /\x22 200 1 \x22-\x22 HTTP/1.1" 404 1 "a\x22 \x22b" "\x5C")");
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->target, R"(/" 200 1 "-")");
  EXPECT_EQ(agent->status, 404);
  EXPECT_EQ(agent->referer, R"(a" "b)");
  EXPECT_EQ(agent->user_agent, "\\");
}

TEST(NginxPattern, TakesTheWholeDirective) {
  auto reader = nginx(
      "log_format main escape=json '{\"time\":\"$time_iso8601\",'\n"
      "    '\"ip\":\"$remote_addr\",\"line\":\"$request\",'  "
      "'\"ua\":\"$http_user_agent\",\"code\":$status}';");
  const auto request = reader.parse(
      R"({"time":"2026-11-24T08:07:24+02:00","ip":"192.0.2.7","line":"GET /\"x HTTP/1.1","ua":"a\u0001\\","code":200})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target, "/\"x");
  EXPECT_EQ(request->user_agent, "a\x01\\");
  EXPECT_EQ(request->status, 200);
}

TEST(NginxPattern, ReadsWhatIngressControllersWrite) {
  auto reader = nginx(
      R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" )"
      R"($request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr )"
      R"($upstream_response_length $upstream_response_time $upstream_status $req_id)");
  const auto request = reader.parse(
      R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "x" 402 0.010 [a-b-80] [] 10.0.0.1:80, 10.0.0.2:80 )"
      R"(0, 612 0.001, 0.008 502, 200 abc)");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->duration_us, 10'000U);
}

TEST(NginxPattern, PathAndQueryMayStandTogetherOrApart) {
  auto together =
      nginx(R"($remote_addr [$time_local] "$request_method $uri$is_args$args $server_protocol" $status)");
  const auto one = together.parse(R"(192.0.2.7 [24/Nov/2026:08:07:24 +0200] "GET /a b?c d=1 HTTP/1.1" 200)");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->target, "/a b?c d=1");
  EXPECT_EQ(one->method, "GET");
  auto apart = nginx(R"($remote_addr [$time_local] "$uri" "$args" $status)");
  EXPECT_EQ(apart.parse(R"(192.0.2.7 [24/Nov/2026:08:07:24 +0200] "/a" "b=1" 200)")->target, "/a?b=1");
  EXPECT_EQ(apart.parse(R"(192.0.2.7 [24/Nov/2026:08:07:24 +0200] "/a" "-" 200)")->target, "/a");
}

TEST(NginxPattern, TabsPartWhatHasNoQuotes) {
  auto reader = nginx("$time_iso8601\t$remote_addr\t$request\t$status\t$http_user_agent\t$http_referer");
  const auto request =
      reader.parse("2026-11-24T08:07:24+02:00\t192.0.2.7\tGET /a\\x09b HTTP/1.1\t200\tM \"x\"\t-");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->target, "/a\tb");
  EXPECT_EQ(request->user_agent, "M \"x\"");
}

TEST(NginxPattern, SaysWhoConnectedAndWhatProxiesSay) {
  auto reader = nginx(
      R"($realip_remote_addr $remote_addr [$time_local] "$request" "$http_x_forwarded_for" "$http_forwarded" $proxy_protocol_addr)");
  ASSERT_TRUE(reader.parse(
      R"(10.0.0.1 192.0.2.7 [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" "192.0.2.7, 10.0.0.2" "for=\x22[2001:db8::1]\x22" 10.0.0.3)"));
  const ForwardingHeaders hops = reader.hops();
  EXPECT_EQ(hops.peer->to_string(), "10.0.0.1");
  EXPECT_EQ(hops.proxy_client->to_string(), "10.0.0.3");
  EXPECT_EQ(hops.forwarded_for, "192.0.2.7, 10.0.0.2");
  EXPECT_EQ(hops.forwarded, "for=\"[2001:db8::1]\"");
}

TEST(NginxPattern, TheApplicationNamesThePeopleOfItsAnswer) {
  auto reader = nginx(
      R"($remote_addr [$time_local] "$request" $status "$sent_http_x_sluice_subjects" "$upstream_http_x_sluice_subjects" )"
      R"("$sent_http_x_sluice_subject_count" "$http_sec_fetch_mode" "$http_sec_fetch_dest" "$sent_http_content_type")");
  const auto request = reader.parse(
      R"(192.0.2.7 [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 "-" "7,\x22O'Neil\x22,12" "3" "navigate" "document" "text/html; charset=utf-8")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->subjects, R"(7,"O'Neil",12)") << "what was taken out before the visitor sees it";
  EXPECT_EQ(request->subject_count, 3U);
  EXPECT_EQ(request->fetch_mode, "navigate");
  EXPECT_EQ(request->fetch_dest, "document");
  EXPECT_EQ(request->content_type, "text/html; charset=utf-8");
  for (const LogField field : {LogField::subjects, LogField::subject_count, LogField::fetch_mode,
                               LogField::fetch_dest, LogField::content_type}) {
    EXPECT_TRUE(request->fields.has(field)) << static_cast<int>(field);
  }
  auto named =
      nginx(R"($remote_addr [$time_local] "$request" "$upstream_http_people" "$sent_http_people_count")",
            {.subjects = "$upstream_http_people", .subject_count = "$sent_http_people_count"});
  const auto other = named.parse(R"(192.0.2.7 [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" "a,b" "many")");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->subjects, "a,b");
  EXPECT_EQ(other->subject_count, 0U) << "no number";
}

TEST(NginxPattern, OneVariableMayBeUserAndAccount) {
  auto reader = nginx(kCombined, {"$remote_user", "", ""});
  const auto request =
      reader.parse(R"(192.0.2.7 - alice [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->account, "alice");
  EXPECT_EQ(request->user, "alice");
  EXPECT_TRUE(request->fields.has(LogField::account));
}

TEST(NginxPattern, EveryOtherLineIsAFault) {
  auto reader = nginx(kCombined);
  EXPECT_EQ(reader.parse("").error(), ParseFault::empty);
  EXPECT_EQ(reader.parse(std::string(kMaxLineBytes + 1, 'a')).error(), ParseFault::too_long);
  EXPECT_EQ(reader.parse("nonsense").error(), ParseFault::mismatch);
  const std::string good = R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")";
  ASSERT_TRUE(reader.parse(good));
  ASSERT_TRUE(reader.parse(good + "\r"));
  EXPECT_EQ(reader.parse(good + " more").error(), ParseFault::mismatch);
  for (std::size_t size = 1; size < good.size(); ++size)
    EXPECT_FALSE(reader.parse(good.substr(0, size))) << good.substr(0, size);
  EXPECT_EQ(reader.parse(R"(host - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")").error(),
            ParseFault::bad_client);
  EXPECT_EQ(
      reader.parse(R"(192.0.2.7 - - [31/Feb/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 1 "-" "-")").error(),
      ParseFault::bad_time);
  EXPECT_EQ(
      reader.parse(R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" x 1 "-" "-")").error(),
      ParseFault::bad_status);
  const auto probe =
      reader.parse(R"(192.0.2.7 - - [24/Nov/2026:08:07:24 +0200] "\x16\x03\x01" 400 1 "-" "-")");
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->method, "");
  EXPECT_EQ(probe->target, "\x16\x03\x01");
}

TEST(NginxPattern, WhatCannotBeReadIsRefusedInWords) {
  EXPECT_THAT(refused_nginx("$remote_addr $request $status"), HasSubstr("says no time"));
  EXPECT_THAT(refused_nginx("$time_local \"$request\""), HasSubstr("says no client address"));
  EXPECT_THAT(refused_nginx("$time_local $remote_addr"), HasSubstr("does not say what was asked for"));
  EXPECT_THAT(refused_nginx("$msec $remote_addr $request $http_user_agent"),
              HasSubstr("has $request and $http_user_agent without a quote between them"));
  EXPECT_THAT(refused_nginx("$msec $remote_addr$status \"$request\""),
              HasSubstr("has $remote_addr and $status with nothing between them"));
  EXPECT_THAT(refused_nginx("$msec.$remote_addr.$status \"$request\""),
              HasSubstr("has '.' after $msec, which may hold that itself"));
  // nginx decodes $uri, so that "/x%0A6.6.6.6 ..." is a line of the visitor's own.
  EXPECT_THAT(refused_nginx("log_format x escape=none '$remote_addr [$time_local] $status $uri';"),
              HasSubstr("a visitor writes quotes and whole lines of his own"));
  EXPECT_THAT(refused_nginx("log_format x escape=xml '$msec';"), HasSubstr("default, json and none"));
  EXPECT_THAT(refused_nginx("log_format x '$msec"), HasSubstr("never closed"));
  EXPECT_THAT(refused_nginx("$msec $ $remote_addr"), HasSubstr("a '$' at byte 7"));
  EXPECT_THAT(refused_nginx("${msec $remote_addr"), HasSubstr("a '$' at byte 2"));
  EXPECT_THAT(refused_nginx(kCombined, {"$cookie_user", "", ""}), HasSubstr("does not have $cookie_user"));
  EXPECT_THAT(refused_nginx(kCombined, {"$http_referer", "", ""}), HasSubstr("for something else already"));
  EXPECT_THAT(refused_nginx(std::string(kMaxPatternBytes + 1, ' ')), HasSubstr("longer than"));
}

TEST(ApachePattern, ReadsCombinedWithDirectiveOrWithout) {
  for (const std::string_view text :
       {R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")",
        R"(%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\")",
        R"(LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{user-agent}i\"" combined)"}) {
    auto reader = apache(text);
    const auto request = reader.parse(
        R"(192.0.2.7 - a "b [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 - "http://x/\"" "M\xc3\xa9\\ \t")");
    EXPECT_FALSE(request) << "a bare quote is never in a user's name";
    const auto good = reader.parse(
        R"(192.0.2.7 - a\"b [24/Nov/2026:08:07:24 +0200] "GET /\\x HTTP/1.1" 200 - "http://x/\"" "M\xc3\xa9\\ \t")");
    ASSERT_TRUE(good) << text;
    EXPECT_EQ(good->user, "a\"b");
    EXPECT_EQ(good->target, "/\\x");
    EXPECT_EQ(good->bytes, 0U);
    EXPECT_EQ(good->referer, "http://x/\"");
    EXPECT_EQ(good->user_agent, "M\xc3\xa9\\ \t");
  }
}

TEST(ApachePattern, ReadsEveryFieldThereIs) {
  auto reader = apache(
      R"(%v:%p %a %{c}a %u [%{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t %{%z}t] "%m %U%q %H" %s %>s %O %D "%{Accept-Encoding}i" )"
      R"("%{session}C" "%{X-User}i" "%{Host}i" %X %{SSL_PROTOCOL}x)",
      {"%{X-User}i", "%{session}C", ""});
  const auto request = reader.parse(
      R"(www.example.org:443 192.0.2.7 10.0.0.1 bob [2026-11-24T08:07:24.000123 +0200] "GET /a?b=1 HTTP/1.1" 301 200 77 1500 "gzip" "s1" "u1" "example.org" + TLSv1.3)");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->time, at("2026-11-24T06:07:24.000123Z"));
  EXPECT_EQ(request->client.to_string(), "192.0.2.7");
  EXPECT_EQ(reader.hops().peer->to_string(), "10.0.0.1");
  EXPECT_EQ(request->target, "/a?b=1");
  EXPECT_EQ(request->status, 200);
  EXPECT_EQ(request->bytes, 77U);
  EXPECT_EQ(request->duration_us, 1500U);
  EXPECT_EQ(request->credential, "s1");
  EXPECT_EQ(request->account, "u1");
  EXPECT_EQ(request->host, "example.org");
}

TEST(ApachePattern, TheApplicationNamesThePeopleOfItsAnswer) {
  auto reader = apache(
      R"(%a %t "%r" %>s "%{X-Sluice-Subjects}o" "%{sluice_subjects}n" "%{X-Sluice-Subject-Count}o" "%{Sec-Fetch-Mode}i" "%{Sec-Fetch-Dest}i" "%{Content-Type}o")");
  const auto request = reader.parse(
      R"(192.0.2.7 [24/Nov/2026:08:07:24 +0200] "GET / HTTP/1.1" 200 "-" "7,\"x\"" "2" "cors" "empty" "text/html")");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->subjects, R"(7,"x")");
  EXPECT_EQ(request->subject_count, 2U);
  EXPECT_EQ(request->fetch_mode, "cors");
  EXPECT_EQ(request->fetch_dest, "empty");
  EXPECT_EQ(request->content_type, "text/html");
}

TEST(ApachePattern, ReadsTheTimesThatOperatorsWrite) {
  const auto time_of = [](const std::string& format, const std::string& text) {
    auto reader = apache("%a {" + format + "} \"%r\"");
    const auto request = reader.parse("192.0.2.7 {" + text + "} \"GET / HTTP/1.1\"");
    return request ? format_time(request->time) : std::string(to_string(request.error()));
  };
  EXPECT_EQ(time_of("%{%d/%b/%Y:%H:%M:%S %z}t", "24/Nov/2026:08:07:24 +0200"), "2026-11-24T06:07:24Z");
  EXPECT_EQ(time_of("%{%FT%T%z}t", "2026-11-24T08:07:24+0200"), "2026-11-24T06:07:24Z");
  EXPECT_EQ(time_of("%{begin:%s}t", "1795500444"), "2026-11-24T06:07:24Z");
  EXPECT_EQ(time_of("%{msec}t", "1795500444123"), "2026-11-24T06:07:24Z");
  EXPECT_EQ(time_of("%{end:usec}t", "1795500444123456"), "2026-11-24T06:07:24Z");
  EXPECT_EQ(time_of("%{%a %b %e %T %Y %z}t", "Tue Nov  4 08:07:24 2026 +0000"), "2026-11-04T08:07:24Z");
  EXPECT_EQ(time_of("%{%d-%B-%y %T %z}t", "24-November-26 08:07:24 -0130"), "2026-11-24T09:37:24Z");
  EXPECT_EQ(time_of("%{%F %T %z}t", "2026-11-31 08:07:24 +0000"), "bad_time");
  EXPECT_EQ(time_of("%{%F %T %z}t", "2026-11-24 08:07:24 +0000 "), "bad_time");
  EXPECT_THAT(refused_apache("%a %{%F %T}t \"%r\""), HasSubstr("the time says no zone"));
  EXPECT_THAT(refused_apache("%a %{%F %H %z}t \"%r\""), HasSubstr("not exact to the second"));
  EXPECT_THAT(refused_apache("%a %{%c %z}t \"%r\""), HasSubstr("%c is not read; of strftime there are"));
}

TEST(ApachePattern, WhatCannotBeReadIsRefusedInWords) {
  EXPECT_THAT(refused_apache("%h %t %r %{User-Agent}i"),
              HasSubstr("has %r and %{User-Agent}i without a quote"));
  EXPECT_THAT(refused_apache("%h %t \"%r\" %Z"), HasSubstr("has %Z, which Apache does not know"));
  EXPECT_THAT(refused_apache("%h %t \"%r\" %{Foo"), HasSubstr("ends within %{Foo"));
  EXPECT_THAT(refused_apache("LogFormat combined"), HasSubstr("without its format in quotes"));
  EXPECT_EQ(refused_apache("%h 100%% %t \"%r\" \"%!200,304{Referer}i\""), "accepted");
}

}  // namespace
}  // namespace sluice::intake
