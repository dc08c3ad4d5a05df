// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/glob_tail.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <fnmatch.h>

#include "daemon/base/clock.h"
#include "daemon/base/inotify.h"
#include "daemon/base/log.h"

namespace sluice::intake {
namespace {

constexpr std::uint32_t kEvents =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

// Where inotify does not tell of new files.
constexpr auto kPollEvery = std::chrono::seconds(1);

constexpr std::size_t kMaxRead = 8 * GlobTail::kMaxFiles;

// access.log.1, access.log-20261124, access.log.2.gz of access.log.
bool is_rotated(const std::string& path, const std::set<std::string>& known) {
  return std::ranges::any_of(known, [&](const std::string& base) {
    return path.size() > base.size() && path.starts_with(base) &&
           (path[base.size()] == '.' || path[base.size()] == '-');
  });
}

}  // namespace

bool is_glob(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

class GlobTail::Impl : public std::enable_shared_from_this<GlobTail::Impl> {
 public:
  Impl(Inotify events, const std::string& pattern, std::map<std::string, Position> left,
       FileTail::LineSink sink)
      : pattern_(pattern),
        left_(std::move(left)),
        sink_(std::move(sink)),
        events_(std::move(events)),
        timer_(events_.executor()) {
    for (const auto& step : std::filesystem::path(pattern).relative_path())
      steps_.push_back(step.string());
  }

  void open(Start start) {
    look(start);
    wait();
    if (is_silent_) look_later();
  }

  void stop() {
    stopped_ = true;
    events_.close();
    timer_.cancel();
    tails_.clear();
  }

  [[nodiscard]] const std::map<std::string, FileTail>& tails() const { return tails_; }

 private:
  void wait() {
    events_.wait([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->stopped_) return;
      // Whatever happened, the folders are looked through again: they are few, and files come seldom.
      self->events_.drop_events();
      self->look(Start::beginning);
      self->wait();
    });
  }

  // The folders of such mounts are looked through again and again.
  void look_later() {
    timer_.expires_after(kPollEvery);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (error || !self || self->stopped_) return;
      self->look(Start::beginning);
      self->look_later();
    });
  }

  void look(Start start) {
    note_read();
    std::set<std::string> found;
    folders_ = 0;
    descend("/", 0, found);
    std::set<std::string> known = found;
    for (const auto& [path, tail] : tails_)
      known.insert(path);
    for (const std::string& path : found) {
      if (!tails_.contains(path) && !is_rotated(path, known) && !was_read(path)) follow(path, start, found);
    }
  }

  void note_read() {
    for (const auto& [path, tail] : tails_) {
      const auto position = tail.position();
      if (position && position->head_bytes > 0) read_.insert_or_assign(position->inode, *position);
    }
    while (read_.size() > kMaxRead)
      read_.erase(read_.begin());
  }

  // Whether a file was read under another name: a rotation whose names match the pattern too.
  [[nodiscard]] bool was_read(const std::string& path) const {
    if (read_.empty()) return false;
    const auto file = LogFile::open(path);
    return file && std::ranges::any_of(read_, [&](const auto& item) { return file->matches(item.second); });
  }

  // Files that were deleted, or renamed and are read to their end by now, make room for those that come.
  void let_go(const std::set<std::string>& found) {
    std::erase_if(tails_, [&](const auto& item) { return !found.contains(item.first); });
  }

  void descend(const std::string& folder, std::size_t step, std::set<std::string>& found) {
    const bool is_last = step + 1 == steps_.size();
    // Watched before it is looked into: what comes in between is seen twice, not never.
    const bool is_open = is_last || is_glob(steps_[step]) || !exists(folder, step);
    if (is_open && !watch(folder)) return;
    if (!is_last && !is_glob(steps_[step])) {
      if (exists(folder, step)) descend(folder + steps_[step] + "/", step + 1, found);
      return;
    }
    std::error_code ec;
    for (std::filesystem::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
      const std::string name = at->path().filename().string();
      if (!matches(steps_[step], name)) continue;
      std::error_code ignored;
      if (!is_last && at->is_directory(ignored)) descend(folder + name + "/", step + 1, found);
      if (is_last && at->is_regular_file(ignored)) found.insert(folder + name);
    }
  }

  [[nodiscard]] bool exists(const std::string& folder, std::size_t step) const {
    std::error_code ignored;
    return std::filesystem::is_directory(folder + steps_[step], ignored);
  }

  bool watch(const std::string& folder) {
    if (++folders_ > kMaxFolders) {
      warn(fmt::format("more than {} folders match; name fewer", kMaxFolders));
      return false;
    }
    if (!kind_of_silent_mount(folder).empty()) is_silent_ = true;
    const auto added = events_.add(folder, kEvents);
    if (added) return true;
    if (added.error().code() != ENOENT && added.error().code() != ENOTDIR) warn(added.error().message());
    return false;
  }

  void follow(const std::string& path, Start start, const std::set<std::string>& found) {
    if (tails_.size() >= kMaxFiles) let_go(found);
    if (tails_.size() >= kMaxFiles) {
      warn(fmt::format("{} is not followed: more than {} files match; name them in several [[log]]", path,
                       kMaxFiles));
      return;
    }
    const auto at = left_.find(path);
    const auto position = at == left_.end() ? std::nullopt : std::optional(at->second);
    auto tail = FileTail::start(events_.executor(), {path, start, position}, sink_);
    if (!tail) return warn(tail.error().message());
    tails_.emplace(path, *std::move(tail));
  }

  void warn(const std::string& message) {
    if (const auto held_back = throttle_.admit(kernel_now()))
      spdlog::warn("{}: {} ({} like it not shown)", pattern_, message, *held_back);
  }

  std::string pattern_;
  std::vector<std::string> steps_;
  std::map<std::string, Position> left_;
  FileTail::LineSink sink_;
  Inotify events_;
  std::map<std::string, FileTail> tails_;
  // Where the tails were in the files that they read, also in those that they have left; by inode.
  std::map<std::uint64_t, Position> read_;
  std::size_t folders_ = 0;  // watched by the look in hand
  bool is_silent_ = false;   // one of them is on a mount of which inotify does not tell
  bool stopped_ = false;
  LogThrottle throttle_;
  boost::asio::steady_timer timer_;
};

