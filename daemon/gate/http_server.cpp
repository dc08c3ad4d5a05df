// SPDX-License-Identifier: Apache-2.0
#include "daemon/gate/http_server.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <list>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/accept_loop.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/socket_file.h"
#include "daemon/gate/listen_address.h"

namespace sluice::gate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Acceptor = AcceptLoop<Protocol>::Acceptor;
using Stream = beast::basic_stream<Protocol>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

Protocol::endpoint endpoint_of(const ListenAddress& where) {
  if (const auto* unix_socket = std::get_if<UnixEndpoint>(&where))
    return asio::local::stream_protocol::endpoint(unix_socket->path);
  const auto& tcp = std::get<TcpEndpoint>(where);
  return asio::ip::tcp::endpoint(asio::ip::make_address(tcp.address.to_string()), tcp.port);
}

// A socket that a killed daemon left behind stands in the way; one that is answered on, or anything else that
// has the name, is not ours to remove.
Result<void> remove_stale(asio::io_context& io, const std::string& path) {
  struct stat existing {};
  if (lstat(path.c_str(), &existing) != 0) return {};
  if (!S_ISSOCK(existing.st_mode))
    return Error(fmt::format("{}: something that is not a socket is there; move it away", path));
  asio::local::stream_protocol::socket probe(io);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (!error) return Error(fmt::format("{}: another process answers on this socket", path));
  ::unlink(path.c_str());
  return {};
}

http::response<http::string_body> response_to(const http::request<http::empty_body>& request,
                                              const HttpServer::Answer& answer) {
  const bool head = request.method() == http::verb::head;
  HttpAnswer told{405, "text/plain; charset=utf-8", "only GET and HEAD\n"};
  if (head || request.method() == http::verb::get) told = answer(request.target());
  http::response<http::string_body> response(static_cast<http::status>(told.status), request.version());
  response.set(http::field::content_type, told.content_type);
  response.set(http::field::cache_control, "no-store");
  if (told.status == 405) response.set(http::field::allow, "GET, HEAD");
  response.keep_alive(request.keep_alive());
  const std::size_t size = told.body.size();
  if (!head) response.body() = std::move(told.body);
  response.content_length(size);
  return response;
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(HttpOptions options, Answer answer, Acceptor acceptor, std::string socket_path)
      : options_(std::move(options)),
        answer_(std::move(answer)),
        accept_loop_(std::move(acceptor), options_.listen),
        socket_path_(std::move(socket_path)) {}

  void start() { accept_loop_.start(shared_from_this()); }
  void admit(Protocol::socket socket);
  void stop() {
    if (std::exchange(stopped_, true)) return;
    if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
    accept_loop_.stop();
    for (const auto& connection : connections_)
      connection->stream.close();
  }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Connection {
    explicit Connection(Protocol::socket socket) : stream(std::move(socket)) {}

    Stream stream;
    bool takes_answer = false;  // else it is waited for its request
    bool pushed_out = false;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  static asio::awaitable<void> serve(std::shared_ptr<Impl> self, ConnectionPtr connection);
  void make_room();

  HttpOptions options_;
  Answer answer_;
  AcceptLoop<Protocol> accept_loop_;
  std::string socket_path_;               // empty: it listens on TCP
  std::list<ConnectionPtr> connections_;  // the oldest first
  Counts counts_;
  LogThrottle throttle_;
  bool stopped_ = false;
};

void HttpServer::Impl::admit(Protocol::socket socket) {
  if (connections_.size() >= options_.max_connections) make_room();
  auto connection = std::make_shared<Connection>(std::move(socket));
  connections_.push_back(connection);
  // Its failure ends this connection alone.
  asio::co_spawn(accept_loop_.executor(), serve(shared_from_this(), connection),
                 [self = shared_from_this(), connection](std::exception_ptr failure) {
                   connection->stream.close();
                   self->connections_.remove(connection);
                   if (!failure) return;
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::exception& exception) {
                     spdlog::error("{}: a connection failed: {}", self->options_.listen, exception.what());
                   }
                 });
}

// A client that asks at once is answered at once. So the oldest that has not asked is a slow one, or waits
// between two requests; where all are sent an answer, the oldest takes it slowly.
void HttpServer::Impl::make_room() {
  auto oldest =
      std::ranges::find(connections_, false, [](const ConnectionPtr& c) { return c->takes_answer; });
  if (oldest == connections_.end()) oldest = connections_.begin();
  (*oldest)->pushed_out = true;
  (*oldest)->stream.close();
  connections_.erase(oldest);
  ++counts_.pushed_out;
  if (const auto held_back = throttle_.admit(kernel_now())) {
    spdlog::warn(
        "{}: {} connections are open; the oldest was closed for a new one ({} more since the last such line)",
        options_.listen, options_.max_connections, *held_back);
  }
}

asio::awaitable<void> HttpServer::Impl::serve(std::shared_ptr<Impl> self, ConnectionPtr connection) {
  Stream& stream = connection->stream;
  beast::flat_buffer buffer(self->options_.max_header);
  while (!self->stopped_) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(self->options_.max_header));
    parser.body_limit(0);
    // For the whole request, however many pieces it comes in.
    stream.expires_after(self->options_.deadline);
    const auto [failed, size] = co_await http::async_read(stream, buffer, parser, kNoThrow);
    const bool is_between_requests = size == 0 && buffer.size() == 0;
    if (self->stopped_ || connection->pushed_out) co_return;
    if (failed) {
      // Neither is a request: a client that goes, and one that keeps its connection and asks no more.
      if (!is_between_requests) ++self->counts_.malformed;
      co_return;
    }
    ++self->counts_.requests;
    const auto response = response_to(parser.get(), self->answer_);
    connection->takes_answer = true;
    stream.expires_after(self->options_.deadline);
    const auto [unsent, sent] = co_await http::async_write(stream, response, kNoThrow);
    connection->takes_answer = false;
    if (unsent || !response.keep_alive()) co_return;
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::create(asio::io_context& io, HttpOptions options,
                                                       Answer answer) {
  const auto where = parse_listen_address(options.listen);
  if (!where) return where.error();
  std::string socket_path;
  if (const auto* unix_socket = std::get_if<UnixEndpoint>(&*where)) {
    if (auto removed = remove_stale(io, unix_socket->path); !removed) return removed.error();
    socket_path = unix_socket->path;
  }
  const Protocol::endpoint endpoint = endpoint_of(*where);
  Acceptor acceptor(io);
  error_code error;
  const auto failed = [&](std::string_view what) {
    return Error(fmt::format("{}: {}: {}", options.listen, what, error.message()));
  };
  acceptor.open(endpoint.protocol(), error);
  if (error) return failed("socket");
  if (socket_path.empty()) acceptor.set_option(Acceptor::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (error) return failed("cannot listen there");
  // The answers are about this host and about no person, but they are for those whom the owner lets into the
  // folder.
  if (!socket_path.empty()) {
    if (auto done = set_rights_of_socket(socket_path, 0660); !done) return done.error();
  }
  acceptor.listen(Acceptor::max_listen_connections, error);
  if (error) return failed("cannot listen there");
  auto impl = std::make_shared<Impl>(std::move(options), std::move(answer), std::move(acceptor),
                                     std::move(socket_path));
  impl->start();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::stop() {
  impl_->stop();
}

const HttpServer::Counts& HttpServer::counts() const {
  return impl_->counts();
}

}  // namespace sluice::gate
