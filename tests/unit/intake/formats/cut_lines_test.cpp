// SPDX-License-Identifier: Apache-2.0
// Lines that were cut at their end, as syslog and HAProxy cut what is too long: who came, when, and the
// beginning of what was asked for are read; nobody is named whose name may go on.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/detection/site/routes.h"
#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/fixed_patterns.h"
#include "daemon/intake/formats/haproxy.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/formats/recognise.h"
#include "daemon/intake/json_repair.h"
#include "daemon/intake/log_options.h"
#include "daemon/intake/request_reader.h"

namespace sluice::intake {
namespace {

const std::string kLongText(1500, 'q');

struct CutFormat {
  std::string name;
  LogOptions options;
  std::string before;  // the target
  std::string after;
};

LogOptions options_of(Format format, std::string pattern = "") {
  LogOptions options{.format = format};
  options.pattern = std::move(pattern);
  return options;
}

// Every format that quotes what was asked for. All lines are of 192.0.2.7, at 06:07:24.
std::vector<CutFormat> quoting_formats() {
  const std::string clf = R"(192.0.2.7 - - [24/Nov/2026:06:07:24 +0000] "GET )";
  const std::string rest = R"( HTTP/1.1" 200 5120 "https://e.org/" "Mozilla/5.0")";
  LogOptions docker = options_of(formats::kCombined);
  docker.envelope = Envelope::syslog;
  LogOptions caddy = options_of(formats::kJson);
  caddy.fields = preset_fields(JsonPreset::caddy);
  LogOptions haproxy = options_of(formats::kHaproxy);
  haproxy.timezone = "UTC";
  haproxy.headers = {"host", "user-agent"};
  return {
      {"combined", options_of(formats::kCombined), clf, rest},
      {"common", options_of(formats::kCommon), clf, R"( HTTP/1.1" 200 5120)"},
      {"vhost", options_of(formats::kVhostCombined), "e.org " + clf, rest},
      {"behind a syslog header", docker, "Nov 24 06:07:24 host nginx: " + clf, rest},
      {"nginx",
       options_of(formats::kNginx,
                  R"($remote_addr [$time_local] "$request" $status "$http_user_agent" $request_time)"),
       R"(192.0.2.7 [24/Nov/2026:06:07:24 +0000] "GET )", R"( HTTP/1.1" 200 "Mozilla/5.0" 0.1)"},
      {"nginx in pieces",
       options_of(formats::kNginx,
                  R"($status $remote_addr [$time_local] "$request_method $request_uri $server_protocol")"),
       R"(200 192.0.2.7 [24/Nov/2026:06:07:24 +0000] "GET )", R"( HTTP/1.1")"},
      {"apache", options_of(formats::kApache, R"(%h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i")"),
       clf, rest},
      {"json", options_of(formats::kJson),
       R"({"time":"2026-11-24T06:07:24Z","remote_addr":"192.0.2.7","method":"GET","uri":")",
       R"(","status":200,"http_user_agent":"Mozilla/5.0"})"},
      {"json with the whole line", options_of(formats::kJson),
       R"({"time":"2026-11-24T06:07:24Z","remote_addr":"192.0.2.7","tags":["a",{"b":1}],"request":"GET )",
       R"( HTTP/1.1","status":200})"},
      {"caddy", caddy,
       R"({"level":"info","ts":1795500444,"logger":"a","request":{"remote_ip":"192.0.2.7","method":"GET","host":"e.org","uri":")",
       R"(","headers":{"User-Agent":["M"]}},"status":200})"},
      {"haproxy", haproxy,
       R"(192.0.2.7:33317 [24/Nov/2026:06:07:24.000] in b/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {e.org|M} "GET )",
       R"( HTTP/1.1")"},
      {"ingress", options_of(formats::kIngress),
       R"(192.0.2.7 - [192.0.2.7] - - [24/Nov/2026:06:07:24 +0000] "GET )",
       R"( HTTP/1.1" 200 5120 "https://e.org/" "Mozilla/5.0" 400 0.1 [a] [] 10.0.0.1:80 1 0.1 200 abc)"},
  };
}

