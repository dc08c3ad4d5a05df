// SPDX-License-Identifier: Apache-2.0
// A real server on a real socket; the client here writes bytes, so that it can be rude.
#include "daemon/gate/http_server.h"

#include <filesystem>
#include <functional>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sluice::gate {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct HttpServerTest : ::testing::Test {
  std::string path = std::filesystem::temp_directory_path() / ("sluice-http." + std::to_string(getpid()));
  asio::io_context io{1};
  std::vector<std::string> asked;
  std::unique_ptr<HttpServer> server;

  void TearDown() override {
    if (server) server->stop();
    io.run();
    std::filesystem::remove(path);
  }
  void serve(HttpOptions options = {}) {
    options.listen = path;
    auto made = HttpServer::create(io, options, [this](std::string_view target) -> HttpAnswer {
      asked.emplace_back(target);
      if (target == "/large") return {200, "text/plain", std::string(8'000'000, 'x')};
      if (target == "/metrics") return {200, "text/plain", std::string(100'000, 'x')};
      return {};
    });
    ASSERT_TRUE(made) << made.error().message();
    server = *std::move(made);
  }
  Protocol::socket connect() {
    Protocol::socket socket(io);
    socket.connect(Protocol::endpoint(path));
    return socket;
  }
  // Everything that comes until the server closes.
  std::string exchange(Protocol::socket socket, const std::string& request) {
    std::string received;
    bool done = false;
    asio::async_write(socket, asio::buffer(request), [](const auto&, std::size_t) {});
    asio::async_read(socket, asio::dynamic_buffer(received), [&](const auto&, std::size_t) { done = true; });
    while (!done && io.run_one() > 0) {
    }
    return received;
  }
  std::string ask(const std::string& request) { return exchange(connect(), request); }
};

TEST_F(HttpServerTest, AnswersGetAndHead) {
  serve();
  const std::string got = ask("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(got, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 100000\r\n"),
                         HasSubstr("Cache-Control: no-store\r\n")));
  EXPECT_EQ(got.size() - got.find("\r\n\r\n") - 4, 100'000U);
  const std::string head = ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 100000\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_THAT(ask("GET /other HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 404 "));
  EXPECT_EQ(server->counts().requests, 3U);
}

TEST_F(HttpServerTest, TakesSeveralRequestsOfOneConnection) {
  serve();
  const std::string got =
      ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(asked, ::testing::ElementsAre("/a", "/b"));
  EXPECT_EQ(got.find("HTTP/1.1 404", 10) != std::string::npos, true);
}

TEST_F(HttpServerTest, RefusesOtherMethodsAndBodies) {
  serve();
  EXPECT_THAT(ask("DELETE /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
  EXPECT_EQ(ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"), "");
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpServerTest, CutsWhatIsNoRequestOrTooLongOrTooSlow) {
  serve({.deadline = std::chrono::milliseconds(50)});
  EXPECT_EQ(ask("\x16\x03\x01\x02 hello\r\n\r\n"), "");
  EXPECT_EQ(ask("GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"), "");
  EXPECT_EQ(ask("GET /metrics HTT"), "") << "the rest never comes";
  EXPECT_EQ(server->counts().malformed, 3U);
  EXPECT_TRUE(asked.empty());
}

TEST_F(HttpServerTest, TheOldestThatHasNotAskedMakesRoom) {
  serve({.max_connections = 2});
  auto first = connect();
  auto second = connect();
  EXPECT_THAT(ask("GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(server->counts().pushed_out, 1U);
  EXPECT_EQ(exchange(std::move(first), "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"), "");
  EXPECT_THAT(exchange(std::move(second), "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(server->counts().malformed, 0U) << "who was closed has sent nothing wrong";
}

TEST_F(HttpServerTest, WhoIsSentAnAnswerMakesRoomAfterWhoHasNotAsked) {
  serve({.max_connections = 2});
  // The answer is larger than what the socket holds, and is not read.
  auto slow = connect();
  slow.set_option(asio::socket_base::receive_buffer_size(4096));
  asio::write(slow, asio::buffer(std::string_view("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")));
  while (asked.empty())
    io.run_one();
  auto silent = connect();
  EXPECT_THAT(ask("GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(exchange(std::move(silent), "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n"), "");
  std::string received;
  bool done = false;
  asio::async_read(slow, asio::dynamic_buffer(received), asio::transfer_at_least(8'000'000),
                   [&](const auto&, std::size_t) { done = true; });
  while (!done && io.run_one() > 0) {
  }
  EXPECT_THAT(received, StartsWith("HTTP/1.1 200")) << "it was not cut";
}

TEST_F(HttpServerTest, AnswersEachOfFortyBesideTwoHundredWhoAreSlow) {
  serve({.deadline = std::chrono::seconds(60)});
  std::vector<Protocol::socket> slow;
  const auto one_more = [&] {
    slow.push_back(connect());
    asio::write(slow.back(), asio::buffer(std::string_view("GET /metrics HTT")));
  };
  for (int i = 0; i < 200; ++i)
    one_more();
  for (int i = 0; i < 40; ++i) {
    EXPECT_THAT(ask("GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 OK"))
        << i;
    for (int more = 0; more < 5; ++more)
      one_more();
  }
  EXPECT_GE(server->counts().pushed_out, 200U + 40 - HttpOptions().max_connections);
  EXPECT_EQ(server->counts().requests, 40U);
}

TEST_F(HttpServerTest, ARequestThatDripsInIsCutAtTheDeadlineOfTheWhole) {
  constexpr auto kDeadline = std::chrono::milliseconds(100);
  serve({.deadline = kDeadline});
  auto socket = connect();
  const auto begun = std::chrono::steady_clock::now();
  bool closed = false;
  std::string received;
  asio::async_read(socket, asio::dynamic_buffer(received), [&](const auto&, std::size_t) { closed = true; });
  asio::steady_timer drip(io);
  // A byte every tenth of the deadline, for ever.
  std::function<void()> next = [&] {
    drip.expires_after(kDeadline / 10);
    drip.async_wait([&](const auto& error) {
      if (error || closed) return;
      boost::system::error_code ignored;
      socket.write_some(asio::buffer("G", 1), ignored);
      next();
    });
  };
  next();
  while (!closed && std::chrono::steady_clock::now() - begun < 50 * kDeadline)
    io.run_one();
  EXPECT_TRUE(closed);
  EXPECT_EQ(received, "");
}

TEST_F(HttpServerTest, WhoKeepsAConnectionAndAsksNoMoreHasDoneNothingWrong) {
  serve({.deadline = std::chrono::milliseconds(50)});
  EXPECT_THAT(ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(server->counts().malformed, 0U);
}

TEST_F(HttpServerTest, ReplacesAStaleSocketAndNothingElse) {
  serve();
  const auto again = HttpServer::create(io, {.listen = path}, [](std::string_view) { return HttpAnswer(); });
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("another process answers"));
  server->stop();
  server.reset();
  EXPECT_FALSE(std::filesystem::exists(path)) << "it takes its name with it";
  {
    // As a killed daemon leaves it.
    Protocol::acceptor left(io, Protocol::endpoint(path));
  }
  serve();
  server->stop();
  server.reset();
  {
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fclose(file);
  }
  const auto refused =
      HttpServer::create(io, {.listen = path}, [](std::string_view) { return HttpAnswer(); });
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("not a socket"));
  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace sluice::gate
