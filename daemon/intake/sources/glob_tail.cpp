// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/glob_tail.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <filesystem>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "daemon/base/inotify.h"
#include "daemon/base/log.h"

namespace sluice::intake {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF |
                                  IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
}

// The folders are looked through again while a file is refused. They are looked through more seldom while
// files are left out, which may get room.
constexpr int kLooksForLeftOut = 6;
// A look may take a twentieth of the time.
constexpr int kRestPerLook = 20;

// How long a slice may hold the loop, and how often the clock is asked: an entry of a folder takes about a
// microsecond, a file that is opened a hundred.
constexpr auto kSlice = std::chrono::milliseconds(5);
constexpr std::size_t kEntriesBetweenClocks = 128;

constexpr std::size_t kMaxRefused = 1024;

// What one look through the folders is at. Out of the class, for its defaults are needed within it.
struct FolderOfPattern {
  std::string path;  // with a '/' behind it
  std::size_t step;  // of the pattern that its entries are to match
};
struct WalkThroughFolders {
  std::vector<FolderOfPattern> folders{};  // to be listed
  std::filesystem::directory_iterator at{};
  std::optional<FolderOfPattern> in_hand{};
  std::size_t watched = 0;
  std::unordered_set<std::string> present{};  // of the tails' paths
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

class Deadline {
 public:
  explicit Deadline(std::chrono::steady_clock::duration time)
      : end_(std::chrono::steady_clock::now() + time) {}
  [[nodiscard]] bool is_over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

}  // namespace

bool is_glob(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

class GlobTail::Impl : public std::enable_shared_from_this<GlobTail::Impl> {
 public:
  Impl(Inotify events, const std::string& pattern, std::map<std::string, Position> left,
       FileTail::LineSink sink, const GlobOptions& options)
      : pattern_(pattern),
        left_(std::move(left)),
        sink_(std::move(sink)),
        events_(std::move(events)),
        options_(options),
        timer_(events_.executor()) {
    for (const auto& step : std::filesystem::path(pattern).relative_path())
      steps_.push_back(step.string());
  }

  void open(Start start) {
    start_ = start;
    begin_look();
    // Which files are there now is found out in one go: what comes later begins at its beginning. The same
    // files are followed after each start.
    while (look_) {
      if (list_some()) end_look();
    }
    start_ = Start::beginning;
    std::ranges::sort(coming_, {}, &Coming::path);
    while (!coming_.empty() && tails_.size() < kFewFiles)
      follow_next();
    note_left_out();
    wait();
    if (!coming_.empty()) go_on();
    look_later();
  }

  void stop() {
    stopped_ = true;
    events_.close();
    timer_.cancel();
    tails_.clear();
  }

  [[nodiscard]] const std::map<std::string, FileTail>& tails() const { return tails_; }
  [[nodiscard]] bool stands_at_path(const std::string& path) const { return !gone_.contains(path); }

  [[nodiscard]] std::map<std::string, Position> positions() const {
    std::map<std::string, Position> positions;
    for (const auto& [path, tail] : tails_) {
      if (const auto position = tail.position()) positions.emplace(path, *position);
    }
    const auto add_left = [&](const std::string& path) {
      if (const auto at = left_.find(path); at != left_.end()) positions.insert(*at);
    };
    for (const auto& file : coming_)
      add_left(file.path);
    for (const auto& [path, refused] : refused_)
      add_left(path);
    return positions;
  }

  // With those of the tails that are no more: a counter never goes back.
  [[nodiscard]] TailCounters counters() const {
    TailCounters sum = ended_;
    for (const auto& [path, tail] : tails_)
      sum += tail.counters();
    return sum;
  }

  [[nodiscard]] FilesHealth health() const {
    FilesHealth sum;
    for (const auto& [path, tail] : tails_) {
      FilesHealth one = tail.health();
      sum.followed += one.followed;
      sum.refused += one.refused;
      sum.polled += one.polled;
      if (sum.refused_because.empty()) sum.refused_because = std::move(one.refused_because);
      if (sum.polled_because.empty()) sum.polled_because = std::move(one.polled_because);
    }
    sum.refused += refused_.size();
    if (sum.refused_because.empty() && !refused_.empty())
      sum.refused_because = refused_.begin()->second.message;
    if (sum.polled_because.empty()) sum.polled_because = polled_because_;
    sum.left_out = left_out_;
    return sum;
  }

 private:
  struct Coming {
    std::string path;
    Start start;
  };
  struct Refused {
    std::string message;
    Start start;  // where it begins once it can be read
  };

  void wait() {
    events_.wait([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->stopped_) return;
      self->take_events();
      self->go_on();
      self->wait();
    });
  }

  // What came or went in a folder whose entries are the files is looked at by its name. Anything else means
  // another look through all folders.
  void take_events() {
    events_.read([this](const InotifyEvent& event, std::string_view name) {
      const auto folder = folders_.find(event.wd);
      if ((event.mask & IN_IGNORED) != 0) {
        folders_.erase(event.wd);
        look_again_ = true;
        return;
      }
      const bool is_about_folder = folder == folders_.end() || name.empty() || (event.mask & IN_ISDIR) != 0;
      if (is_about_folder || !folder->second.is_last) {
        look_again_ = true;
        return;
      }
      if (!matches(steps_.back(), std::string(name))) return;
      const std::string path = folder->second.path + std::string(name);
      if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
        if (tails_.contains(path)) gone_.insert(path);
        refused_.erase(path);
        return;
      }
      gone_.erase(path);
      if (const auto at = refused_.find(path); at != refused_.end()) {
        coming_.push_back({path, at->second.start});
      } else if (!tails_.contains(path)) {
        coming_.push_back({path, Start::beginning});
      }
    });
  }

