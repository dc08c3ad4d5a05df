// SPDX-License-Identifier: Apache-2.0
// Lines a second that one core turns into requests, by format, and that the tail hands over. Each figure is
// the median of several runs over lines in memory (the tail: over a file in the page cache), in processor
// time of the thread, which a busy machine changes little.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "daemon/intake/formats/clf.h"
#include "daemon/intake/formats/haproxy.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/line_splitter.h"
#include "daemon/intake/request_reader.h"
#include "daemon/intake/sources/tail.h"

namespace {

using namespace sluice;
using namespace sluice::intake;

constexpr std::uint64_t kLines = 500'000;
constexpr int kRuns = 7;

constexpr std::string_view kAgent =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

enum class Kind : std::uint8_t {
  combined,
  common,
  vhost_combined,
  nginx,
  proxied,
  apache,
  json,
  caddy,
  haproxy
};

struct Case {
  std::string_view name;
  Kind kind;
  LogOptions options;
};

std::vector<Case> cases() {
  constexpr std::string_view kNginx =
      R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")";
  constexpr std::string_view kApache = R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")";
  const auto with = [](Format format, std::string_view pattern = {}) {
    LogOptions options{.format = format};
    options.pattern = pattern;
    return options;
  };
  LogOptions caddy = with(formats::kJson);
  caddy.fields = preset_fields(JsonPreset::caddy);
  LogOptions haproxy = with(formats::kHaproxy);
  haproxy.headers = {"host", "user-agent", "referer"};
  return {
      {"combined", Kind::combined, with(formats::kCombined)},
      {"common", Kind::common, with(formats::kCommon)},
      {"vhost", Kind::vhost_combined, with(formats::kVhostCombined)},
      {"nginx", Kind::combined, with(formats::kNginx, kNginx)},
      {"apache", Kind::combined, with(formats::kApache, kApache)},
      {"proxied", Kind::proxied, with(formats::kNginx, std::string(kNginx) + R"( "$http_x_forwarded_for")")},
      {"json", Kind::json, with(formats::kJson)},
      {"caddy", Kind::caddy, caddy},
      {"haproxy", Kind::haproxy, haproxy}};
}

std::string make_line(Kind kind, std::uint64_t i) {
  const std::string clock = fmt::format("{:02}:{:02}:{:02}", i / 36000 % 24, i / 600 % 60, i / 10 % 60);
  const std::string client = i % 4 == 0 ? fmt::format("2001:db8:{:x}::{:x}", i % 5000, i % 77)
                                        : fmt::format("198.51.{}.{}", i % 251, i % 241);
  const std::uint64_t bytes = 1000 + i % 9000;
  switch (kind) {
    case Kind::json:
      return fmt::format(
          R"({{"time":"2026-11-24T{}+00:00","remote_addr":"{}","remote_user":"-","method":"GET",)"
          R"("uri":"/people/{}?tab=photos","protocol":"HTTP/1.1","status":200,"body_bytes_sent":{},)"
          R"("http_referer":"https://example.org/people","http_user_agent":"{}"}})",
          clock, client, i, bytes, kAgent);
    case Kind::caddy:
      return fmt::format(
          R"({{"level":"info","ts":{}.5241024,"logger":"http.log.access","msg":"handled request","request":{{"remote_ip":"{}",)"
          R"("remote_port":"41342","client_ip":"{}","proto":"HTTP/2.0","method":"GET","host":"example.org","uri":"/people/{}?tab=photos",)"
          R"("headers":{{"User-Agent":["{}"],"Referer":["https://example.org/people"],"Accept-Encoding":["gzip, br"]}}}},)"
          R"("bytes_read":0,"user_id":"","duration":0.000929675,"size":{},"status":200,"resp_headers":{{"Server":["Caddy"]}}}})",
          1795500000 + i / 10, client, client, i, kAgent, bytes);
    case Kind::haproxy:
      return fmt::format(
          R"({}:33317 [24/Nov/2026:{}.655] http-in static/srv1 10/0/30/69/109 200 {} - - ---- 1/1/1/1/0 0/0 )"
          R"({{example.org|{}|https://example.org/people}} "GET /people/{}?tab=photos HTTP/1.1")",
          client, clock, bytes, kAgent, i);
    default:
      break;
  }
  std::string line = kind == Kind::vhost_combined ? "www.example.org:443 " : "";
  line += fmt::format(R"({} - - [24/Nov/2026:{} +0000] "GET /people/{}?tab=photos HTTP/1.1" 200 {})",
                      kind == Kind::proxied ? "10.0.0.1" : client, clock, i, bytes);
  if (kind != Kind::common) line += fmt::format(R"( "https://example.org/people" "{}")", kAgent);
  if (kind == Kind::proxied) line += fmt::format(R"( "203.0.113.9, {}, 10.0.0.7")", client);
  return line;
}

// Many visitors, ten lines a second: what a busy log looks like.
std::string make_log(Kind kind) {
  std::string text;
  for (std::uint64_t i = 0; i < kLines; ++i)
    text += make_line(kind, i) + '\n';
  return text;
}

// As many networks as a large CDN publishes, and a private one.
std::shared_ptr<const TrustedProxies> make_proxies() {
  std::vector<Prefix> networks = {Prefix::parse("10.0.0.0/8").value()};
  for (unsigned i = 0; i < 1000; ++i)
    networks.push_back(Prefix::parse(fmt::format("100.{}.{}.0/24", 64 + i / 256, i % 256)).value());
  return std::make_shared<const TrustedProxies>(networks, ProxyHeader::x_forwarded_for);
}

double processor_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class Run>
void measure(std::string_view name, std::size_t bytes, Run&& run) {
  std::vector<double> rates;
  for (int i = 0; i < kRuns; ++i) {
    const double before = processor_ns();
    if (run() != kLines) std::abort();
    rates.push_back(static_cast<double>(kLines) * 1e9 / (processor_ns() - before));
  }
  std::ranges::sort(rates);
  const double median = rates[kRuns / 2];
  fmt::print("{:<10} {:>10.0f} lines/s ({:.0f} to {:.0f}), {:.0f} ns a line, {:.0f} MB/s\n", name, median,
             rates.front(), rates.back(), 1e9 / median,
             median * static_cast<double>(bytes) / static_cast<double>(kLines) / 1e6);
}

std::uint64_t read_all(RequestReader& reader, std::string_view text) {
  std::uint64_t requests = 0;
  LineSplitter lines;
  lines.feed(text, [&](std::string_view line) { requests += reader.read(line) ? 1U : 0U; });
  return requests;
}

}  // namespace

int main() {
  const auto proxies = make_proxies();
  for (const Case& one : cases()) {
    const std::string text = make_log(one.kind);
    auto reader = RequestReader::create(one.options, proxies);
    if (!reader) std::abort();
    measure(one.name, text.size(), [&] { return read_all(*reader, text); });
  }
  const std::string text = make_log(Kind::combined);
  std::string path = "/tmp/sluice-bench-intake-XXXXXX";
  const UniqueFd file(mkstemp(path.data()));
  std::ofstream(path) << text;
  measure("tail", text.size(), [&] {
    boost::asio::io_context loop(1);
    std::uint64_t lines = 0;
    auto tail = FileTail::start(loop.get_executor(), {path, Start::beginning, {}},
                                [&](std::string_view) { ++lines; });
    if (!tail) std::abort();
    loop.poll();
    return lines;
  });
  return std::remove(path.c_str()) == 0 ? 0 : 1;
}
