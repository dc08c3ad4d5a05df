// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/file_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/lists/file.h"

namespace sluice::lists {
namespace {

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// One file as it stands; all zero where there is none.
struct FileState {
  std::string name;
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t changed_ns = 0;  // ctime: renames and links count too

  auto operator<=>(const FileState&) const = default;
};
using State = std::vector<FileState>;

FileState state_of_file(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return {path};
  return {path, status.st_dev, status.st_ino, status.st_size,
          std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

State state_of(const std::string& source) {
  if (!is_folder(source)) return {state_of_file(source), state_of_file(source + ".sig")};
  State state;
  if (const auto files = files_in(source)) {
    for (const std::string& file : *files)
      state.push_back(state_of_file(file));
  }
  return state;
}

}  // namespace

class FileWatch::Impl : public std::enable_shared_from_this<FileWatch::Impl> {
 public:
  Impl(const boost::asio::any_io_executor& executor, std::vector<std::string> sources, Changed changed)
      : sources_(std::move(sources)), changed_(std::move(changed)), events_(executor), together_(executor) {}

  Result<void> open() {
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) return Error::system("inotify_init1; fs.inotify.max_user_instances may be raised", errno);
    events_.assign(fd);
    if (auto watched = watch_all(); !watched) return watched;
    for (const std::string& source : sources_)
      states_[source] = state_of(source);
    wait();
    return {};
  }

  void stop() {
    boost::system::error_code ignored;
    events_.close(ignored);
    together_.cancel();
    changed_ = {};
  }

 private:
  void wait() {
    events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [weak = weak_from_this()](const boost::system::error_code& error) {
                         const auto self = weak.lock();
                         if (!self || error || !self->changed_) return;
                         self->drain();
                         self->look_soon();
                         self->wait();
                       });
  }

  // What happened does not matter: the sources are few, and are looked at.
  void drain() {
    alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> bytes;
    while (::read(events_.native_handle(), bytes.data(), bytes.size()) > 0) {
    }
  }

  // From the first event on, so that what never rests is looked at too.
  void look_soon() {
    if (std::exchange(looking_, true)) return;
    together_.expires_after(kTogether);
    together_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error || !self->changed_) return;
      self->looking_ = false;
      self->look();
    });
  }

  void look() {
    // Watched before it is looked at: what comes in between is seen twice, not never. What cannot be watched
    // any more is read at its interval.
    (void)watch_all();
    std::vector<std::string> changed;
    for (auto& [source, before] : states_) {
      State now = state_of(source);
      if (now == before) continue;
      before = std::move(now);
      changed.push_back(source);
    }
    if (!changed.empty()) changed_(changed);
  }

  Result<void> watch_all() {
    for (const std::string& source : sources_) {
      if (auto watched = watch_above(source); !watched) return watched;
      // Where links lead.
      std::error_code error;
      const std::string target = std::filesystem::canonical(source, error).string();
      if (error || target == source) continue;
      if (auto watched = watch_above(target); !watched) return watched;
    }
    return {};
  }

  // The folder, if it is one, and the two above.
  Result<void> watch_above(const std::string& source) {
    std::filesystem::path at(source);
    if (is_folder(source)) {
      if (auto watched = watch(at.string()); !watched) return watched;
    }
    for (int level = 0; level < 2 && at.has_relative_path(); ++level) {
      at = at.parent_path();
      if (auto watched = watch(at.string()); !watched) return watched;
    }
    return {};
  }

  Result<void> watch(const std::string& folder) {
    if (inotify_add_watch(events_.native_handle(), folder.c_str(), kEvents) >= 0) return {};
    // Not there, or not for us to see: what is above it tells, or nobody does.
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) return {};
    return Error::system(fmt::format("watching {}; fs.inotify.max_user_watches may be raised", folder),
                         errno);
  }

  std::vector<std::string> sources_;
  Changed changed_;  // empty: stopped
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer together_;
  std::map<std::string, State> states_;
  bool looking_ = false;
};

FileWatch::FileWatch(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
FileWatch::FileWatch(FileWatch&&) noexcept = default;

FileWatch& FileWatch::operator=(FileWatch&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

FileWatch::~FileWatch() {
  if (impl_) impl_->stop();
}

Result<FileWatch> FileWatch::start(const boost::asio::any_io_executor& executor,
                                   std::vector<std::string> sources, Changed changed) {
  auto impl = std::make_shared<Impl>(executor, std::move(sources), std::move(changed));
  if (auto opened = impl->open(); !opened) return opened.error();
  return FileWatch(std::move(impl));
}

bool changed_since(const std::string& source, WallTime time) {
  const auto state = state_of(source);
  return std::ranges::any_of(
      state, [&](const FileState& file) { return file.changed_ns >= time.time_since_epoch().count(); });
}

}  // namespace sluice::lists
