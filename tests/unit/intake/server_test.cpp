// SPDX-License-Identifier: Apache-2.0
// The snippets of config/ in the servers they are for: what the real nginx and HAProxy write of real
// requests, hostile ones too, is read back as it was sent.
#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/clock.h"
#include "daemon/intake/formats/haproxy.h"
#include "daemon/intake/formats/json.h"
#include "daemon/intake/formats/pattern.h"
#include "daemon/intake/intake.h"
#include "tests/unit/intake/processes.h"
#include "tests/unit/intake/sources/log_folder.h"

namespace sluice::intake {
namespace {

using testing::HasSubstr;

std::string snippet(const std::string& name) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/config/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

constexpr std::string_view kHostileAgent = "M \"quoted\" \\x22 [24/Nov/2020:00:00:00 +0000] {|} #22 \xc3\xa9";

std::string hostile_request() {
  return "GET /people/1?q=\"a\" HTTP/1.1\r\nHost: example.org\r\nUser-Agent: " + std::string(kHostileAgent) +
         "\r\nReferer: http://a/\"\r\nAccept-Encoding: gzip, "
         "br\r\nAccept-Language: de\r\nX-Forwarded-For: 198.51.100.9\r\n"
         "Authorization: Basic eCBbMjQvTm92LzIwMjBdICJ5OnA=\r\nConnection: close\r\n\r\n";
}

struct Kept {
  std::string client, method, target, user, referer, agent, host, encoding, language;
  int status = 0;
  std::uint64_t connection = 0;
  bool forwarded = false;
  WallTime time;
};

class Servers : public testing::Test {
 protected:
  RequestSink keep() {
    return [this](const detection::Request& r) {
      kept_.push_back({r.client.to_string(), std::string(r.method), std::string(r.target),
                       std::string(r.user), std::string(r.referer), std::string(r.user_agent),
                       std::string(r.host), std::string(r.accept_encoding), std::string(r.accept_language),
                       r.status, r.connection, r.forwarded, r.time});
    };
  }
  // Servers log when their side of a connection has ended, which can be after the client's.
  void await(std::ptrdiff_t requests, bool (*counts)(const Kept&)) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::ranges::count_if(kept_, counts) < requests && std::chrono::steady_clock::now() < end)
      loop_.run_one_until(end);
  }
  static std::shared_ptr<const TrustedProxies> loopback() {
    const std::array<Prefix, 1> networks = {Prefix::parse("127.0.0.0/8").value()};
    return std::make_shared<const TrustedProxies>(networks, ProxyHeader::x_forwarded_for);
  }
  void expect_hostile(const Kept& request) {
    EXPECT_EQ(request.client, "198.51.100.9");
    EXPECT_TRUE(request.forwarded);
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/people/1?q=\"a\"");
    EXPECT_EQ(request.referer, "http://a/\"");
    EXPECT_EQ(request.agent, kHostileAgent);
    EXPECT_EQ(request.host, "example.org");
    EXPECT_EQ(request.encoding, "gzip, br");
    EXPECT_EQ(request.language, "de");
    EXPECT_EQ(request.status, 200);
    EXPECT_LT(std::chrono::abs(request.time - wall_now()), std::chrono::minutes(1));
  }

  LogFolder folder_;
  boost::asio::io_context loop_{1};
  std::vector<Kept> kept_;
};

TEST_F(Servers, NginxWritesWhatTheSnippetSays) {
  if (::access("/usr/sbin/nginx", X_OK) != 0) GTEST_SKIP() << "no /usr/sbin/nginx: scripts/setup installs it";
  const std::string text = snippet("nginx-log.conf");
  const std::string directive = text.substr(text.find("\nlog_format") + 1);
  const LogOptions file{.path = folder_ / "sluice.log",
                        .format = formats::kNginx,
                        .pattern = directive.substr(0, directive.find(";\n") + 1)};
  LogOptions socket = file;
  socket.path.clear();
  socket.listen = "unix:" + (folder_ / "log.sock");
  auto by_file = LogIntake::start(loop_.get_executor(), file, loopback(), Start::end, {}, keep());
  ASSERT_TRUE(by_file) << by_file.error().message();
  auto by_socket = LogIntake::start(loop_.get_executor(), socket, loopback(), Start::end, {}, keep());
  ASSERT_TRUE(by_socket) << by_socket.error().message();

  const std::uint16_t port = free_port();
  std::string log =
      replaced(text, "access_log /var/log/nginx/sluice.log", "access_log " + (folder_ / "sluice.log"));
  log = replaced(log, "# access_log syslog:server=unix:/run/sluice/log.sock",
                 "access_log syslog:server=" + socket.listen);
  folder_.append("nginx.conf", "daemon off; master_process off; pid " + (folder_ / "pid") + ";\nerror_log " +
                                   (folder_ / "error.log") + ";\nevents {}\nhttp {\n" + log +
                                   "\nserver { listen 127.0.0.1:" + std::to_string(port) +
                                   "; location / { return 200 'x'; } }\n}\n");
  Process nginx(
      {"/usr/sbin/nginx", "-e", folder_ / "error.log", "-p", folder_ / "", "-c", folder_ / "nginx.conf"});
  ASSERT_TRUE(nginx.wait_for(port));
  kept_.clear();
  EXPECT_THAT(ask(port, hostile_request()), HasSubstr("200 OK"));
  ask(port, "\x16\x03\x01 no http\r\n\r\n");
  await(4, [](const Kept& r) { return !r.target.empty(); });
  nginx.stop();
  EXPECT_EQ(by_file->lines().unreadable(), 0U);
  EXPECT_EQ(by_socket->lines().unreadable(), 0U);
  EXPECT_GT(by_file->lines().lines, 0U);
  EXPECT_GT(by_socket->lines().lines, 0U);
  std::erase_if(kept_, [](const Kept& r) { return r.target.empty(); });  // of the wait for the port
  ASSERT_EQ(kept_.size(), 4U);
  int hostile = 0;
  for (const Kept& request : kept_) {
    if (request.method.empty()) {
      EXPECT_EQ(request.status, 400);
      EXPECT_EQ(request.client, "127.0.0.1");
      continue;
    }
    ++hostile;
    expect_hostile(request);
    EXPECT_EQ(request.user, "x [24/Nov/2020] \"y");
    EXPECT_GT(request.connection, 0U);
  }
  EXPECT_EQ(hostile, 2);
}

