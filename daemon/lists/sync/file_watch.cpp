// SPDX-License-Identifier: Apache-2.0
#include "daemon/lists/sync/file_watch.h"

#include <algorithm>
#include <cerrno>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <sys/stat.h>

#include "daemon/base/file.h"
#include "daemon/base/inotify.h"
#include "daemon/lists/sync/folder.h"

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
using SourceState = std::vector<FileState>;

FileState state_of_file(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return {path};
  return {path, status.st_dev, status.st_ino, status.st_size,
          std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

SourceState state_of(const std::string& source) {
  if (!is_folder(source)) return {state_of_file(source), state_of_file(source + ".sig")};
  SourceState state;
  if (const auto files = files_in(source)) {
    for (const std::string& file : *files)
      state.push_back(state_of_file(file));
  }
  return state;
}

}  // namespace

class FileWatch::Impl : public std::enable_shared_from_this<FileWatch::Impl> {
 public:
  Impl(Inotify events, std::vector<std::string> sources, Changed changed)
      : sources_(std::move(sources)),
        changed_(std::move(changed)),
        events_(std::move(events)),
        together_(events_.executor()) {}

  Result<void> open() {
    if (auto watched = watch_all(); !watched) return watched;
    for (const std::string& source : sources_)
      states_[source] = state_of(source);
    wait();
    return {};
  }

  void stop() {
    events_.close();
    together_.cancel();
    changed_ = {};
  }

 private:
  void wait() {
    events_.wait([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || !self->changed_) return;
      // The kind of change does not matter: there are few sources, and each is looked at.
      self->events_.drop_events();
      self->look_soon();
      self->wait();
    });
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
      SourceState now = state_of(source);
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
    const auto added = events_.add(folder, kEvents);
    if (added) return {};
    // Where it is not there, or is not ours to see, the folders above it say when that changes.
    const int why = added.error().code();
    if (why == ENOENT || why == ENOTDIR || why == EACCES) return {};
    return added.error();
  }

  std::vector<std::string> sources_;
  Changed changed_;  // empty: stopped
  Inotify events_;
  boost::asio::steady_timer together_;
  std::map<std::string, SourceState> states_;
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
  auto events = Inotify::create(executor);
  if (!events) return events.error();
  auto impl = std::make_shared<Impl>(*std::move(events), std::move(sources), std::move(changed));
  if (auto opened = impl->open(); !opened) return opened.error();
  return FileWatch(std::move(impl));
}

bool changed_since(const std::string& source, WallTime time) {
  const auto state = state_of(source);
  return std::ranges::any_of(
      state, [&](const FileState& file) { return file.changed_ns >= time.time_since_epoch().count(); });
}

}  // namespace sluice::lists