struct CutRead {
  Parsed request = ParseFault::empty;
  detection::RouteMatch match{};
  LineCounters counters{};
};

class CutLines : public testing::Test {
 protected:
  // Reads one line with a fresh reader; what the request points to lives until the next call.
  CutRead read(const CutFormat& format, std::string line) {
    begin(format);
    return read_next(std::move(line));
  }
  void begin(const CutFormat& format) {
    auto made = RequestReader::create(format.options, nullptr);
    ASSERT_TRUE(made) << format.name << ": " << (made ? "" : made.error().message());
    reader_.emplace(*std::move(made));
  }
  CutRead read_next(std::string line) {
    line_ = std::move(line);
    CutRead read{reader_->read(line_)};
    read.counters = reader_->counters();
    if (read.request) read.match = routes().match(*read.request, buffer_);
    return read;
  }
  static const detection::RouteTable& routes() {
    static const auto kTable = [] {
      detection::RouteTableOptions options;
      options.routes = {{.name = "person", .pattern = "/people/{subject}"},
                        {.name = "profile", .pattern = "/profile.php?id={subject}"}};
      options.decoys = {"/people/all"};
      options.every_page = detection::RouteTableOptions::EveryPage::always;
      return *detection::RouteTable::create(options);
    }();
    return kTable;
  }
  // Whether there is a request.
  static bool expect_visitor(const CutRead& read, const std::string& name) {
    EXPECT_TRUE(read.request) << name << ": " << (read.request ? "" : to_string(read.request.error()));
    if (!read.request) return false;
    EXPECT_TRUE(read.request->cut) << name;
    EXPECT_EQ(read.request->client.to_string(), "192.0.2.7") << name;
    EXPECT_EQ(format_time(read.request->time), "2026-11-24T06:07:24Z") << name;
    EXPECT_EQ(read.request->status, 200) << name;
    EXPECT_EQ(read.counters.unreadable(), 0U) << name;
    EXPECT_EQ(read.counters.cut, 1U) << name;
    EXPECT_EQ(read.counters.recent_cut, 1U) << name;
    return true;
  }

  std::string line_;
  std::optional<RequestReader> reader_;
  detection::MatchBuffer buffer_;
};

TEST_F(CutLines, AWholeLineIsReadAsEver) {
  for (const CutFormat& format : quoting_formats()) {
    const CutRead whole = read(format, format.before + "/people/7?a=b" + format.after);
    ASSERT_TRUE(whole.request) << format.name << ": " << to_string(whole.request.error());
    EXPECT_FALSE(whole.request->cut) << format.name;
    EXPECT_EQ(whole.match.subject, "7") << format.name;
    EXPECT_EQ(whole.counters.cut, 0U) << format.name;
  }
}

TEST_F(CutLines, WithinTheQueryThePathIsWhole) {
  for (const CutFormat& format : quoting_formats()) {
    const CutRead cut = read(format, format.before + "/people/7?x=" + kLongText);
    if (!expect_visitor(cut, format.name)) continue;
    EXPECT_EQ(cut.request->target, "/people/7") << format.name;
    EXPECT_EQ(cut.request->method, "GET") << format.name;
    EXPECT_FALSE(cut.request->path_cut) << format.name;
    EXPECT_EQ(cut.match.subject, "7") << format.name;
    EXPECT_EQ(cut.counters.paths_cut, 0U) << format.name;
  }
}