// Who sends two headers of 8 KiB makes a line of more than 64 KiB, for a server writes up to six bytes for
// one.
class LongLines : public Servers {
 protected:
  // 300 pages of a visitor whose headers are as long as the server lets them be, all of that byte.
  void visit(std::uint16_t port, char byte) {
    const std::string header(8200, byte);
    for (int i = 0; i < kPages; ++i) {
      EXPECT_THAT(ask(port, "GET /people/" + std::to_string(i) +
                                " HTTP/1.1\r\nHost: example.org\r\nUser-Agent: " + header +
                                "\r\nReferer: " + header + "\r\nConnection: close\r\n\r\n"),
                  HasSubstr("200 OK"));
    }
  }
  static constexpr int kPages = 300;
};

TEST_F(LongLines, OfNginxKeepTheirAuthorVisible) {
  if (::access("/usr/sbin/nginx", X_OK) != 0) GTEST_SKIP() << "no /usr/sbin/nginx: scripts/setup installs it";
  const std::uint16_t port = free_port();
  // In the last form the client stands behind the long fields.
  folder_.append(
      "nginx.conf",
      "daemon off; master_process off; pid " + (folder_ / "pid") + ";\nerror_log " + (folder_ / "error.log") +
          ";\nevents {}\nhttp {\nclient_header_buffer_size 16k; large_client_header_buffers 4 16k;\n"
          "log_format json escape=json '{\"http_user_agent\":\"$http_user_agent\","
          "\"http_referer\":\"$http_referer\",\"time\":\"$time_iso8601\",\"remote_addr\":\"$remote_addr\","
          "\"uri\":\"$request_uri\",\"status\":$status}';\n"
          "access_log " +
          (folder_ / "combined.log") + ";\naccess_log " + (folder_ / "json.log") +
          " json;\nserver { listen 127.0.0.1:" + std::to_string(port) +
          "; location / { return 200 'x'; } }\n}\n");
  for (const char byte : {'\xff', '\x01', '"'}) {
    std::vector<LogIntake> logs;
    for (const LogOptions& options : {LogOptions{.path = folder_ / "combined.log"},
                                      LogOptions{.path = folder_ / "json.log", .format = formats::kJson}}) {
      auto log = LogIntake::start(loop_.get_executor(), options, nullptr, Start::end, {}, keep());
      ASSERT_TRUE(log) << log.error().message();
      logs.push_back(*std::move(log));
    }
    kept_.clear();
    Process nginx(
        {"/usr/sbin/nginx", "-e", folder_ / "error.log", "-p", folder_ / "", "-c", folder_ / "nginx.conf"});
    ASSERT_TRUE(nginx.wait_for(port));
    visit(port, byte);
    await(2 * kPages, [](const Kept& r) { return r.target.starts_with("/people/"); });
    nginx.stop();
    EXPECT_EQ(std::ranges::count_if(kept_,
                                    [](const Kept& r) {
                                      return r.target.starts_with("/people/") && r.client == "127.0.0.1" &&
                                             r.status == 200;
                                    }),
              2 * kPages);
    EXPECT_GT(std::filesystem::file_size(folder_ / "combined.log"), std::uintmax_t{kPages} * 64 * 1024);
    for (const LogIntake& log : logs)
      EXPECT_EQ(log.lines().unreadable(), 0U) << log.name();
  }
}

