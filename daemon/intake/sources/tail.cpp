// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/tail.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"
#include "daemon/base/inotify.h"
#include "daemon/base/log.h"
#include "daemon/intake/sources/arrivals.h"
#include "daemon/intake/sources/delivered_lines.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kTailReadBytes = std::size_t{64} * 1024;
// About 1,500 lines, 2 to 4 ms with everything that follows from them: how long a backlog may hold the loop.
constexpr std::size_t kTurnBytes = 4 * kTailReadBytes;

// What is remembered of a file, and of one of thousands: 512 KiB or 32 KiB of lines that were delivered, read
// from the end of the file at the start.
constexpr std::uint64_t kLinesOfMany = 8192;
constexpr std::uint64_t kBytesBefore = std::uint64_t{4} * 1024 * 1024;
constexpr std::uint64_t kBytesBeforeOfMany = std::uint64_t{256} * 1024;

// Looks at the file, every second, before watches are asked for again.
constexpr int kLooksBetweenTries = 30;

constexpr std::uint32_t kDirectoryEvents = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB |
                                           IN_ONLYDIR | IN_DELETE_SELF | IN_MOVE_SELF;

struct Place {
  std::string directory;
  std::string name;

  bool operator==(const Place&) const = default;
};

Place split(const std::filesystem::path& path) {
  return {path.parent_path().string(), path.filename().string()};
}

// The file that the path means once symbolic links are followed; the end of the chain need not exist.
Place resolve(const std::string& path) {
  std::error_code ec;
  std::filesystem::path at(path);
  for (int hops = 0; hops < 16 && std::filesystem::is_symlink(std::filesystem::symlink_status(at, ec));
       ++hops) {
    const auto target = std::filesystem::read_symlink(at, ec);
    if (ec) break;
    at = at.parent_path() / target;
  }
  return split(at);
}

}  // namespace

class FileTail::Impl : public std::enable_shared_from_this<FileTail::Impl> {
 public:
  Impl(Inotify events, TailOptions options, LineSink sink)
      : path_(std::move(options.path)),
        start_(options.start),
        resume_(options.position),
        link_(split(path_)),
        arrivals_(link_.name),
        sink_(std::move(sink)),
        events_(std::move(events)),
        is_one_of_many_(options.is_one_of_many),
        poll_every_(options.poll_every),
        probe_every_(options.probe_every),
        silent_mount_(options.silent_mount),
        timer_(events_.executor()),
        delivered_(options.is_one_of_many ? kLinesOfMany : DeliveredLines::kMaxLines) {}

  Result<> open() {
    watch_directories();
    if (auto opened = open_first(); !opened) return opened.error();
    schedule();
    look_later();
    return {};
  }

  void stop() {
    stopped_ = true;
    events_.close();
    timer_.cancel();
  }

  [[nodiscard]] std::optional<Position> position() const {
    if (!current_) return resume_;
    // A file without a name cannot be found again; its successor can, even once it has been rotated away
    // itself.
    if (!next_.empty() && current_->is_deleted()) return next_.front().position();
    Position position = current_->position();
    if (is_last_of_current_) position.last = delivered_.last().value_or(LineMark());
    return position;
  }
  [[nodiscard]] bool is_open() const { return current_.has_value(); }
  [[nodiscard]] bool is_polled() const { return !polled_because_.empty(); }
  [[nodiscard]] FilesHealth health() const {
    FilesHealth health;
    (refused_.empty() ? health.followed : health.refused) = 1;
    health.polled = is_polled() ? 1 : 0;
    health.refused_because = refused_;
    health.polled_because = polled_because_;
    return health;
  }
  [[nodiscard]] TailCounters counters() const {
    TailCounters counters = counters_;
    counters.missed += arrivals_.missed();
    return counters;
  }

 private:
  // ---- the loop: a turn is scheduled, or events are waited for ----

  void schedule() {
    is_scheduled_ = true;
    boost::asio::post(events_.executor(), [weak = weak_from_this()] {
      if (auto self = weak.lock()) {
        self->is_scheduled_ = false;
        self->turn();
      }
    });
  }

