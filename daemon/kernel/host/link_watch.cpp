// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/host/link_watch.h"

#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"

namespace sluice::kernel {
namespace {

Result<UniqueFd> open_socket() {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd) return Error::system("watching the network interfaces", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error::system("watching the network interfaces", errno);
  return fd;
}

}  // namespace

class LinkWatch::Reader : public std::enable_shared_from_this<Reader> {
 public:
  Reader(const boost::asio::any_io_executor& executor, std::function<void()> changed)
      : changed_(std::move(changed)), descriptor_(executor) {}

  Result<void> open() {
    auto fd = open_socket();
    if (!fd) return fd.error();
    boost::system::error_code error;
    descriptor_.assign(fd->get(), error);
    if (error) return Error(fmt::format("watching the network interfaces: {}", error.message()));
    (void)fd->release();  // descriptor_ owns it now
    return {};
  }

  void wait() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [weak = weak_from_this()](const boost::system::error_code& error) {
                             const auto self = weak.lock();
                             if (error || !self) return;
                             if (!self->drain()) return;
                             self->changed_();
                             self->wait();
                           });
  }

 private:
  // ENOBUFS: messages were lost, so something changed.
  bool drain() {
    std::array<char, 8192> buffer{};
    for (;;) {
      if (recv(descriptor_.native_handle(), buffer.data(), buffer.size(), 0) >= 0 || errno == ENOBUFS)
        continue;
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
      spdlog::error("{}; interfaces that come and go are not noticed any more",
                    Error::system("watching the network interfaces", errno).message());
      return false;
    }
  }

  std::function<void()> changed_;
  boost::asio::posix::stream_descriptor descriptor_;
};

Result<LinkWatch> LinkWatch::create(const boost::asio::any_io_executor& executor,
                                    std::function<void()> changed) {
  auto reader = std::make_shared<Reader>(executor, std::move(changed));
  if (auto opened = reader->open(); !opened) return opened.error();
  reader->wait();
  return LinkWatch(std::move(reader));
}

LinkWatch::LinkWatch(std::shared_ptr<Reader> reader) : reader_(std::move(reader)) {}
LinkWatch::LinkWatch(LinkWatch&&) noexcept = default;
LinkWatch::~LinkWatch() = default;

}  // namespace sluice::kernel
