// SPDX-License-Identifier: Apache-2.0
// Lines as servers write them, and odd ones: what each must give, or with which fault it is refused. The
// lines are of the servers' default formats, of formats that operators publish, and of what visitors can make
// of them.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/fixed_patterns.h"
#include "daemon/intake/formats/haproxy.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/recognise.h"
#include "daemon/intake/formats/w3c.h"
#include "daemon/intake/request_reader.h"

namespace sluice::intake {
namespace {

struct Want {
  std::string client, time, method, target;
  int status = 0;
  std::string host, agent;
  std::string fault{};  // instead of all that
};
struct Shape {
  std::string line;  // several lines: the last one counts
  Want want;
};

constexpr const char* kTime = "2026-11-24T06:07:24Z";
constexpr const char* kAgent = "Mozilla/5.0 (X11) A/1";

// The usual request, by that client.
Want usual(std::string client, std::string host = "", std::string agent = kAgent) {
  return {std::move(client), kTime, "GET", "/p/1?a=b", 200, std::move(host), std::move(agent), ""};
}
Want bare(std::string client, std::string host = "") {
  return usual(std::move(client), std::move(host), "");
}
Want asked(std::string client, std::string method, std::string target, int status, std::string host = "",
           std::string agent = kAgent) {
  return {std::move(client), kTime, std::move(method), std::move(target), status, std::move(host),
          std::move(agent),  ""};
}
Want fault(std::string name) {
  Want want;
  want.fault = std::move(name);
  return want;
}

const std::string kShapeStamp = "[24/Nov/2026:08:07:24 +0200]";
const std::string kShapeLine = R"( "GET /p/1?a=b HTTP/1.1" 200 5120)";
const std::string kEnd = R"x( "https://e.org/" "Mozilla/5.0 (X11) A/1")x";
const std::string kRest = " " + kShapeStamp + kShapeLine + kEnd;  // of a combined line, behind the user

std::shared_ptr<const TrustedProxies> proxies(std::initializer_list<std::string_view> networks) {
  std::vector<Prefix> trusted;
  for (const std::string_view network : networks)
    trusted.push_back(Prefix::parse(network).value());
  return std::make_shared<const TrustedProxies>(trusted, ProxyHeader::x_forwarded_for);
}

void expect(const Parsed& request, const Want& want, const std::string& line) {
  if (!want.fault.empty()) {
    ASSERT_FALSE(request) << line << "\nclient " << request->client.to_string();
    EXPECT_EQ(to_string(request.error()), want.fault) << line;
    return;
  }
  ASSERT_TRUE(request) << line << "\n" << to_string(request.error());
  EXPECT_EQ(request->client.to_string(), want.client) << line;
  EXPECT_EQ(format_time(request->time), want.time) << line;
  EXPECT_EQ(request->method, want.method) << line;
  EXPECT_EQ(request->target, want.target) << line;
  EXPECT_EQ(request->status, want.status) << line;
  EXPECT_EQ(request->host, want.host) << line;
  EXPECT_EQ(request->user_agent, want.agent) << line;
}

std::size_t shapes_seen = 0;

void check(const LogOptions& options, const std::vector<Shape>& shapes,
           std::shared_ptr<const TrustedProxies> trusted = nullptr) {
  auto reader = RequestReader::create(options, std::move(trusted));
  ASSERT_TRUE(reader) << reader.error().message();
  for (const Shape& shape : shapes) {
    ++shapes_seen;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = shape.line.find('\n', begin)) != std::string::npos; begin = end + 1)
      (void)reader->read(std::string_view(shape.line).substr(begin, end - begin));
    expect(reader->read(std::string_view(shape.line).substr(begin)), shape.want, shape.line);
  }
}

// That the lines alone tell their format, and are then read as above.
void check_recognised(Format format, const std::vector<Shape>& shapes) {
  const auto tried = candidates({});
  for (const Shape& shape : shapes) {
    const LogOptions* found = recognise(shape.line + "\n", tried);
    ASSERT_NE(found, nullptr) << shape.line;
    EXPECT_EQ(found->format, format) << shape.line << "\nread as " << to_string(found->format);
    check(*found, {shape});
  }
}

LogOptions of(Format format, std::string pattern = {}, std::string client = {}, std::string timezone = {}) {
  LogOptions options{.format = format};
  options.pattern = std::move(pattern);
  options.client = std::move(client);
  options.timezone = std::move(timezone);
  return options;
}
LogOptions json(JsonPreset preset, std::string timezone = {}) {
  LogOptions options = of(formats::kJson, {}, {}, std::move(timezone));
  options.preset = preset;
  options.fields = preset_fields(preset);
  return options;
}