GlobTail::GlobTail(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
GlobTail::GlobTail(GlobTail&&) noexcept = default;

GlobTail& GlobTail::operator=(GlobTail&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

GlobTail::~GlobTail() {
  if (impl_) impl_->stop();
}

Result<GlobTail> GlobTail::start(const boost::asio::any_io_executor& executor, const std::string& pattern,
                                 Start start, const std::map<std::string, Position>& left,
                                 FileTail::LineSink sink) {
  if (!pattern.starts_with('/') || pattern.ends_with('/'))
    return Error(fmt::format("log: '{}' is not the pattern of a file from / on", pattern));
  auto events = Inotify::create(executor);
  if (!events) return events.error().in("log");
  auto impl = std::make_shared<Impl>(*std::move(events), pattern, left, std::move(sink));
  impl->open(start);
  return GlobTail(std::move(impl));
}

std::map<std::string, Position> GlobTail::positions() const {
  std::map<std::string, Position> positions;
  for (const auto& [path, tail] : impl_->tails()) {
    if (const auto position = tail.position()) positions.emplace(path, *position);
  }
  return positions;
}

TailCounters GlobTail::counters() const {
  TailCounters sum;
  for (const auto& [path, tail] : impl_->tails()) {
    const TailCounters one = tail.counters();
    sum.rotations += one.rotations;
    sum.truncations += one.truncations;
    sum.unfinished += one.unfinished;
    sum.missed += one.missed;
    sum.shortened += one.shortened;
  }
  return sum;
}

bool GlobTail::is_open() const {
  return std::ranges::any_of(impl_->tails(), [](const auto& item) { return item.second.is_open(); });
}

std::size_t GlobTail::files() const {
  return impl_->tails().size();
}

}  // namespace sluice::intake