TEST_F(CutLines, OfTheQueryTheLastParameterMayGoOn) {
  for (const CutFormat& format : quoting_formats()) {
    const CutRead last = read(format, format.before + "/profile.php?a=b&id=12");
    if (!expect_visitor(last, format.name)) continue;
    EXPECT_EQ(last.request->target, "/profile.php?a=b") << format.name;
    EXPECT_NE(last.match.subject, "12") << format.name;
    const CutRead other = read(format, format.before + "/profile.php?id=1234&x=" + kLongText);
    if (!expect_visitor(other, format.name)) continue;
    EXPECT_EQ(other.match.subject, "1234") << format.name;
  }
}

TEST_F(CutLines, WithinThePathNobodyIsNamed) {
  for (const CutFormat& format : quoting_formats()) {
    for (const std::string begin : {"/people/12", "/people/", "/people/all", "/", "", "/people/2026/x"}) {
      const CutRead cut = read(format, format.before + begin);
      if (!expect_visitor(cut, format.name + " " + begin)) continue;
      EXPECT_TRUE(cut.request->path_cut) << format.name << " " << begin;
      EXPECT_EQ(cut.match.subject, "") << format.name << " " << begin;
      EXPECT_EQ(cut.match.subject_hash, 0U) << format.name << " " << begin;
      EXPECT_FALSE(cut.match.decoy) << format.name << " " << begin;
      EXPECT_EQ(cut.counters.paths_cut, 1U) << format.name << " " << begin;
    }
  }
}

TEST_F(CutLines, BehindTheTargetTheTargetIsWhole) {
  for (const CutFormat& format : quoting_formats()) {
    // Within the first quoted value behind the target, or within the protocol.
    const auto end = format.after.find("Moz");
    const std::string rest =
        format.after.substr(0, end == std::string::npos ? format.after.find("/1.1") + 2 : end + 3);
    if (rest.size() < 3) continue;
    const CutRead cut = read(format, format.before + "/people/7" + rest);
    if (!expect_visitor(cut, format.name)) continue;
    EXPECT_EQ(cut.match.subject, "7") << format.name << ": " << rest;
    EXPECT_EQ(cut.request->user_agent, format.name == "haproxy" ? "M" : "")
        << "part of one is none: " << format.name;
  }
}

// Wherever it is cut: nobody but the person of the line is ever named, and the line is one of this visitor or
// none.
TEST_F(CutLines, AnywhereTheyNameNobodyElse) {
  for (const CutFormat& format : quoting_formats()) {
    const std::string whole =
        format.before + "/people/1234?x=" + std::string(500, 'y') + "&id=98" + format.after;
    const std::size_t target = format.before.size();
    begin(format);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const CutRead cut = read_next(whole.substr(0, size));
      if (!cut.request) {
        EXPECT_LT(size, target + 1) << format.name << " " << to_string(cut.request.error()) << ": "
                                    << whole.substr(0, size).substr(size - std::min<std::size_t>(size, 60));
        continue;
      }
      EXPECT_EQ(cut.request->client.to_string(), "192.0.2.7") << format.name << size;
      if (cut.match.every_page) continue;
      EXPECT_TRUE(cut.match.subject.empty() || cut.match.subject == "1234") << format.name << size;
    }
  }
}

TEST_F(CutLines, AVisitorsQuotesMakeNoRequest) {
  // HAProxy's captured cookie holds what the visitor likes, quotes too.
  CutFormat haproxy = quoting_formats()[10];
  ASSERT_EQ(haproxy.name, "haproxy");
  const std::string front = R"(192.0.2.7:33317 [24/Nov/2026:06:07:24.000] in b/s 10/0/30/69/109 200 2750 )";
  const std::string back = R"( - ---- 1/1/1/1/0 0/0 {e.org|M} "GET /people/7?x=)" + kLongText;
  for (const std::string cookie : {R"(a="GET)", R"(a=")", R"(")"}) {
    const CutRead cut = read(haproxy, front + cookie + back);
    if (!expect_visitor(cut, cookie)) continue;
    EXPECT_EQ(cut.match.subject, "7") << cookie;
  }
  // Cut within the captured headers: what was asked for is not known, and the visit is.
  const CutRead early = read(haproxy, front + R"(a="GET - ---- 1/1/1/1/0 0/0 {e.org|)" + kLongText);
  ASSERT_TRUE(expect_visitor(early, "early"));
  EXPECT_TRUE(early.request->path_cut);
  EXPECT_EQ(early.match.subject, "");
}