TEST(Shapes, Combined) {
  const std::vector<Shape> lines = {
      {"192.0.2.7 - -" + kRest, usual("192.0.2.7")},
      {"2001:db8::7 - -" + kRest, usual("2001:db8::7")},
      {"::ffff:192.0.2.7 - -" + kRest, usual("192.0.2.7")},
      {"192.0.2.7 - alice" + kRest, usual("192.0.2.7")},
      {"192.0.2.7 -  " + kShapeStamp + kShapeLine + kEnd, usual("192.0.2.7")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "GET /p/1?a=b HTTP/2.0" 200 0 "-" "-")", bare("192.0.2.7")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "GET /p/1?a=b HTTP/3.0" 200 - "-" "")", bare("192.0.2.7")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "GET http://e.org/p/1?a=b HTTP/1.1" 200 1 "-" "-")",
       bare("192.0.2.7")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "-" 408 0 "-" "-")", asked("192.0.2.7", "", "", 408, "", "")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "" 400 0 "-" "-")", asked("192.0.2.7", "", "", 400, "", "")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "\x16\x03\x01" 400 157 "-" "-")",
       asked("192.0.2.7", "", "\x16\x03\x01", 400, "", "")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "OPTIONS * HTTP/1.0" 200 1 "-" "x")",
       asked("192.0.2.7", "OPTIONS", "*", 200, "", "x")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "CONNECT e.org:443 HTTP/1.1" 405 1 "-" "x")",
       asked("192.0.2.7", "CONNECT", "e.org:443", 405, "", "x")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "GET /a b HTTP/1.1" 499 0 "-" "x")",
       asked("192.0.2.7", "GET", "/a b", 499, "", "x")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "GET /p HTTP/1.1" 000 0 "-" "x")",
       asked("192.0.2.7", "GET", "/p", 0, "", "x")},
      {"192.0.2.7 - - " + kShapeStamp + R"( "GET /p HTTP/1.1" 200 1 "-" "a \"b\" \\")",
       asked("192.0.2.7", "GET", "/p", 200, "", R"(a "b" \)")},
      {"192.0.2.7 - a [b] c" + kRest, usual("192.0.2.7")},
      // A name that a visitor chose must not make him invisible.
      {"192.0.2.7 - 198.51.100.1 - x" + kRest, usual("192.0.2.7")},
      {"192.0.2.7 - 198.51.100.1 x" + kRest, usual("192.0.2.7")},
      {"192.0.2.7 - -" + kRest + R"( "203.0.113.9, 198.51.100.4")", usual("192.0.2.7")},
      {"192.0.2.7 - -" + kRest + " 0.012 - .", usual("192.0.2.7")},
      {"192.0.2.7 - -" + kRest + "   ", usual("192.0.2.7")},
      {"192.0.2.7 - -" + kRest + "\r", usual("192.0.2.7")},
      {"\xef\xbb\xbf"
       "192.0.2.7 - -" +
           kRest,
       usual("192.0.2.7")},
      {"192.0.2.7:51234 - -" + kRest, usual("192.0.2.7")},
      {"[2001:db8::7]:51234 - -" + kRest, usual("2001:db8::7")},
      {"[2001:db8::7] - -" + kRest, usual("2001:db8::7")},
      {"fe80::7%eth0 - -" + kRest, usual("fe80::7")},
      {"192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7")},
      {"192.0.2.7, 198.51.100.4, 10.0.0.1 - alice" + kRest, usual("192.0.2.7")},
      {"unknown, 2001:db8::7:8, 198.51.100.4 - -" + kRest, usual("2001:db8::7:8")},
      // Traefik, with fields that are dropped; HAProxy's `option httplog clf`.
      {"192.0.2.7 - -" + kRest + R"( 17 "web@docker" "http://10.0.0.2:80" 3ms)", usual("192.0.2.7")},
      {"192.0.2.7 - - [24/Nov/2026:06:07:24 +0000]" + kShapeLine + R"( "-" "-" 17 "-" "-" 3ms)",
       bare("192.0.2.7")},
      {"192.0.2.7 - - [24/Nov/2026:06:07:24 +0000] \"- - -\" - - \"-\" \"-\" 17 \"-\" \"-\" 0ms",
       asked("192.0.2.7", "", "- - -", 0, "", "")},
      {"192.0.2.7 - -" + kRest.substr(0, kRest.size() - kEnd.size()) + R"( "" "" 33317 655 "in" "b" "s" 0 0)",
       bare("192.0.2.7")}};
  check_recognised(formats::kCombined, lines);
  check(
      of(formats::kCombined),
      {{"192.0.2.7\t-\t-\t" + kShapeStamp + "\t\"GET /p/1?a=b HTTP/1.1\"\t200\t1\t\"-\"\t\"" + kAgent + "\"",
        usual("192.0.2.7")},
       {"- - -" + kRest, fault("no_client")},
       {"host.example.org - -" + kRest, fault("bad_client")},
       {"e.org 192.0.2.7 - -" + kRest, fault("bad_client")},
       {"198.51.100.1 192.0.2.7 - -" + kRest, fault("bad_client")},
       {"unknown, - - -" + kRest, fault("bad_client")},
       {"192.0.2.7 - - [31/Nov/2026:08:07:24 +0200]" + kShapeLine + kEnd, fault("bad_time")},
       {"192.0.2.7 - - 24/Nov/2026:08:07:24 +0200" + kShapeLine + kEnd, fault("no_time")},
       {"192.0.2.7 - - " + kShapeStamp + " GET / HTTP/1.1 200 1", fault("no_request")},
       {"192.0.2.7 - - " + kShapeStamp + kShapeLine, fault("missing_field")},
       {"192.0.2.7 - - " + kShapeStamp + R"( "GET / HTTP/1.1" 2OO 1 "-" "-")", fault("bad_status")},
       {"192.0.2.7 - - " + kShapeStamp + R"( "GET / HTTP/1.1" 200 1k "-" "-")", fault("bad_bytes")},
       {"192.0.2.7 - - " + kShapeStamp + R"( "GET / HTTP/1.1" 200 1 "-" "cut)",
        asked("192.0.2.7", "GET", "/", 200, "", "")},
       {"", fault("empty")},
       {"\xef\xbb\xbf", fault("empty")}});
}

