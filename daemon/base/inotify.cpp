// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/inotify.h"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace sluice {
namespace {

Error with_remedy(const Error& error) {
  if (error.code() == EMFILE)
    return Error(fmt::format("{}; raise fs.inotify.max_user_instances with sysctl", error.message()));
  if (error.code() == ENOSPC)
    return Error(fmt::format("{}; raise fs.inotify.max_user_watches with sysctl", error.message()));
  return error;
}

}  // namespace

Result<Inotify> Inotify::create(const boost::asio::any_io_executor& executor) {
  const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return with_remedy(Error::system("inotify_init1", errno));
  return Inotify(boost::asio::posix::stream_descriptor(executor, fd));
}

Result<int> Inotify::add(const std::string& path, std::uint32_t mask) {
  const int watch = inotify_add_watch(descriptor_.native_handle(), path.c_str(), mask);
  if (watch < 0) return with_remedy(Error::system(fmt::format("watching {}", path), errno));
  return watch;
}

void Inotify::remove(int watch) {
  inotify_rm_watch(descriptor_.native_handle(), watch);
}

void Inotify::wait(std::function<void()> ready) {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [ready = std::move(ready)](const boost::system::error_code& error) {
                           if (!error) ready();
                         });
}

void Inotify::drop_events() {
  while (read_some() > 0) {
  }
}

void Inotify::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

std::size_t Inotify::read_some() {
  // EAGAIN; nothing else is possible with a valid descriptor and a buffer of this size.
  const ssize_t got = ::read(descriptor_.native_handle(), buffer_.data(), buffer_.size());
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

}  // namespace sluice
