// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/foreign_sockets.h"

#include <unordered_map>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace sluice {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

struct Socket {
  explicit Socket(const boost::asio::any_io_executor& executor) : descriptor(executor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { release(); }
  // The library opened it and closes it.
  void release() {
    if (descriptor.is_open()) (void)descriptor.release();
  }

  Descriptor descriptor;
  bool wants_read = false;
  bool wants_write = false;
  bool waits_read = false;
  bool waits_write = false;
};

}  // namespace

class ForeignSockets::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::any_io_executor executor, Act act)
      : executor_(std::move(executor)), act_(std::move(act)) {}

  void watch(int fd, bool read, bool write) {
    if (!read && !write) {
      // Let go now, whoever else holds it: the number is another socket's soon.
      if (const auto found = sockets_.find(fd); found != sockets_.end()) {
        found->second->release();
        sockets_.erase(found);
      }
      return;
    }
    auto& socket = sockets_[fd];
    if (!socket) {
      socket = std::make_shared<Socket>(executor_);
      boost::system::error_code error;
      socket->descriptor.assign(fd, error);
    }
    socket->wants_read = read;
    socket->wants_write = write;
    wait(fd, socket);
  }
  void clear() { sockets_.clear(); }

 private:
  void wait(int fd, const std::shared_ptr<Socket>& socket) {
    if (!socket->descriptor.is_open()) return;
    if (socket->wants_read && !socket->waits_read)
      wait_for(fd, socket, Descriptor::wait_read, &Socket::waits_read);
    if (socket->wants_write && !socket->waits_write)
      wait_for(fd, socket, Descriptor::wait_write, &Socket::waits_write);
  }

  void wait_for(int fd, const std::shared_ptr<Socket>& socket, Descriptor::wait_type what,
                bool Socket::*waits) {
    (*socket).*waits = true;
    socket->descriptor.async_wait(what, [weak = weak_from_this(), weak_socket = std::weak_ptr<Socket>(socket),
                                         fd, what, waits](const boost::system::error_code& error) {
      const auto self = weak.lock();
      const auto still = weak_socket.lock();
      if (error || !self || !still) return;  // the socket was closed, and its number may be another's now
      (*still).*waits = false;
      const bool reads = what == Descriptor::wait_read;
      if (reads ? still->wants_read : still->wants_write) self->act_(fd, reads);
      const auto found = self->sockets_.find(fd);
      if (found != self->sockets_.end() && found->second == still) self->wait(fd, still);
    });
  }

  boost::asio::any_io_executor executor_;
  Act act_;
  std::unordered_map<int, std::shared_ptr<Socket>> sockets_;
};

ForeignSockets::ForeignSockets(boost::asio::any_io_executor executor, Act act)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(act))) {}

ForeignSockets::~ForeignSockets() {
  clear();
}

void ForeignSockets::watch(int fd, bool read, bool write) {
  impl_->watch(fd, read, write);
}

void ForeignSockets::clear() {
  impl_->clear();
}

}  // namespace sluice