TEST(Shapes, AListOfHopsInFrontIsWhatProxiesSay) {
  const auto trusted = proxies({"10.0.0.0/8", "198.51.100.0/24"});
  check(of(formats::kCombined),
        {{"192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7")},
         {"6.6.6.6, 192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7")},
         {"198.51.100.9, 198.51.100.4 - -" + kRest, usual("198.51.100.9")}},
        trusted);
  check(of(formats::kVhostCombined),
        {{"e.org 192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7", "e.org")}}, trusted);
}

TEST(Shapes, Common) {
  const std::string rest = " " + kShapeStamp + kShapeLine;
  check_recognised(formats::kCommon, {{"192.0.2.7 - -" + rest, bare("192.0.2.7")},
                                      {"2001:db8::7 - alice" + rest, bare("2001:db8::7")},
                                      {"192.0.2.7:80 - -" + rest, bare("192.0.2.7")},
                                      {"192.0.2.7, 10.0.0.1 - -" + rest, bare("192.0.2.7")}});
}

TEST(Shapes, WithTheHostInFront) {
  check_recognised(
      formats::kVhostCombined,
      {{"www.e.org:443 192.0.2.7 - -" + kRest, usual("192.0.2.7", "www.e.org:443")},
       {"www.e.org 192.0.2.7 - alice" + kRest, usual("192.0.2.7", "www.e.org")},
       {"[2001:db8::80]:443 2001:db8::7 - -" + kRest, usual("2001:db8::7", "[2001:db8::80]:443")},
       {"localhost [2001:db8::7]:5000 - -" + kRest, usual("2001:db8::7", "localhost")},
       {"www.e.org 192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7", "www.e.org")}});
  check_recognised(
      formats::kVhostCommon,
      {{"www.e.org 192.0.2.7 - - " + kShapeStamp + kShapeLine, bare("192.0.2.7", "www.e.org")},
       {"www.e.org:80 192.0.2.7 - - " + kShapeStamp + kShapeLine, bare("192.0.2.7", "www.e.org:80")}});
  check(of(formats::kVhostCombined), {{"- 192.0.2.7 - -" + kRest, usual("192.0.2.7", "")},
                                      {"_ 192.0.2.7 - -" + kRest, usual("192.0.2.7", "_")},
                                      {"192.0.2.7, 198.51.100.4 - -" + kRest, fault("bad_client")},
                                      {"192.0.2.7 - -" + kRest, fault("no_client")},
                                      {"192.0.2.7 - [198.51.100.4] - -" + kRest, fault("no_client")},
                                      // The visitor chose the host.
                                      {"a 6.6.6.6 - 203.0.113.9 - -" + kRest, fault("bad_client")},
                                      {"a 6.6.6.6 - b 203.0.113.9 - -" + kRest, fault("bad_client")}});
}

TEST(Shapes, NginxPatterns) {
  const std::string combined =
      R"([$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")";
  check(of(formats::kNginx, "$host $remote_addr - $remote_user " + combined),
        {{"www.e.org 192.0.2.7 - -" + kRest, usual("192.0.2.7", "www.e.org")},
         {"a 6.6.6.6 - b 203.0.113.9 - -" + kRest, fault("bad_client")}});
  check(of(formats::kNginx, "$http_host:$server_port $remote_addr:$remote_port - $remote_user " + combined),
        {{"e.org:443 192.0.2.7:5000 - -" + kRest, usual("192.0.2.7", "e.org:443")}});
  check(of(formats::kNginx, "$remote_addr:$remote_port - $remote_user " + combined),
        {{"192.0.2.7:5000 - -" + kRest, usual("192.0.2.7")},
         {"2001:db8::7:5000 - -" + kRest, usual("2001:db8::7")}});
  check(
      of(formats::kNginx,
         "$remote_addr - $remote_user " + combined +
             " $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] "
             "$upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"),
      {{"192.0.2.7 - -" + kRest + " 402 0.010 [a-b-80] [] 10.0.0.1:80 612 0.008 200 abc", usual("192.0.2.7")},
       {"192.0.2.7 - -" + kRest +
            " 402 0.010 [a-b-80] [] 10.0.0.1:80, 10.0.0.2:80 0, 612 0.001, 0.008 502, 200 abc",
        usual("192.0.2.7")},
       {"192.0.2.7 - -" + kRest + " 402 0.010 [] [] - - - - abc", usual("192.0.2.7")}});
  check(
      of(formats::kNginx,
         R"([$time_local] $upstream_addr $upstream_status $upstream_response_time $remote_addr $host "$request" $status "$http_user_agent")"),
      {{kShapeStamp +
            R"( 10.0.0.1:80, 10.0.0.2:80 : unix:/s 502, 200 : - 0.1, 0.2 : - 192.0.2.7 e.org "GET /p/1?a=b HTTP/1.1" 200 ")" +
            kAgent + "\"",
        usual("192.0.2.7", "e.org")},
       {kShapeStamp + R"( - - - 192.0.2.7 e.org "GET /p/1?a=b HTTP/1.1" 200 ")" + kAgent + "\"",
        usual("192.0.2.7", "e.org")}});
  check(of(formats::kNginx,
           "$remote_addr $geoip2_data_country_code $geoip_city_country_code $ssl_protocol $ssl_curves "
           "$ssl_server_name - $remote_user " +
               combined + " $geoip2_data_city_name $geoip2_data_country_name"),
        {{"192.0.2.7 DE DE TLSv1.3 X25519:prime256v1 e.org - -" + kRest + " Frankfurt am Main Germany",
          usual("192.0.2.7")}});
  check(
      of(formats::kNginx,
         R"($remote_addr - $remote_user [$time_local] "$request_method $filtered_request_uri $server_protocol" $status $body_bytes_sent "$filtered_http_referer" "$http_user_agent" $gzip_ratio)"),
      {{"192.0.2.7 - -" + kRest + " 1.53", usual("192.0.2.7")},
       {"192.0.2.7 - -" + kRest + " -", usual("192.0.2.7")}});
  check(
      of(formats::kNginx,
         R"($remote_addr - $remote_user [$time_local] "$request_method $what_was_asked $server_protocol" $status "$http_user_agent")"),
      {{"192.0.2.7 - - " + kShapeStamp + R"( "GET /p/1?a=b HTTP/1.1" 200 "x")",
        usual("192.0.2.7", "", "x")}});
  check(
      of(formats::kNginx,
         "time:$time_iso8601\thost:$http_host\tip:$remote_addr\tmethod:$request_method\turi:$request_uri\tstatus:$status\tua:$http_user_agent"),
      {{"time:2026-11-24T08:07:24+02:00\thost:e.org\tip:192.0.2.7\tmethod:GET\turi:/p/1?a=b\tstatus:200\tua:" +
            std::string(kAgent),
        usual("192.0.2.7", "e.org")}});
  check(of(formats::kNginx, "$msec $remote_addr \"$request\" $status \"$http_user_agent\""),
        {{"1795500444.123 192.0.2.7 \"GET /p/1?a=b HTTP/1.1\" 200 \"x\"", usual("192.0.2.7", "", "x")},
         {"1795500444.123 192.0.2.7 \"GET /p/1?a=b HTTP/1.1\" 200 \"x\" \t ", usual("192.0.2.7", "", "x")},
         {"1795500444.123 unix: \"GET /p/1?a=b HTTP/1.1\" 200 \"x\"", fault("bad_client")},
         {"1795500444.123 192.0.2.7 \"GET /p/1?a=b HTTP/1.1\" 2xx \"x\"", fault("bad_status")},
         {"yesterday 192.0.2.7 \"GET /p/1?a=b HTTP/1.1\" 200 \"x\"", fault("bad_time")}});
}

