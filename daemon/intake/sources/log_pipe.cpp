// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/log_pipe.h"

#include <cerrno>
#include <utility>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/base/unique_fd.h"
#include "daemon/intake/line_splitter.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kPipeReadBytes = std::size_t{64} * 1024;

}  // namespace

class LogPipe::Impl : public std::enable_shared_from_this<LogPipe::Impl> {
 public:
  Impl(const boost::asio::any_io_executor& executor, LineSink sink)
      : input_(executor), sink_(std::move(sink)), buffer_(kPipeReadBytes) {}

  Result<> open() {
    UniqueFd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd) return Error::system("standard input", errno);
    struct stat file {};
    const bool can_wait = ::fstat(fd.get(), &file) == 0 &&
                          (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode) || ::isatty(fd.get()) != 0);
    boost::system::error_code error;
    if (can_wait) input_.assign(fd.get(), error);
    if (!can_wait || error)
      return Error("standard input cannot be waited for; give a file by its path, or use `sluiced replay`");
    static_cast<void>(fd.release());
    wait();
    return {};
  }

  void stop() {
    boost::system::error_code ignored;
    input_.close(ignored);
  }

  [[nodiscard]] bool is_open() const { return input_.is_open(); }

 private:
  void wait() {
    input_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [weak = weak_from_this()](const boost::system::error_code& error) {
                        auto self = weak.lock();
                        if (self && !error) self->turn();
                      });
  }

  // One piece a turn; the descriptor is others' too, so it stays a blocking one and is read when there is
  // something.
  void turn() {
    const ssize_t size = ::read(input_.native_handle(), buffer_.data(), buffer_.size());
    if (size > 0) {
      lines_.feed({buffer_.data(), static_cast<std::size_t>(size)}, sink_);
    } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
      lines_.finish(sink_);
      spdlog::info("standard input has ended");
      return stop();
    }
    wait();
  }

  boost::asio::posix::stream_descriptor input_;
  LineSink sink_;
  LineSplitter lines_;
  std::vector<char> buffer_;
};

LogPipe::LogPipe(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogPipe::LogPipe(LogPipe&&) noexcept = default;

LogPipe& LogPipe::operator=(LogPipe&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

LogPipe::~LogPipe() {
  if (impl_) impl_->stop();
}

Result<LogPipe> LogPipe::start(const boost::asio::any_io_executor& executor, LineSink sink) {
  auto impl = std::make_shared<Impl>(executor, std::move(sink));
  if (auto opened = impl->open(); !opened) return opened.error().in("log");
  return LogPipe(std::move(impl));
}

bool LogPipe::is_open() const {
  return impl_->is_open();
}

}  // namespace sluice::intake
