// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 for programs on this host: a loopback address or a Unix socket. Answers GET and HEAD by asking its
// owner; takes no bodies. What a peer can make grow, and for how long, is bounded: where all connections are
// taken, the oldest that has not asked for anything is closed for a new one, so slow clients keep nobody out.
// Owned by app/; knows nothing of what it serves.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "daemon/base/error.h"

namespace sluice::gate {

struct HttpOptions {
  std::string listen{};                       // see listen_address.h
  std::size_t max_connections = 64;           // each holds a request's header and an answer
  std::size_t max_header = 8192;              // bytes
  std::chrono::milliseconds deadline{5'000};  // for a whole request, and for taking its answer
};

struct HttpAnswer {
  unsigned status = 404;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = "not found\n";
};

class HttpServer {
 public:
  // Is asked for the target of each request, on the loop.
  using Answer = std::function<HttpAnswer(std::string_view target)>;

  // Listens at once; requests are answered as the loop runs. `io` must outlive the server; `answer` is called
  // until stop(). A Unix socket that nobody answers on is replaced.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> create(boost::asio::io_context& io,
                                                                  HttpOptions options, Answer answer);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  // stops

  // Closes everything; an answer that is being sent is cut.
  void stop();

  struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t pushed_out =
        0;  // connections that were closed for a new one, because max_connections were open
    std::uint64_t malformed = 0;  // requests that were none, too long, or came too slowly
  };
  [[nodiscard]] const Counts& counts() const;

 private:
  class Impl;
  explicit HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<Impl> impl_;  // shared with the coroutines
};

}  // namespace sluice::gate