TEST_F(Servers, HaproxyWritesWhatTheSnippetSays) {
  if (::access("/usr/sbin/haproxy", X_OK) != 0)
    GTEST_SKIP() << "no /usr/sbin/haproxy: scripts/setup installs it";
  const std::string text = snippet("haproxy-log.cfg");
  const std::uint16_t log_port = free_port();
  const std::uint16_t port = free_port();
  const std::vector<std::string> headers = {
      "host", "user-agent", "referer", "accept-encoding", "accept-language", "x-forwarded-for"};
  for (const std::string& name : headers)
    EXPECT_THAT(text, HasSubstr("\"" + name + "\""));
  LogOptions options{.format = formats::kHaproxy};
  options.listen = "udp:127.0.0.1:" + std::to_string(log_port);
  options.headers = headers;
  auto log = LogIntake::start(loop_.get_executor(), options, loopback(), Start::end, {}, keep());
  ASSERT_TRUE(log) << log.error().message();
  std::string config = replaced(text, "log 127.0.0.1:5514", "log 127.0.0.1:" + std::to_string(log_port));
  config = replaced(config, "bind 127.0.0.1:8080", "bind 127.0.0.1:" + std::to_string(port));
  folder_.append("haproxy.cfg", config);
  Process haproxy({"/usr/sbin/haproxy", "-db", "-q", "-f", folder_ / "haproxy.cfg"});
  ASSERT_TRUE(haproxy.wait_for(port));
  EXPECT_THAT(ask(port, replaced(hostile_request(), "?q=\"a\"", "?q=%22a%22")), HasSubstr("200 OK"));
  await(1, [](const Kept& r) { return !r.method.empty(); });
  haproxy.stop();
  EXPECT_EQ(log->lines().unreadable(), 0U);
  std::erase_if(kept_, [](const Kept& r) { return r.method.empty(); });
  ASSERT_EQ(kept_.size(), 1U);
  kept_[0].target = replaced(kept_[0].target, "%22a%22", "\"a\"");
  expect_hostile(kept_[0]);
}

// HAProxy cuts a line at 1,024 bytes where nobody says otherwise.
TEST_F(Servers, LinesThatHaproxyCutsAreReadInPart) {
  if (::access("/usr/sbin/haproxy", X_OK) != 0)
    GTEST_SKIP() << "no /usr/sbin/haproxy: scripts/setup installs it";
  constexpr int kCutPages = 50;
  const std::uint16_t port = free_port();
  LogOptions options{.format = formats::kHaproxy};
  options.listen = "unix:" + (folder_ / "log.sock");
  options.headers = {"host", "user-agent"};
  auto log = LogIntake::start(loop_.get_executor(), options, nullptr, Start::end, {}, keep());
  ASSERT_TRUE(log) << log.error().message();
  folder_.append("haproxy.cfg",
                 "global\n log " + (folder_ / "log.sock") +
                     " local0 info\ndefaults\n mode http\n log global\n option httplog\n timeout client 30s\n"
                     " timeout server 30s\n timeout connect 5s\nfrontend www\n bind 127.0.0.1:" +
                     std::to_string(port) +
                     "\n capture request header Host len 128\n capture request header User-Agent len 512\n"
                     " http-request return status 200 content-type text/plain string x\n");
  Process haproxy({"/usr/sbin/haproxy", "-db", "-q", "-f", folder_ / "haproxy.cfg"});
  ASSERT_TRUE(haproxy.wait_for(port));
  const auto get = [&](const std::string& target) {
    const std::string answer =
        ask(port,
            "GET " + target + " HTTP/1.1\r\nHost: example.org\r\nUser-Agent: M\r\nConnection: close\r\n\r\n");
    loop_.poll();  // the socket holds ten datagrams
    return answer;
  };
  for (int i = 0; i < kCutPages; ++i)
    EXPECT_THAT(get("/people/" + std::to_string(i) + "?a=b&x=" + std::string(1500, 'q')),
                HasSubstr("200 OK"));
  EXPECT_THAT(get("/" + std::string(1500, 'p')), HasSubstr("200 OK"));
  await(kCutPages + 1, [](const Kept& r) { return r.method == "GET"; });
  haproxy.stop();
  EXPECT_EQ(log->lines().unreadable(), 0U) << log->unreadable_example();
  EXPECT_EQ(log->lines().cut, std::uint64_t{kCutPages + 1});
  EXPECT_EQ(log->lines().paths_cut, 1U);
  for (int i = 0; i < kCutPages; ++i) {
    EXPECT_EQ(std::ranges::count(kept_, "/people/" + std::to_string(i) + "?a=b", &Kept::target), 1) << i;
  }
  EXPECT_TRUE(std::ranges::all_of(kept_, [](const Kept& r) {
    return r.client == "127.0.0.1" && (r.method.empty() || (r.status == 200 && r.host == "example.org"));
  }));
}

}  // namespace
}  // namespace sluice::intake
