// SPDX-License-Identifier: Apache-2.0
// Accepting goes on after a failure, and ends when it is stopped.
#include "daemon/base/accept_loop.h"

#include <cerrno>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "daemon/base/unique_fd.h"

namespace sluice {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

struct Admitting : std::enable_shared_from_this<Admitting> {
  explicit Admitting(asio::io_context& io)
      : endpoint(asio::ip::address_v4::loopback(), 0), loop(listening(io), "test") {}

  Tcp::acceptor listening(asio::io_context& io) {
    Tcp::acceptor acceptor(io, endpoint);
    endpoint = acceptor.local_endpoint();
    return acceptor;
  }
  void admit(Tcp::socket socket) {
    admitted.push_back(std::move(socket));
    if (admitted.size() == stop_after) loop.stop();
  }

  Tcp::endpoint endpoint;
  AcceptLoop<Tcp> loop;
  std::vector<Tcp::socket> admitted;
  std::size_t stop_after = 0;
};

TEST(AcceptLoop, AdmitsUntilItIsStopped) {
  asio::io_context io(1);
  auto server = std::make_shared<Admitting>(io);
  const std::weak_ptr<Admitting> weak = server;
  server->stop_after = 2;
  Tcp::socket one(io);
  Tcp::socket two(io);
  one.connect(server->endpoint);
  two.connect(server->endpoint);
  server->loop.start(server);
  io.run();
  EXPECT_EQ(server->admitted.size(), 2U);
  server.reset();
  EXPECT_TRUE(weak.expired());  // the loop has let go of it
}

// In the shipped build alone (tests/scale): the sanitizer opens a pipe to look at memory, and there is no
// descriptor for it.
#if !SLUICE_SANITIZED
TEST(AcceptLoop, TriesAgainAfterTheDescriptorsHaveRunOut) {
  asio::io_context io(1);
  auto server = std::make_shared<Admitting>(io);
  server->stop_after = 1;
  Tcp::socket client(io);
  client.connect(server->endpoint);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const UniqueFd next(::fcntl(client.native_handle(), F_DUPFD_CLOEXEC, 0));  // the lowest that is free
  ASSERT_TRUE(next);
  const rlimit none_left{static_cast<rlim_t>(next.get()) + 1, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none_left), 0);
  server->loop.start(server);
  io.poll();
  EXPECT_TRUE(server->admitted.empty());
  EXPECT_FALSE(io.stopped());  // it waits for the next try
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  io.run();
  EXPECT_EQ(server->admitted.size(), 1U);
}
#endif

}  // namespace
}  // namespace sluice