TEST(Shapes, TheClientMayBeAnyField) {
  const std::string combined =
      R"([$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")";
  const auto trusted = proxies({"10.0.0.0/8", "198.51.100.0/24"});
  const LogOptions beside =
      of(formats::kNginx, "$remote_addr - $remote_user " + combined + R"( "$http_cf_connecting_ip")",
         "$http_cf_connecting_ip");
  const std::vector<Shape> by_proxy = {
      {"10.0.0.1 - -" + kRest + R"( "192.0.2.7")", usual("192.0.2.7")},
      {"10.0.0.1 - -" + kRest + R"( "2001:db8::7")", usual("2001:db8::7")},
      {"10.0.0.1 - -" + kRest + R"( "[2001:db8::7]:443")", usual("2001:db8::7")},
      {"10.0.0.1 - -" + kRest + R"( "-")", usual("10.0.0.1")},
      {"10.0.0.1 - -" + kRest + R"( "nonsense")", usual("10.0.0.1")},
      {"unix: - -" + kRest + R"( "192.0.2.7")", usual("192.0.2.7")}};
  check(beside, by_proxy, trusted);
  check(beside, by_proxy);
  check(beside, {{"203.0.113.5 - -" + kRest + R"( "192.0.2.7")", usual("203.0.113.5")}}, trusted);
  // The log does not say who connected.
  const LogOptions alone =
      of(formats::kNginx, "$http_x_forwarded_for - $remote_user " + combined, "$http_x_forwarded_for");
  check(alone,
        {{"192.0.2.7 - -" + kRest, usual("192.0.2.7")},
         {"6.6.6.6, 192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7")},
         {"- - -" + kRest, fault("no_client")},
         {"nonsense - -" + kRest, fault("bad_client")}},
        trusted);
  check(alone, {{"192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7")}});
  check(of(formats::kApache, R"(%{X-Forwarded-For}i %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")",
           "%{X-Forwarded-For}i"),
        {{"192.0.2.7, 198.51.100.4 - -" + kRest, usual("192.0.2.7")},
         {"192.0.2.7 - -" + kRest, usual("192.0.2.7")}},
        trusted);
  LogOptions captured = of(formats::kHaproxy, {}, "true-client-ip", "UTC");
  captured.headers = {"true-client-ip"};
  check(
      captured,
      {{R"(10.0.0.1:1 [24/Nov/2026:06:07:24.655] a b/c 1/2/3/4/5 200 1 - - ---- 1/1/1/1/0 0/0 {192.0.2.7} "GET /p/1?a=b HTTP/1.1")",
        bare("192.0.2.7")}},
      trusted);
  const std::string object =
      R"({"time":1795500444,"request":"GET /p/1?a=b HTTP/1.1","status":200,"remote_addr":"10.0.0.1","http_cf_connecting_ip":"192.0.2.7"})";
  LogOptions member = json(JsonPreset::nginx);
  member.client = "http_cf_connecting_ip";
  check(member, {{object, bare("192.0.2.7")}}, trusted);
  LogOptions field = json(JsonPreset::nginx);
  field.fields.client = "http_cf_connecting_ip";
  check(
      field,
      {{object, bare("192.0.2.7")},
       {R"({"time":1795500444,"request":"GET /p/1?a=b HTTP/1.1","status":200,"remote_addr":"203.0.113.5","http_cf_connecting_ip":"192.0.2.7"})",
        bare("203.0.113.5")}},
      trusted);
  auto reader = RequestReader::create(beside, trusted);
  ASSERT_TRUE(reader);
  const std::string line = "10.0.0.1 - -" + kRest + R"( "192.0.2.7")";
  EXPECT_TRUE(reader->read(line)->forwarded) << "his packets come from the proxy";
}