  void wait() {
    buffer_.reset();
    if (is_waiting_) return;
    is_waiting_ = true;
    events_.wait([weak = weak_from_this()] {
      if (auto self = weak.lock()) {
        self->is_waiting_ = false;
        if (!self->is_scheduled_) self->turn();
      }
    });
  }

  void turn() {
    if (stopped_) return;
    // Only who has something to read has a buffer: most of a thousand files rest.
    if (!buffer_) buffer_.reset(new char[kTailReadBytes]);
    take_events();
    std::size_t budget = kTurnBytes;
    if (previous_) read_late(budget);
    while (budget > 0) {
      if (!current_ && !advance()) return wait();
      // Asked before the read: what the old file got before its successor's first line is then read before it
      // too.
      const bool superseded = is_superseded();
      switch (read(*current_, budget)) {
        case LogFile::Outcome::data:
          break;
        case LogFile::Outcome::end:
          delivered_.flush(sink_);
          if (!superseded) return wait();
          advance();
          break;
        case LogFile::Outcome::truncated:
          start_again();
          break;
        case LogFile::Outcome::failed:
          warn(Error::system(path_, errno));
          if (!superseded) return wait();
          advance();
          break;
      }
    }
    schedule();
  }

  // ---- reading ----

  LogFile::Outcome read(LogFile& file, std::size_t& budget) {
    const bool is_current = current_ && &file == &*current_;
    const auto outcome = file.read({buffer_.get(), kTailReadBytes}, [&](std::string_view line) {
      if (is_current) {
        delivered_.take(line, sink_);
      } else {
        sink_(line);
        delivered_.note(line);
      }
      is_last_of_current_ = is_current;
    });
    note_shortened(file.take_shortened());
    budget -= std::min(budget, outcome == LogFile::Outcome::data ? kTailReadBytes : std::size_t{1});
    return outcome;
  }

  void note_shortened(std::uint64_t lines) {
    if (lines == 0) return;
    counters_.shortened += lines;
    if (const auto held_back = throttle_.admit(kernel_now())) {
      spdlog::warn("{}: a line is longer than {} KiB and was read without its middle ({} warnings not shown)",
                   path_, kMaxLineBytes / 1024, *held_back);
    }
  }

  void read_late(std::size_t& budget) {
    while (budget > 0) {
      const auto outcome = read(*previous_, budget);
      if (outcome == LogFile::Outcome::data) continue;
      if (outcome != LogFile::Outcome::end) leave(previous_);
      return;
    }
  }

  // An empty successor supersedes nothing: log rotation creates it before the server is told to reopen its
  // log.
  [[nodiscard]] bool is_superseded() const {
    return next_.size() > 1 || (next_.size() == 1 && next_.front().size() > 0);
  }

  // Whether there is a current file afterwards.
  bool advance() {
    if (next_.empty()) return false;
    if (current_) {
      leave(previous_);
      previous_ = std::move(current_);
      ++counters_.rotations;
    }
    current_ = std::move(next_.front());
    next_.pop_front();
    is_last_of_current_ = false;
    // A file that replaced the one before may hold the end of it: a rotation would have left that its name.
    const bool is_replacement = previous_ && previous_->is_deleted() && current_->next_offset() == 0;
    // Where files are found by looking, the inode of one may change under it.
    check_repeats(current_->may_repeat || is_replacement || (is_polled() && current_->next_offset() == 0));
    return true;
  }

  void check_repeats(bool may_repeat) {
    if (may_repeat) {
      delivered_.begin_check();
    } else {
      delivered_.end_check();
    }
  }

  void leave(std::optional<LogFile>& file) {
    if (!file) return;
    if (file->has_unfinished_line()) ++counters_.unfinished;
    unwatch(*file);
    file.reset();
  }

  // The current file holds new content.
  void start_again() {
    ++counters_.truncations;
    auto copy = find_file(place_.directory, place_.name, current_->position(), older_);
    older_ = Snapshot(place_.directory, place_.name);
    if (copy && !copy->is_same_file(*current_) && copy->goes_beyond(*current_)) {
      copy->take_over(*current_);
      current_->may_repeat = true;
      next_.push_front(std::move(*current_));
      current_ = std::move(copy);
      spdlog::info("{} was truncated; reading the rest from its copy, then the file from its start", path_);
      return;
    }
    if (current_->has_unfinished_line()) ++counters_.unfinished;
    current_->restart();
    is_last_of_current_ = false;
    check_repeats(true);
    spdlog::info("{} was truncated; reading what is new in it from its start", path_);
  }