TEST_F(CutLines, AnAddressThatMayGoOnIsNobodys) {
  const CutFormat json{"json", options_of(formats::kJson), "", ""};
  const CutRead client =
      read(json, R"({"time":"2026-11-24T06:07:24Z","uri":"/people/7","remote_addr":"192.0.2.7)");
  EXPECT_FALSE(client.request);
  EXPECT_EQ(client.counters.unreadable(), 1U);
  const CutRead stamp =
      read(json, R"({"remote_addr":"192.0.2.7","uri":"/people/7","time":"2026-11-24T06:07:2)");
  EXPECT_FALSE(stamp.request);
  // The nearest hop stands last, and is cut.
  const CutRead hops = read(
      json,
      R"({"time":"2026-11-24T06:07:24Z","remote_addr":"192.0.2.7","uri":"/people/7","x_forwarded_for":["198.51.100.9","203.0.113.1)");
  expect_visitor(hops, "hops");
}

TEST_F(CutLines, AnotherFormatIsNoCutLine) {
  const CutFormat combined = quoting_formats()[0];
  const std::string clf = combined.before + "/people/7 HTTP/1.1\" 200 5120";
  EXPECT_EQ(read(combined, clf).request.error(), ParseFault::missing_field) << "a line of common";
  EXPECT_FALSE(read(combined, "[error] 192.0.2.7 \"something").request);
  EXPECT_FALSE(
      read(combined, R"({"time":"2026-11-24T06:07:24Z","remote_addr":"192.0.2.7","uri":"/p)").request);
  // And tells nothing of a log's format.
  const std::string text = combined.before + "/people/7?" + kLongText + "\n";
  EXPECT_EQ(recognise(text, candidates({})), nullptr);
}

TEST(CloseJson, EndsWhatIsOpen) {
  std::string out;
  const auto closed = [&](std::string_view line) { return close_json(line, out) ? out : "none"; };
  EXPECT_EQ(closed(R"({"a":"b","c":"d)"), R"({"a":"b","c":"d"})");
  EXPECT_EQ(closed(R"({"a":"b","c)"), R"({"a":"b"})");
  EXPECT_EQ(closed(R"({"a":"b","c":)"), R"({"a":"b"})");
  EXPECT_EQ(closed(R"({"a":"b","c":20)"), R"({"a":"b"})") << "200 was meant";
  EXPECT_EQ(closed(R"({"a":"b","c":200,)"), R"({"a":"b","c":200})");
  EXPECT_EQ(closed(R"({"a":{"b":["c","d)"), R"({"a":{"b":["c","d"]}})");
  EXPECT_EQ(closed(R"({"a":[1,{"b":2}])"), R"({"a":[1,{"b":2}]})");
  EXPECT_EQ(closed(R"({"a":"b\)"), R"({"a":"b"})");
  EXPECT_EQ(closed(R"({"a":"b\u00)"), R"({"a":"b"})");
  EXPECT_EQ(closed(R"({"a":"b\\)"), R"({"a":"b\\"})");
  EXPECT_EQ(closed(R"({"a":"}","b":"{)"), R"({"a":"}","b":"{"})");
  EXPECT_EQ(closed("{"), "{}");
  EXPECT_EQ(closed(""), "none");
  EXPECT_EQ(closed("text {"), "none");
  EXPECT_EQ(closed(R"({"a":1})"), "none") << "nothing is open";
  EXPECT_EQ(closed(std::string(40, '{')), "none") << "deeper than anything that is looked for";
}

}  // namespace
}  // namespace sluice::intake