TEST(Shapes, ApachePatterns) {
  const std::string end = R"( "%r" %>s %b "%{Referer}i" "%{User-Agent}i")";
  check(of(formats::kApache, "%a:%{remote}p %l %u %t" + end),
        {{"192.0.2.7:5000 - -" + kRest, usual("192.0.2.7")},
         {"2001:db8::7:5000 - -" + kRest, usual("2001:db8::7")}});
  check(of(formats::kApache, "%A:%p %a:%p %u %t" + end),
        {{"10.0.0.1:443 192.0.2.7:443 -" + kRest, usual("192.0.2.7")},
         {"2001:db8::80:443 2001:db8::7:443 alice" + kRest, usual("2001:db8::7")}});
  check(of(formats::kApache, "%V %h %l %u %t" + end + " %I %O"),
        {{"e.org 192.0.2.7 - -" + kRest + " 500 6000", usual("192.0.2.7", "e.org")}});
  check(of(formats::kApache, "%h\t%u\t%t\t%r\t%>s\t%{User-Agent}i"),
        {{"192.0.2.7\t-\t" + kShapeStamp + "\tGET /p/1?a=b HTTP/1.1\t200\tx \"y\"",
          usual("192.0.2.7", "", "x \"y\"")}});
  check(of(formats::kApache, R"(%h %l %u [%{%Y-%m-%d %H:%M:%S}t] "%r" %>s)", {}, "Europe/Berlin"),
        {{R"(192.0.2.7 - - [2026-11-24 07:07:24] "GET /p/1?a=b HTTP/1.1" 200)", bare("192.0.2.7")},
         {R"(192.0.2.7 - - [2026-07-24 07:07:24] "GET /p/1?a=b HTTP/1.1" 200)",
          {"192.0.2.7", "2026-07-24T05:07:24Z", "GET", "/p/1?a=b", 200, "", "", ""}}});
  check(of(formats::kApache, R"([%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t] %a %{c}a "%m %U%q %H" %>s)"),
        {{R"([24/Nov/2026:08:07:24.123 +0200] 192.0.2.7 10.0.0.1 "GET /p/1?a=b HTTP/1.1" 200)",
          bare("192.0.2.7")}});
}

TEST(Shapes, JsonOfNginx) {
  const auto at = [](const std::string& member, const std::string& rest = R"("remote_addr":"192.0.2.7")") {
    return "{" + member + "," + rest +
           R"(,"request":"GET /p/1?a=b HTTP/1.1","status":200,"http_user_agent":")" + kAgent + "\"}";
  };
  check_recognised(
      formats::kJson,
      {{at(R"("time":"2026-11-24T08:07:24+02:00")"), usual("192.0.2.7")},
       {at(R"("time_local":"24/Nov/2026:08:07:24 +0200")"), usual("192.0.2.7")},
       {at(R"("time":"[24/Nov/2026:08:07:24 +0200]")"), usual("192.0.2.7")},
       {at(R"("time_iso8601":"2026-11-24T06:07:24Z")"), usual("192.0.2.7")},
       {at(R"("@timestamp":"2026-11-24T06:07:24.000Z")"), usual("192.0.2.7")},
       {at(R"("timestamp":1795500444)"), usual("192.0.2.7")},
       {at(R"("timestamp":1795500444123)"), usual("192.0.2.7")},
       {at(R"("timestamp":1795500444123456)"), usual("192.0.2.7")},
       {at(R"("timestamp":1795500444123456789)"), usual("192.0.2.7")},
       {at(R"("timestamp":"1795500444123")"), usual("192.0.2.7")},
       {at(R"("msec":"1795500444.123")"), usual("192.0.2.7")},
       {at(R"("msec":1795500444.123)"), usual("192.0.2.7")},
       {at(R"("time":null,"time_local":"24/Nov/2026:08:07:24 +0200")"), usual("192.0.2.7")},
       {at(R"("time":1795500444)", R"("remote_addr":"192.0.2.7:51234")"), usual("192.0.2.7")},
       {at(R"("time":1795500444)", R"("remote_addr":"[2001:db8::7]:51234")"), usual("2001:db8::7")},
       {at(R"("time":1795500444)", R"("remote_addr":"[2001:db8::7]")"), usual("2001:db8::7")},
       {at(R"("time":1795500444)", R"("remote_addr":"fe80::7%eth0")"), usual("fe80::7")},
       {at(R"("time":1795500444)", R"("ip":"192.0.2.7","host":"e.org")"), usual("192.0.2.7", "e.org")},
       {"\xef\xbb\xbf" + at(R"("time":1795500444)"), usual("192.0.2.7")},
       {R"({"date":"2026-11-24T06:07:24Z","ip":"192.0.2.7","host":"e.org","path":"/p/1?a=b","request_method":"GET","status":"200","user_agent":"x"})",
        usual("192.0.2.7", "e.org", "x")}});
  check(json(JsonPreset::nginx, "Europe/Berlin"),
        {{at(R"("time":"2026-11-24 07:07:24")"), usual("192.0.2.7")},
         {at(R"("time":"24/Nov/2026:07:07:24")"), usual("192.0.2.7")},
         {at(R"("time":"2026/11/24 07:07:24.5")"), usual("192.0.2.7")}});
  check(json(JsonPreset::nginx), {{at(R"("time":true)"), fault("bad_time")},
                                  {at(R"("moment":1)"), fault("no_time")},
                                  {at(R"("time":"2026-02-30T00:00:00Z")"), fault("bad_time")},
                                  {at(R"("time":1)", R"("remote_addr":"unix:")"), fault("bad_client")},
                                  {at(R"("time":1)", R"("nobody":"1")"), fault("no_client")},
                                  {"[1]", fault("not_an_object")},
                                  {"{\"time\":1", fault("not_json")}});
}