  // Schedules the next slice, if there is something to do.
  void go_on() {
    if (look_again_ && !look_) begin_look();
    if ((!look_ && coming_.empty()) || std::exchange(is_scheduled_, true)) return;
    boost::asio::post(events_.executor(), [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->stopped_) return;
      self->is_scheduled_ = false;
      self->slice();
      self->go_on();
    });
  }

  void slice() {
    const Deadline deadline(kSlice);
    while (look_ && !deadline.is_over()) {
      if (list_some()) end_look();
    }
    while (!look_ && !coming_.empty() && !deadline.is_over())
      follow_next();
    note_left_out();
  }

  // What a look has found was all tried: the count of those that found no room is whole.
  void note_left_out() {
    if (look_ || !coming_.empty() || !left_out_by_look_) return;
    left_out_ = *std::exchange(left_out_by_look_, std::nullopt);
  }

  void look_later() {
    timer_.expires_after(until_next_look());
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (error || !self || self->stopped_) return;
      self->end_deleted();
      if (self->is_polled() || !self->refused_.empty() || self->left_out_is_due()) {
        self->look_again_ = true;
        self->go_on();
      }
      self->look_later();
    });
  }

  [[nodiscard]] std::chrono::steady_clock::duration until_next_look() const {
    const std::chrono::steady_clock::duration usual = is_polled() ? options_.poll_every : options_.look_every;
    return std::max(usual, kRestPerLook * look_took_);
  }

  [[nodiscard]] bool left_out_is_due() {
    if (left_out_ == 0 || ++looks_at_left_out_ < kLooksForLeftOut) return false;
    looks_at_left_out_ = 0;
    return true;
  }

  [[nodiscard]] bool is_polled() const { return !polled_because_.empty(); }

  // ---- looking through the folders ----

  void begin_look() {
    look_again_ = false;
    is_watch_missing_ = false;
    look_.emplace();
    look_->folders.push_back({"/", 0});
  }

  // Lists a number of entries; whether there is nothing left to list.
  bool list_some() {
    for (std::size_t i = 0; i < kEntriesBetweenClocks; ++i) {
      if (!look_->in_hand && !enter_next_folder()) {
        if (look_->folders.empty()) return true;
        continue;
      }
      take_entry();
    }
    return false;
  }

  // Whether there is a folder whose entries are to be listed.
  bool enter_next_folder() {
    if (look_->folders.empty()) return false;
    const FolderOfPattern folder = std::move(look_->folders.back());
    look_->folders.pop_back();
    const bool is_last = folder.step + 1 == steps_.size();
    // Watched before it is looked into: what comes in between is seen twice, not never.
    const bool is_open = is_last || is_glob(steps_[folder.step]) || !exists(folder);
    if (is_open && !watch(folder, is_last)) return false;
    if (!is_last && !is_glob(steps_[folder.step])) {
      if (exists(folder))
        look_->folders.push_back({folder.path + steps_[folder.step] + "/", folder.step + 1});
      return false;
    }
    std::error_code ec;
    look_->at = std::filesystem::directory_iterator(folder.path, ec);
    if (ec) {
      if (ec.value() != ENOENT && ec.value() != ENOTDIR)
        warn(Error::system(folder.path, ec.value()).message());
      return false;
    }
    look_->in_hand = folder;
    return true;
  }

  void take_entry() {
    std::error_code ec;
    if (look_->at == std::filesystem::directory_iterator()) {
      look_->in_hand.reset();
      return;
    }
    const FolderOfPattern& folder = *look_->in_hand;
    const bool is_last = folder.step + 1 == steps_.size();
    std::string name = look_->at->path().filename().string();
    if (matches(steps_[folder.step], name)) {
      if (!is_last && look_->at->is_directory(ec))
        look_->folders.push_back({folder.path + name + "/", folder.step + 1});
      if (is_last && look_->at->is_regular_file(ec)) take_file(folder.path + name);
    }
    look_->at.increment(ec);
    if (ec) look_->in_hand.reset();
  }

  void take_file(std::string path) {
    if (tails_.contains(path)) {
      look_->present.insert(std::move(path));
      return;
    }
    const auto refused = refused_.find(path);
    coming_.push_back({std::move(path), refused == refused_.end() ? start_ : refused->second.start});
  }

  [[nodiscard]] bool exists(const FolderOfPattern& folder) const {
    std::error_code ignored;
    return std::filesystem::is_directory(folder.path + steps_[folder.step], ignored);
  }

  bool watch(const FolderOfPattern& folder, bool is_last) {
    if (++look_->watched > options_.max_files) {
      warn(fmt::format("more than {} folders match; name fewer", options_.max_files));
      return false;
    }
    if (const auto kind = kind_of_silent_mount(folder.path); !kind.empty())
      poll(fmt::format("is on a mount of {}, of which no events tell", kind));
    const auto added = events_.add(folder.path, kEvents);
    if (added) {
      folders_.insert_or_assign(*added, Watched{folder.path, is_last});
      return true;
    }
    if (added.error().code() == ENOENT || added.error().code() == ENOTDIR) return false;
    is_watch_missing_ = true;
    if (!is_polled()) is_polled_for_want_ = true;
    poll(fmt::format("cannot be watched ({})", added.error().message()));
    return true;
  }

  void poll(std::string why) {
    if (is_polled()) return;
    polled_because_ = std::move(why);
    spdlog::info("{} {}: it is looked at every second", pattern_, polled_because_);
  }

  void end_look() {
    // Watches that were missing are there now: folders on silent mounts are polled all the same.
    if (is_polled_for_want_ && !is_watch_missing_) {
      is_polled_for_want_ = false;
      polled_because_.clear();
      spdlog::info("{} is watched now", pattern_);
    }
    gone_.clear();
    for (const auto& [path, tail] : tails_) {
      if (!look_->present.contains(path)) gone_.insert(path);
    }
    std::error_code ignored;
    std::erase_if(refused_, [&](const auto& item) { return !std::filesystem::exists(item.first, ignored); });
    left_out_by_look_ = 0;
    look_took_ = std::chrono::steady_clock::now() - look_->began;
    look_.reset();
  }

  // ---- files that match ----

  // Whether this is access.log.1, access.log-20261124 or access.log.2.gz of an access.log that is followed,
  // or that stands there.
  template <class Stands>
  [[nodiscard]] bool is_rotated(const std::string& path, Stands&& stands) const {
    const std::size_t name = path.rfind('/') + 1;
    for (std::size_t cut = path.find_first_of(".-", name + 1); cut != std::string::npos;
         cut = path.find_first_of(".-", cut + 1)) {
      const std::string base = path.substr(0, cut);
      if (matches(steps_.back(), base.substr(name)) && (tails_.contains(base) || stands(base))) return true;
    }
    return false;
  }

  void follow_next() {
    const Coming file = std::move(coming_.front());
    coming_.pop_front();
    std::error_code ignored;
    const auto stands = [&](const std::string& base) {
      return std::filesystem::is_regular_file(base, ignored);
    };
    if (tails_.contains(file.path) || !stands(file.path) || is_rotated(file.path, stands)) return;
    if (!gone_.empty() || tails_.size() < options_.max_files) {
      if (was_read(file.path)) return;
    }
    if (tails_.size() >= options_.max_files) let_go();
    if (tails_.size() >= options_.max_files) {
      ++(left_out_by_look_ ? *left_out_by_look_ : left_out_);
      warn(fmt::format("{} is not followed: more than {} files match; name them in several [[log]]",
                       file.path, options_.max_files));
      return;
    }
    follow(file);
  }

  void follow(const Coming& file) {
    const auto at = left_.find(file.path);
    TailOptions options{.path = file.path, .start = file.start};
    if (at != left_.end()) options.position = at->second;
    options.poll_every = options_.poll_every;
    options.probe_every = options_.probe_every;
    options.hold_deleted = options_.hold_deleted;
    options.is_one_of_many = tails_.size() >= kFewFiles;
    auto tail = FileTail::start(events_.executor(), std::move(options), sink_);
    if (tail) {
      refused_.erase(file.path);
      note_polling(*tail);
      tails_.emplace(file.path, *std::move(tail));
      return;
    }
    warn(tail.error().message());
    if (refused_.size() < kMaxRefused || refused_.contains(file.path))
      refused_.insert_or_assign(file.path, Refused{tail.error().message(), file.start});
  }

  // A thousand files would each say the same.
  void note_polling(const FileTail& tail) {
    if (!tail.is_polled() || std::exchange(is_polling_said_, true)) return;
    spdlog::info("{}: files are looked at every second; one {}", pattern_, tail.health().polled_because);
  }

  // Whether a file was read under another name: a rotation whose names match the pattern too.
  [[nodiscard]] bool was_read(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return false;
    note_read();
    const auto at = read_.find(status.st_ino);
    if (at == read_.end()) return false;
    const auto file = LogFile::open(path);
    return file && file->matches(at->second);
  }

  // Where the tails are, noted once for what comes together.
  void note_read() {
    const auto now = std::chrono::steady_clock::now();
    if (tails_.size() > kFewFiles && now - read_noted_ < kSlice) return;
    read_noted_ = now;
    for (const auto& [path, tail] : tails_) {
      const auto position = tail.position();
      if (position && position->head_bytes > 0) read_.insert_or_assign(position->inode, *position);
    }
    while (read_.size() > 2 * options_.max_files)
      read_.erase(read_.begin());
  }

  // Files that were deleted, or renamed and are read to their end by now, make room for those that come.
  void let_go() {
    for (const std::string& path : gone_)
      end_tail(path);
    gone_.clear();
  }

  // A deleted file to which nothing comes any more keeps its room on the disk as long as it is followed.
  void end_deleted() {
    std::erase_if(gone_, [this](const std::string& path) {
      const auto at = tails_.find(path);
      if (at != tails_.end() && !at->second.is_over()) return false;
      end_tail(path);
      return true;
    });
  }

  void end_tail(const std::string& path) {
    const auto at = tails_.find(path);
    if (at == tails_.end()) return;
    ended_ += at->second.counters();
    tails_.erase(at);
  }

  void warn(const std::string& message) {
    if (const auto held_back = throttle_.admit(kernel_now()))
      spdlog::warn("{}: {} ({} like it not shown)", pattern_, message, *held_back);
  }

  struct Watched {
    std::string path;
    bool is_last = false;  // its entries are the files
  };

  std::string pattern_;
  std::vector<std::string> steps_;
  std::map<std::string, Position> left_;
  FileTail::LineSink sink_;
  Inotify events_;
  GlobOptions options_;
  std::map<std::string, FileTail> tails_;
  TailCounters ended_;                    // of tails that are no more
  std::unordered_set<std::string> gone_;  // tails whose path has no file now
  std::deque<Coming> coming_;             // files that may be new, to be looked at
  std::map<std::string, Refused> refused_;
  std::uint64_t left_out_ = 0;
  int looks_at_left_out_ = 0;                      // since they were tried last
  std::optional<std::uint64_t> left_out_by_look_;  // as far as what a look found was tried
  // Where the tails were in the files that they read, also in those that they have left; by inode.
  std::map<std::uint64_t, Position> read_;
  std::chrono::steady_clock::time_point read_noted_;

  std::unordered_map<int, Watched> folders_;  // by their watches
  std::optional<WalkThroughFolders> look_;
  Start start_ = Start::beginning;  // of the files that the look finds
  std::chrono::steady_clock::duration look_took_{};
  bool look_again_ = false;
  bool is_scheduled_ = false;      // a slice
  std::string polled_because_;     // why the folders are looked through again and again; empty: they are not
  bool is_watch_missing_ = false;  // of a folder, in the look in hand
  bool is_polled_for_want_ = false;  // of a watch, and for nothing else
  bool is_polling_said_ = false;
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
                                 FileTail::LineSink sink, const GlobOptions& options) {
  if (!pattern.starts_with('/') || pattern.ends_with('/'))
    return Error(fmt::format("log: '{}' is not the pattern of a file from / on", pattern));
  auto impl = std::make_shared<Impl>(Inotify(executor), pattern, left, std::move(sink), options);
  impl->open(start);
  return GlobTail(std::move(impl));
}

std::map<std::string, Position> GlobTail::positions() const {
  return impl_->positions();
}

FilesHealth GlobTail::health() const {
  return impl_->health();
}

TailCounters GlobTail::counters() const {
  return impl_->counters();
}

void GlobTail::visit_files(
    const std::function<void(const std::string& path, std::uint64_t lines)>& visit) const {
  for (const auto& [path, tail] : impl_->tails()) {
    if (impl_->stands_at_path(path)) visit(path, tail.counters().lines);
  }
}

bool GlobTail::is_open() const {
  return std::ranges::any_of(impl_->tails(), [](const auto& item) { return item.second.is_open(); });
}

std::size_t GlobTail::files() const {
  return impl_->tails().size();
}

}  // namespace sluice::intake