  // ---- which file comes next ----

  void take_events() {
    bool news = drain();
    if (!news && !std::exchange(look_anyway_, false)) return;
    // Names can change while files are opened by name. Nothing is kept of a round during which something
    // happened.
    constexpr int kRounds = 16;
    for (int round = 0; round < kRounds; ++round) {
      if (directory_changed_) watch_directories();
      std::vector<LogFile> opened;
      std::vector<std::string> refused;
      refused_.clear();
      for (const std::string& name : arrivals_.waiting()) {
        events_.follow_entry(directory_watch_, name);
        open_waiting(name, opened, refused);
      }
      settle();
      news = drain();
      if ((news || directory_changed_) && round + 1 < kRounds) continue;
      arrivals_.keep_only(refused);
      for (LogFile& file : opened)
        enqueue(std::move(file));
      return;
    }
  }

  void open_waiting(const std::string& name, std::vector<LogFile>& opened,
                    std::vector<std::string>& refused) {
    auto file = LogFile::open(place_.directory + "/" + name);
    if (file) {
      opened.push_back(std::move(*file));
    } else if (file.error().code() != ENOENT) {
      refused.push_back(name);
      if (name == place_.name) refused_ = file.error().message();
      warn(file.error());
    }
  }

  // Listing a directory takes the lock that a rename or creation holds until its event is queued: afterwards
  // the events of everything that open() may have seen are there to be read.
  void settle() const {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(place_.directory.c_str()), &closedir);
    if (directory) static_cast<void>(readdir(directory.get()));
  }

  bool is_known(const LogFile& file) const {
    return (current_ && current_->is_same_file(file)) || (previous_ && previous_->is_same_file(file)) ||
           std::ranges::any_of(next_, [&](const LogFile& next) { return next.is_same_file(file); });
  }

  void enqueue(LogFile file) {
    if (is_known(file)) return;
    watch(file);
    next_.push_back(std::move(file));
  }

  Result<> open_first() {
    auto file = LogFile::open(place_.directory + "/" + place_.name);
    if (!file && file.error().code() != ENOENT && file.error().code() != ENOTDIR) return file.error();
    if (file) {
      if (auto room = file->check_room(path_); !room) return room.error();
    }
    if (resume_) {
      if (file && file->matches(*resume_)) {
        file->seek(resume_->offset);
      } else if (file && is_rewritten(*file)) {
        spdlog::info("{} was rewritten; reading goes on behind the line that was read last", path_);
      } else {
        open_rotated();
      }
    } else if (file && start_ == Start::end) {
      file->seek_to_end();
    }
    if (file) {
      file->visit_lines_before(is_one_of_many_ ? kBytesBeforeOfMany : kBytesBefore,
                               [this](std::string_view line) { delivered_.note(line); });
      if (!is_known(*file)) {
        watch(*file);
        next_.push_back(std::move(*file));
      }
    } else {
      spdlog::warn("{} does not exist yet; waiting for it", path_);
    }
    advance();
    is_last_of_current_ = current_ && current_->next_offset() > 0 && next_.empty();
    return {};
  }

  // Whether the file holds the line that was read last, and the file that it was read from is no more. It
  // stands behind that line then.
  bool is_rewritten(LogFile& file) const {
    if (resume_->last == LineMark()) return false;
    const auto old = find_file(place_.directory, place_.name, *resume_);
    if (old && old->matches(*resume_)) return false;
    return file.seek_behind(resume_->last);
  }

  // A rotated file that holds the line that was read last, though it does not begin as it did. Stands behind
  // that line. Only the newest files are looked through.
  [[nodiscard]] std::optional<LogFile> find_rewritten() const {
    constexpr std::size_t kMostFiles = 4;
    if (resume_->last == LineMark()) return std::nullopt;
    const auto names = rotated_after(place_.directory, place_.name, std::numeric_limits<std::int64_t>::min());
    const std::size_t first = names.size() - std::min(names.size(), kMostFiles);
    for (std::size_t i = names.size(); i > first; --i) {
      auto file = LogFile::open(place_.directory + "/" + names[i - 1]);
      if (file && file->seek_behind(resume_->last)) return std::move(*file);
    }
    return std::nullopt;
  }

  // The file was rotated while the tail was stopped: first its rest, then the files that came and went since.
  void open_rotated() {
    auto old = find_file(place_.directory, place_.name, *resume_);
    if (!old) old = find_rewritten();
    if (!old) {
      ++counters_.missed;
      spdlog::warn("the file that was read last as {} is gone; what it got after byte {} is lost", path_,
                   resume_->offset);
      return;
    }
    const std::int64_t since_ns = old->modified_ns();
    enqueue(std::move(*old));
    for (const std::string& name : rotated_after(place_.directory, place_.name, since_ns)) {
      if (auto file = LogFile::open(place_.directory + "/" + name)) {
        enqueue(std::move(*file));
      } else {
        warn(file.error());
      }
    }
  }

  // ---- inotify ----

  void watch(LogFile& file) {
    // By descriptor: by name it could be another file by now.
    const auto added = events_.add(fmt::format("/proc/self/fd/{}", file.fd()), IN_MODIFY);
    if (added) {
      file.watch = *added;
    } else {
      do_without_watch(added.error());
    }
  }

  void unwatch(LogFile& file) {
    if (file.watch >= 0) events_.remove(std::exchange(file.watch, -1));
  }

  // The folder of the path as it is written, where the path may be a link, and the folder of the file it
  // means. An open file keeps its deleted folder alive, so only the folder above says that it went: that one
  // is watched too.
  void watch_directories() {
    directory_changed_ = false;
    const std::vector<int> before = std::exchange(watches_, {});
    const int directory_before = directory_watch_;
    const Place place_before = std::exchange(place_, resolve(path_));
    above_.clear();
    arrivals_.follow(place_.name);
    events_.forget_names();
    link_watch_ = watch_directory(link_);
    directory_watch_ = watch_directory(place_);
    for (const int watch : before) {
      if (!is_watched(watch)) events_.remove(watch);
    }
    if (place_ != place_before) {
      const std::string_view kind = silent_mount_(place_.directory);
      if (!kind.empty()) begin_polling(fmt::format("is on a mount of {}, of which no events tell", kind));
    }
    // The folder may have changed before it was watched, without an event.
    if (place_ != place_before || directory_watch_ != directory_before) arrivals_.add(place_.name);
  }

  // Watches the folder of a file, and the one above it; returns the folder's watch, or -1 while it does not
  // exist and only the nearest ones above it are watched. The same folder always has the same watch.
  int watch_directory(const Place& place) {
    int found = -1;
    int levels = 0;
    std::filesystem::path at(place.directory);
    std::string name = place.name;  // the entry of `at` that matters
    while (levels < 2) {
      const auto watch = events_.add_name(at.string(), name, kDirectoryEvents);
      if (!watch && watch.error().code() != ENOENT && watch.error().code() != ENOTDIR) {
        // A watch above the folder that holds the file only helps, and may be forbidden.
        if (found < 0) do_without_watch(watch.error());
        return found;
      }
      if (watch) {
        watches_.push_back(*watch);
        if (at == std::filesystem::path(place.directory)) {
          found = *watch;
        } else {
          above_.push_back(*watch);
        }
        ++levels;
        // Made after it was looked for and before the one above was watched: no event will tell.
        std::error_code ec;
        if (found < 0 && std::filesystem::is_directory(place.directory, ec)) {
          at = place.directory;
          name = place.name;
          levels = 0;
          continue;
        }
      }
      if (!at.has_relative_path()) break;
      name = at.filename().string();
      at = at.parent_path();
    }
    return found;
  }

  [[nodiscard]] bool is_watched(int watch) const {
    return std::ranges::find(watches_, watch) != watches_.end();
  }

  // Reads all events there are; whether one of them concerns the names that are followed.
  bool drain() {
    bool news = false;
    events_.read(
        [&](const InotifyEvent& event, std::string_view name) { news = take_event(event, name) || news; });
    return news;
  }

  bool take_event(const InotifyEvent& event, std::string_view name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      rescan();
      return true;
    }
    if (!is_watched(event.wd)) return false;  // one of the files was written to
    const bool is_inside = event.wd == directory_watch_;
    const bool is_link =
        event.wd == link_watch_ && name == link_.name && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0;
    const bool is_self = (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
    // A folder above changed, or the path may be a link now or point elsewhere.
    const bool is_above = std::ranges::find(above_, event.wd) != above_.end();
    if (is_link || is_self || is_above) directory_changed_ = true;
    if (is_inside) take_name(event, name);
    return directory_changed_ || !arrivals_.waiting().empty();
  }

  void take_name(const InotifyEvent& event, std::string_view name) {
    if ((event.mask & IN_CREATE) != 0) arrivals_.created(name);
    if ((event.mask & IN_MOVED_FROM) != 0) arrivals_.moved_from(name, event.cookie);
    if ((event.mask & IN_MOVED_TO) != 0) arrivals_.moved_to(name, event.cookie);
    if ((event.mask & IN_DELETE) != 0) arrivals_.deleted(name);
  }

  // Events were lost: look for the files again as after a restart.
  void rescan() {
    directory_changed_ = true;
    if (newest() != nullptr) {
      for (const std::string& name : rotated_after(place_.directory, place_.name, newest()->modified_ns())) {
        arrivals_.add(name);
      }
    }
    arrivals_.add(place_.name);
  }

  // ---- where no events tell ----

  void begin_polling(std::string why) {
    if (is_polled()) return;
    polled_because_ = std::move(why);
    if (is_one_of_many_) return;
    spdlog::info("{} {}: it is looked at every {} ms", path_, polled_because_, poll_every_.count());
  }

  void do_without_watch(const Error& error) {
    is_watch_missing_ = true;
    looks_since_try_ = 0;
    if (is_polled()) return;
    is_polled_for_want_ = true;
    begin_polling(fmt::format("cannot be watched ({})", error.message()));
  }

  // Other programs may have given back what was missing.
  void try_watching() {
    is_watch_missing_ = false;
    watch_directories();
    for (std::optional<LogFile>* file : {&previous_, &current_}) {
      if (*file && (*file)->watch < 0) watch(**file);
    }
    for (LogFile& file : next_) {
      if (file.watch < 0) watch(file);
    }
    look_anyway_ = true;
    if (is_watch_missing_ || !std::exchange(is_polled_for_want_, false)) return;
    polled_because_.clear();
    if (!is_one_of_many_) spdlog::info("{} is watched now", path_);
  }

  void look_later() {
    timer_.expires_after(is_polled() ? poll_every_ : probe_every_);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (error || !self || self->stopped_) return;
      self->look_at_file();
      self->look_later();
    });
  }

  void look_at_file() {
    if (is_watch_missing_ && ++looks_since_try_ >= kLooksBetweenTries) try_watching();
    if (!refused_.empty()) look_anyway_ = true;  // it is tried again
    if (is_polled()) {
      look_at_path();
    } else {
      probe();
    }
    if ((is_polled() || look_anyway_) && !is_scheduled_) turn();
  }

  // What is found in two probes in a row, while no event waits, was never told of: bytes that lie unread, or
  // another file at the path.
  void probe() {
    const bool is_quiet = is_waiting_ && !is_scheduled_ && !events_.has_events();
    const bool has_news = is_quiet && current_ && current_->has_unread();
    const bool is_other = is_quiet && stands_another_file();
    const std::uint64_t offset = current_ ? current_->next_offset() : 0;
    if (has_news && silent_since_ == offset) begin_polling("grows, and no events tell");
    if (is_other && is_other_since_probe_) begin_polling("was replaced, and no events told");
    silent_since_ = has_news ? std::optional(offset) : std::nullopt;
    is_other_since_probe_ = is_other;
    if (is_polled()) look_at_path();
  }

  // The file that came last to the path, as far as that is known.
  [[nodiscard]] const LogFile* newest() const {
    return !next_.empty() ? &next_.back() : current_ ? &*current_ : nullptr;
  }

  [[nodiscard]] bool stands_another_file() const {
    struct stat status {};
    if (!refused_.empty() || ::stat(path_.c_str(), &status) != 0) return false;
    return newest() == nullptr || !newest()->is(status);
  }

  // Whether another file stands at the path now. A mount may give two files the same inode one after the
  // other, and then only what they hold tells them apart.
  void look_at_path() {
    if (resolve(path_) != place_) return look_for_files();
    auto file = LogFile::open(place_.directory + "/" + place_.name);
    if (!file) {
      if (file.error().code() != ENOENT && file.error().code() != ENOTDIR) look_for_files();
    } else if (newest() == nullptr || !newest()->is_same_file(*file)) {
      look_for_files();
    } else if (!file->is_copy_for(newest()->position())) {
      next_.push_back(std::move(*file));
    }
  }

  // As if an event had told.
  void look_for_files() {
    look_anyway_ = true;
    const auto waiting = arrivals_.waiting();
    if (std::ranges::find(waiting, place_.name) == waiting.end()) rescan();
  }

  void warn(const Error& error) {
    if (const auto held_back = throttle_.admit(kernel_now())) {
      spdlog::warn("log file: {} ({} like it not shown)", error.message(), *held_back);
    }
  }

  std::string path_;
  Start start_;
  std::optional<Position> resume_;
  Place link_;   // the path as it is written
  Place place_;  // the file it means
  Arrivals arrivals_;
  LineSink sink_;
  Inotify events_;
  std::unique_ptr<char[]> buffer_;  // kTailReadBytes; null while there is nothing to read
  bool is_one_of_many_;

  int link_watch_ = -1;
  int directory_watch_ = -1;
  std::vector<int> above_;    // of the folders above those two; may hold one of them
  std::vector<int> watches_;  // all of these
  bool directory_changed_ = false;
  bool look_anyway_ = true;  // at the first turn: the path may have got another file after open_first()
  bool stopped_ = false;
  bool is_scheduled_ = false;  // a turn
  bool is_waiting_ = false;    // for events

  std::chrono::milliseconds poll_every_;
  std::chrono::milliseconds probe_every_;
  std::string_view (*silent_mount_)(const std::string& path);
  boost::asio::steady_timer timer_;
  std::string polled_because_;  // empty: it is watched
  bool is_watch_missing_ = false;
  bool is_polled_for_want_ = false;            // of a watch, and for nothing else
  int looks_since_try_ = 0;                    // to have the watch that is missing
  std::optional<std::uint64_t> silent_since_;  // the offset behind which bytes lay unread at the last probe
  bool is_other_since_probe_ = false;          // another file stood at the path at the last probe
  std::string refused_;                        // why the file at the path cannot be opened; empty: it can

  DeliveredLines delivered_;
  bool is_last_of_current_ = false;  // whether the last line that was delivered is the current file's

  std::optional<LogFile> previous_;  // rotated away; a server may still write to it
  std::optional<LogFile> current_;
  std::deque<LogFile> next_;  // in the order in which they came
  Snapshot older_;            // what stood beside the file at its last truncation: copies of earlier contents
  TailCounters counters_;
  LogThrottle throttle_;
};

FileTail::FileTail(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
FileTail::FileTail(FileTail&&) noexcept = default;

FileTail& FileTail::operator=(FileTail&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

FileTail::~FileTail() {
  if (impl_) impl_->stop();
}

Result<FileTail> FileTail::start(const boost::asio::any_io_executor& executor, TailOptions options,
                                 LineSink sink) {
  std::error_code ec;
  const auto absolute = std::filesystem::absolute(options.path, ec);
  if (ec || !absolute.has_filename())
    return Error(fmt::format("'{}' is not the path of a file", options.path));
  options.path = absolute.string();
  auto impl = std::make_shared<Impl>(Inotify(executor), std::move(options), std::move(sink));
  if (auto opened = impl->open(); !opened) return opened.error().in("log");
  return FileTail(std::move(impl));
}

std::optional<Position> FileTail::position() const {
  return impl_->position();
}
TailCounters FileTail::counters() const {
  return impl_->counters();
}
bool FileTail::is_open() const {
  return impl_->is_open();
}
bool FileTail::is_polled() const {
  return impl_->is_polled();
}
FilesHealth FileTail::health() const {
  return impl_->health();
}

}  // namespace sluice::intake