TEST(Shapes, Caddy) {
  const auto at = [](const std::string& time, const std::string& who) {
    return R"({"level":"info","ts":)" + time +
           R"(,"logger":"http.log.access","msg":"handled request","request":{)" + who +
           R"(,"proto":"HTTP/2.0","method":"GET","host":"e.org","uri":"/p/1?a=b","headers":{"User-Agent":[")" +
           kAgent + R"("]}},"duration":0.0002,"size":12,"status":200,"resp_headers":{"Server":["Caddy"]}})";
  };
  const std::string now = R"("remote_ip":"192.0.2.7","remote_port":"1","client_ip":"192.0.2.7")";
  std::vector<Shape> shapes;
  for (const std::string_view time :
       {"1795500444.1234", "1795500444123.4", "1795500444123456789", R"("2026-11-24T06:07:24.000Z")",
        R"("2026-11-24T08:07:24.000+0200")", R"("2026-11-24T08:07:24+02:00")",
        R"("2026-11-24T06:07:24.123456789Z")", R"("2026/11/24 06:07:24")", R"("2026/11/24 06:07:24.123")",
        R"("2026/11/24 06:07:24.123456789")", R"("24/Nov/2026:08:07:24 +0200")"}) {
    shapes.push_back({at(std::string(time), now), usual("192.0.2.7", "e.org")});
  }
  // Before 2.7 there is no client_ip, before 2.5 the port stands behind the address.
  shapes.push_back(
      {at("1795500444.1", R"("remote_ip":"192.0.2.7","remote_port":"1")"), usual("192.0.2.7", "e.org")});
  shapes.push_back({at("1795500444.1", R"("remote_addr":"192.0.2.7:51234")"), usual("192.0.2.7", "e.org")});
  shapes.push_back(
      {at("1795500444.1", R"("remote_addr":"[2001:db8::7]:51234")"), usual("2001:db8::7", "e.org")});
  check_recognised(formats::kJson, shapes);
  check(json(JsonPreset::caddy, "Europe/Berlin"),
        {{at(R"("2026/11/24 07:07:24.123")", now), usual("192.0.2.7", "e.org")}});
}

TEST(Shapes, Traefik) {
  const auto with = [](const std::string& more) {
    return R"({"DownstreamStatus":200,"RequestMethod":"GET","RequestPath":"/p/1?a=b","RequestHost":"e.org",)" +
           more + R"(,"request_User-Agent":")" + kAgent +
           R"(","level":"info","msg":"","time":"2026-11-24T06:07:24Z"})";
  };
  check_recognised(
      formats::kJson,
      {{with(R"("ClientAddr":"192.0.2.7:5000","ClientHost":"192.0.2.7","StartUTC":"2026-11-24T06:07:24.1Z")"),
        usual("192.0.2.7", "e.org")},
       {with(R"("ClientAddr":"[2001:db8::7]:5000","StartLocal":"2026-11-24T08:07:24.1+02:00")"),
        usual("2001:db8::7", "e.org")},
       {with(R"("ClientAddr":"192.0.2.7:5000")"), usual("192.0.2.7", "e.org")},
       {with(R"("ClientHost":"192.0.2.7")"), usual("192.0.2.7", "e.org")},
       {R"({"ClientAddr":"192.0.2.7:5000","RequestLine":"GET /p/1?a=b HTTP/1.1","OriginStatus":200,"time":"2026-11-24T06:07:24Z"})",
        bare("192.0.2.7")}});
  check(json(JsonPreset::traefik),
        {{with(R"("ClientHost":"192.0.2.7, 10.0.0.2")"), usual("192.0.2.7", "e.org")}},
        proxies({"10.0.0.0/8"}));
  check(json(JsonPreset::traefik), {{with(R"("RouterName":"x")"), fault("no_client")}});
}

TEST(Shapes, GitLab) {
  check_recognised(
      formats::kJson,
      {{R"({"content_type":"text/html","correlation_id":"01","duration_ms":24,"host":"e.org","level":"info","method":"GET","msg":"access","proto":"HTTP/1.1","referrer":"","remote_addr":"10.0.0.1:0","remote_ip":"192.0.2.7","route":"^/","status":200,"system":"http","time":"2026-11-24T06:07:24Z","ttfb_ms":24,"uri":"/p/1?a=b","user_agent":"x","written_bytes":12})",
        usual("192.0.2.7", "e.org", "x")},
       {R"({"method":"GET","path":"/p/1?a=b","format":"html","controller":"ProjectsController","action":"show","status":200,"time":"2026-11-24T06:07:24.821Z","params":[{"key":"a","value":"b"}],"remote_ip":"192.0.2.7","user_id":7,"username":"alice","ua":"x","correlation_id":"01","duration_s":0.1})",
        usual("192.0.2.7", "", "x")},
       {R"({"time":"2026-11-24T06:07:24.821Z","severity":"INFO","duration_s":0.03,"status":200,"method":"GET","path":"/p/1?a=b","host":"e.org","remote_ip":"192.0.2.7, 10.0.0.1","ua":"x","route":"/api/:version","meta.user":"alice"})",
        usual("192.0.2.7", "e.org", "x")}});
}

