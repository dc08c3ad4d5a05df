// SPDX-License-Identifier: Apache-2.0
// Fetching from a server that answers whatever it likes, over loopback. What a real web server and TLS make
// of it is the end-to-end test's.
#include "daemon/lists/sync/fetcher.h"

#include <array>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "daemon/lists/sync/source.h"

namespace sluice::lists {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;

// Answers one connection after the other, each with the same bytes, as often as told; keeps what it was
// asked.
class Server {
 public:
  Server(std::string bytes, int times, bool repeat = false)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        thread_([this, bytes = std::move(bytes), times, repeat] {
          for (int i = 0; i < times; ++i)
            answer(bytes, repeat);
        }) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { thread_.join(); }

  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/list", acceptor_.local_endpoint().port());
  }
  [[nodiscard]] const std::string& asked() const { return asked_; }

 private:
  void answer(const std::string& bytes, bool repeat) {
    tcp::socket peer(io_);
    acceptor_.accept(peer);
    boost::system::error_code error;
    asked_.clear();
    asio::read_until(peer, asio::dynamic_buffer(asked_), "\r\n\r\n", error);
    do {
      asio::write(peer, asio::buffer(bytes), error);
    } while (repeat && !error);
    peer.shutdown(tcp::socket::shutdown_send, error);
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::string asked_;
  std::thread thread_;
};

struct Got {
  bool unchanged = false;
  std::string text;
  Version version;
  std::string error;
  Seconds retry_after{};
  long status = 0;
};

// Runs a loop of its own until the answer is there.
Got fetch(FetchRequest request) {
  asio::io_context io;
  auto fetcher = Fetcher::create(io.get_executor());
  EXPECT_TRUE(fetcher);
  Got got;
  (*fetcher)->get(std::move(request), [&](FetchAnswer* answer, const FetchFailure* failure) {
    if (answer != nullptr) {
      got = {answer->unchanged, answer->text, answer->version, "", {}, 0};
    } else {
      got.error = failure->error.message();
      got.retry_after = failure->retry_after;
      got.status = failure->status;
    }
  });
  io.run();
  return got;
}

FetchRequest request_of(std::string url, Version version = {}, Seconds timeout = Seconds(10)) {
  FetchRequest request;
  request.url = std::move(url);
  request.version = std::move(version);
  request.max_bytes = 1000;
  request.timeout = timeout;
  return request;
}

Got fetch_from(const Server& server, Version version = {}) {
  return fetch(request_of(server.url(), std::move(version)));
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(Fetch, ATextAndItsVersion) {
  const Server server("HTTP/1.1 200 OK\r\nETag:  \"a b\" \r\nLAST-MODIFIED: yesterday\r\n\r\n192.0.2.1\n", 1);
  const Got got = fetch_from(server);
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.text, "192.0.2.1\n");
  EXPECT_EQ(got.version.etag, "\"a b\"");
  EXPECT_EQ(got.version.last_modified, "yesterday");
  EXPECT_THAT(server.asked(), HasSubstr("User-Agent: sluiced/"));
  EXPECT_EQ(server.asked().find("If-None-Match"), std::string::npos);
}

TEST(Fetch, AVersionThatIsStillTheOne) {
  const Server server("HTTP/1.1 304 Not Modified\r\n\r\n", 2);
  const Got got = fetch_from(server, {"\"a\"", "yesterday"});
  EXPECT_EQ(got.error, "");
  EXPECT_TRUE(got.unchanged);
  EXPECT_THAT(server.asked(), HasSubstr("If-None-Match: \"a\"\r\n"));
  EXPECT_THAT(server.asked(), HasSubstr("If-Modified-Since: yesterday\r\n"));
  // Who was not asked whether it changed may not say that it did not.
  EXPECT_THAT(fetch_from(server).error, HasSubstr("status 304"));
}

TEST(Fetch, AKeyIsForOneServerAlone) {
  const Server server("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n\r\n", 1);
  FetchRequest request = request_of(server.url());
  request.api_key = "4c0a898d";
  request.user_agent = "sluice/1.2";
  const Got got = fetch(std::move(request));
  EXPECT_THAT(got.error, HasSubstr("status 302"));
  EXPECT_EQ(got.status, 302);
  EXPECT_THAT(server.asked(), HasSubstr("X-Api-Key: 4c0a898d\r\n"));
  EXPECT_THAT(server.asked(), HasSubstr("User-Agent: sluice/1.2\r\n"));
  EXPECT_EQ(got.error.find("4c0a898d"), std::string::npos);
}

TEST(Fetch, AnErrorSaysWhenToComeBack) {
  const Server server("HTTP/1.1 503 Busy\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n", 1);
  const Got got = fetch_from(server);
  EXPECT_THAT(got.error, HasSubstr(shown_source(server.url()) + ": the server answers with status 503"));
  EXPECT_EQ(got.retry_after, Seconds(90));
}

TEST(Fetch, ATextThatIsTooLongIsCutOff) {
  const Server endless("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x'), 1, true);
  EXPECT_THAT(fetch_from(endless).error, HasSubstr("larger than 1000 bytes"));
  const Server announced("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", 1);
  EXPECT_THAT(fetch_from(announced).error, HasSubstr("larger than 1000 bytes"));
  const Server packed("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip(std::string(5'000'000, 'x')),
                      1);
  EXPECT_THAT(fetch_from(packed).error, HasSubstr("larger than 1000 bytes"));
  const Server fits("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip(std::string(1000, 'x')), 1);
  EXPECT_EQ(fetch_from(fits).text, std::string(1000, 'x'));
}

TEST(Fetch, HeadersAreBounded) {
  const Server endless("HTTP/1.1 200 OK\r\n" + std::string("X: y\r\n"), 1, true);
  EXPECT_NE(fetch_from(endless).error, "");
  const Server odd("HTTP/1.1 200 OK\r\nETag: " + std::string(513, 'x') +
                       "\r\nLast-Modified: a\x01"
                       "b\r\n\r\nx",
                   1);
  const Got got = fetch_from(odd);
  EXPECT_EQ(got.text, "x");
  EXPECT_EQ(got.version.etag, "");
  EXPECT_EQ(got.version.last_modified, "");
}

TEST(Fetch, NonsenseAndHalfAnswersAreErrors) {
  for (const char* bytes :
       {"", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx", "\0\1\2"}) {
    const Server server(bytes, 1);
    EXPECT_NE(fetch_from(server).error, "") << bytes;
  }
}

TEST(Fetch, ARedirectToPlainTextIsNotFollowed) {
  const Server server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n", 1);
  EXPECT_THAT(fetch_from(server).error, HasSubstr("not supported or disabled"));
  const Server file("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", 1);
  EXPECT_THAT(fetch_from(file).error, HasSubstr("not supported or disabled"));
}

TEST(Fetch, NobodyThereIsAnErrorAndSoIsOneWhoSaysNothing) {
  EXPECT_THAT(fetch(request_of("http://127.0.0.1:1/x")).error, HasSubstr("127.0.0.1 port 1"));
  asio::io_context io;
  const tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
  const std::string url = fmt::format("http://127.0.0.1:{}/x", silent.local_endpoint().port());
  EXPECT_THAT(fetch(request_of(url, {}, Seconds(1))).error, HasSubstr("timed out"));
}

TEST(Fetch, SeveralWaitForTheirTurn) {
  const Server server("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 5);
  asio::io_context io;
  auto fetcher = Fetcher::create(io.get_executor());
  ASSERT_TRUE(fetcher);
  int done = 0;
  for (int i = 0; i < 5; ++i) {
    (*fetcher)->get(request_of(server.url()), [&](FetchAnswer* answer, const FetchFailure*) {
      if (answer != nullptr && answer->text == "x") ++done;
    });
  }
  io.run();
  EXPECT_EQ(done, 5);
}

TEST(Fetch, AStopCallsNobody) {
  asio::io_context io;
  const tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
  const std::string url = fmt::format("http://127.0.0.1:{}/x", silent.local_endpoint().port());
  auto fetcher = Fetcher::create(io.get_executor());
  ASSERT_TRUE(fetcher);
  (*fetcher)->get(request_of(url, {}, Seconds(60)),
                  [](FetchAnswer*, const FetchFailure*) { FAIL() << "was called"; });
  io.run_one();  // it has begun
  (*fetcher)->stop();
  io.run();  // nothing is left that the loop would wait for
}

}  // namespace
}  // namespace sluice::lists