TEST(Shapes, EnvoyAndIstio) {
  const std::string front = R"([2026-11-24T06:07:24.310Z] "GET /p/1?a=b HTTP/2" 200 - )";
  check_recognised(
      formats::kEnvoy,
      {{front + R"(0 154 226 100 "192.0.2.7" "x" "cc21d9b0" "e.org" "tcp://10.0.2.1:80")",
        usual("192.0.2.7", "e.org", "x")},
       {front + R"(0 154 226 - "192.0.2.7,198.51.100.4" "x" "cc21d9b0" "e.org" "-")",
        usual("192.0.2.7", "e.org", "x")},
       {front +
            R"(via_upstream - "-" 0 154 226 100 "192.0.2.7" "x" "cc21d9b0" "e.org" "10.0.2.1:80" outbound|80||e 10.0.0.2:1 10.0.0.1:80 192.0.2.7:5000 e.org default)",
        usual("192.0.2.7", "e.org", "x")}});
  check(
      of(formats::kEnvoy),
      {{front + R"(0 154 226 100 "-" "x" "cc21d9b0" "e.org" "-")", fault("no_client")},
       // Envoy writes a quote as it was sent: nobody could tell where a value ends.
       {front + R"(0 154 226 100 "203.0.113.9" "x" "6.6.6.6" "x" "cc21d9b0" "e.org" "-")", fault("mismatch")},
       {R"([2026-11-24T06:07:24.310Z] "GET /" 200 - 0 1 2 3 "6.6.6.6" "x" "y" "z" "a HTTP/2" 200 - 0 154 226 100 "203.0.113.9" "x" "c" "e.org" "-")",
        fault("mismatch")}});
  check_recognised(
      formats::kJson,
      {{R"({"start_time":"2026-11-24T06:07:24.108Z","method":"GET","path":"/p/1?a=b","protocol":"HTTP/2","response_code":200,"bytes_sent":9,"user_agent":"x","authority":"e.org","downstream_remote_address":"192.0.2.7:5000","x_forwarded_for":"192.0.2.7"})",
        usual("192.0.2.7", "e.org", "x")}});
}

TEST(Shapes, NginxProxyManager) {
  const std::string end =
      R"( [Client 192.0.2.7] [Length 166] [Gzip -] [Sent-to 10.0.0.5] "x" "https://e.org/")";
  check_recognised(
      formats::kNpm,
      {{kShapeStamp + R"( - 200 200 - GET https e.org "/p/1?a=b")" + end, usual("192.0.2.7", "e.org", "x")},
       {kShapeStamp + R"( HIT - 200 - GET https e.org "/p/1?a=b")" + end, usual("192.0.2.7", "e.org", "x")},
       {kShapeStamp + R"( MISS 502, 200 200 - GET http e.org "/p/1?a=b")" + end,
        usual("192.0.2.7", "e.org", "x")},
       {kShapeStamp +
            R"( 200 - GET http e.org "/p/1?a=b" [Client 2001:db8::7] [Length 166] [Gzip 3.1] "x" "-")",
        usual("2001:db8::7", "e.org", "x")}});
  check(of(formats::kNpm),
        {{kShapeStamp + R"( - 200 200 - GET https e.org "/p [Client 6.6.6.6] [Length 1]\x22 x")" + end,
          asked("192.0.2.7", "GET", R"(/p [Client 6.6.6.6] [Length 1]" x)", 200, "e.org", "x")}});
}

TEST(Shapes, Ingress) {
  const std::string end = R"( 402 0.010 [ns-app-80] [] 10.0.0.1:80 612 0.008 200 0123abcd)";
  check_recognised(formats::kIngress,
                   {{"10.0.0.1 - [192.0.2.7] - -" + kRest + end, usual("10.0.0.1")},
                    {"192.0.2.7 - [192.0.2.7] - alice" + kRest + end, usual("192.0.2.7")}});
  check(of(formats::kIngress),
        {{"10.0.0.1 - [192.0.2.7] - -" + kRest + end, usual("192.0.2.7")},
         {"10.0.0.1 - [6.6.6.6, 192.0.2.7, 10.0.0.1] - -" + kRest + end, usual("192.0.2.7")},
         {"203.0.113.5 - [192.0.2.7] - -" + kRest + end, usual("203.0.113.5")}},
        proxies({"10.0.0.0/8"}));
}

TEST(Shapes, Lighttpd) {
  check_recognised(formats::kLighttpd,
                   {{"192.0.2.7 www.e.org -" + kRest, usual("192.0.2.7", "www.e.org")},
                    {"2001:db8::7 e.org:8080 alice" + kRest, usual("2001:db8::7", "e.org:8080")}});
  check(of(formats::kLighttpd), {{"192.0.2.7 198.51.100.1 -" + kRest, usual("192.0.2.7", "198.51.100.1")}});
}

TEST(Shapes, LoadBalancersOfAws) {
  const std::string end =
      R"( "GET https://www.e.org:443/p/1?a=b HTTP/1.1" "x" ECDHE TLSv1.2 arn:aws:x "Root=1" "www.e.org" "arn:y" 0)";
  check_recognised(
      formats::kAlb,
      {{"https 2026-11-24T06:07:24.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366" +
            end,
        usual("192.0.2.7", "www.e.org:443", "x")},
       {"h2 2026-11-24T06:07:24.186641Z app/lb/50dc [2001:db8::7]:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366" +
            end,
        usual("2001:db8::7", "www.e.org:443", "x")},
       {"http 2026-11-24T06:07:24.186641Z app/lb/50dc 192.0.2.7:2817 - -1 -1 -1 200 - 34 366" + end,
        usual("192.0.2.7", "www.e.org:443", "x")},
       {R"(2026-11-24T06:07:24.945958Z lb 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://e.org:80/p/1?a=b HTTP/1.1" "x" - -)",
        usual("192.0.2.7", "e.org:80", "x")}});
}

TEST(Shapes, Haproxy) {
  const std::string end = R"( in b/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /p/1?a=b HTTP/1.1")";
  check(of(formats::kHaproxy, {}, {}, "Europe/Berlin"),
        {{"192.0.2.7:33317 [24/Nov/2026:07:07:24.655]" + end, bare("192.0.2.7")},
         {"2001:db8::7:33317 [24/Nov/2026:07:07:24.655]" + end, bare("2001:db8::7")},
         {"[2001:db8::7]:33317 [24/Nov/2026:07:07:24.655]" + end, bare("2001:db8::7")},
         {"Nov 24 07:07:24 lb haproxy[7]: 192.0.2.7:33317 [24/Nov/2026:07:07:24.655]" + end + "  ",
          bare("192.0.2.7")},
         {"unix:1 [24/Nov/2026:07:07:24.655]" + end, fault("bad_client")},
         {"192.0.2.7:1 [24/Nov/2026:07:07:24.655] a b/c 1 200", fault("missing_field")}});
  LogOptions summer = of(formats::kHaproxy, {}, {}, "America/New_York");
  check(summer, {{"192.0.2.7:1 [24/Jul/2026:02:07:24.000]" + end,
                  {"192.0.2.7", "2026-07-24T06:07:24Z", "GET", "/p/1?a=b", 200, "", "", ""}}});
}

TEST(Shapes, W3c) {
  const std::string iis =
      "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-11-24 06:00:00\n";
  const std::string all =
      "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status "
      "sc-substatus sc-win32-status time-taken\n";
  const std::string line =
      "2026-11-24 06:07:24 10.0.0.1 GET /p/1 a=b 443 - 192.0.2.7 Mozilla/5.0+(X11)+A/1 https://e.org/ 200 0 0 15";
  check_recognised(
      formats::kW3c,
      {{iis + all + line, usual("192.0.2.7")},
       {line, usual("192.0.2.7")},
       {"2026-11-24 06:07:24 10.0.0.1 GET /p/1 a=b 443 - 192.0.2.7 Mozilla/5.0+(X11)+A/1 200 0 0 15",
        usual("192.0.2.7")},
       {"\xef\xbb\xbf" + iis + all + line + "\r", usual("192.0.2.7")},
       {"#Fields: date time c-ip cs-method cs-host cs-uri-stem cs-uri-query sc-status sc-bytes cs(User-Agent)\n"
        "2026-11-24 06:07:24 2001:db8::7 GET e.org /p/1 a=b 200 12 Mozilla/5.0+(X11)+A/1",
        usual("2001:db8::7", "e.org")},
       {"#Fields: date time c-ip cs-method cs-uri sc-status cs(User-Agent)\n"
        "2026-11-24 06:07:24 192.0.2.7 GET /p/1?a=b 200 \"Mozilla/5.0 (X11) A/1\"",
        usual("192.0.2.7")},
       {"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
        "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header\n"
        "2026-11-24\t06:07:24\tFRA2\t12\t192.0.2.7\tGET\td1.cloudfront.net\t/p/1\t200\t-\tMozilla/5.0%20(X11)%20A/1\ta=b\t-\tHit\tid\te.org",
        usual("192.0.2.7", "e.org")},
       {"2026-11-24\t06:07:24\tFRA2\t12\t192.0.2.7\tGET\td1.cloudfront.net\t/p/1\t200\t-\tMozilla/5.0%2520(X11)%2520A/1\ta=b",
        usual("192.0.2.7", "d1.cloudfront.net")}});
  check(
      of(formats::kW3c, "#Fields: time c-ip cs-uri-stem date sc-status", {}, "Europe/Berlin"),
      {{"07:07:24 192.0.2.7 /p/1?a=b 2026-11-24 200", {"192.0.2.7", kTime, "", "/p/1?a=b", 200, "", "", ""}},
       {"07:07:24 192.0.2.7 /p/1", fault("missing_field")},
       {"07:07:24 host /p/1 2026-11-24 200", fault("bad_client")},
       {"25:07:24 192.0.2.7 /p/1 2026-11-24 200", fault("bad_time")},
       {"#Date: 2026-11-24", fault("directive")},
       {"#Fields: date time c-ip cs-uri-stem sc-status\n2026-11-24 07:07:24 192.0.2.7 /q 404",
        {"192.0.2.7", kTime, "", "/q", 404, "", "", ""}}});
  check(of(formats::kW3c, "date time s-ip cs-uri-stem sc-status X-Forwarded-For", "X-Forwarded-For"),
        {{"2026-11-24 06:07:24 10.0.0.1 /q 200 192.0.2.7,+10.0.0.2",
          {"192.0.2.7", kTime, "", "/q", 200, "", "", ""}}},
        proxies({"10.0.0.0/8"}));
  check(of(formats::kW3c), {{"a b c", fault("missing_field")}});
}

TEST(Shapes, AreMany) {
  if (testing::GTEST_FLAG(filter) == "*") {
    EXPECT_GE(shapes_seen, 130U);
  }
}

}  // namespace
}  // namespace sluice::intake
