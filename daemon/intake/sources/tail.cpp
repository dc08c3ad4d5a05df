// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/tail.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "daemon/base/clock.h"
#include "daemon/base/inotify.h"
#include "daemon/base/log.h"
#include "daemon/intake/sources/delivered_lines.h"
#include "daemon/intake/sources/first_files.h"
#include "daemon/intake/sources/path_watch.h"

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

// Since when nothing has come to a deleted file.
class DeletedFile {
 public:
  // Whether the file has no name, was read to its end, and has got nothing for so long. To be asked of one
  // file again and again; of another one it begins anew.
  bool is_over(const LogFile& file, std::chrono::milliseconds quiet) {
    const auto now = std::chrono::steady_clock::now();
    const bool is_as_before = inode_ == file.inode() && offset_ == file.next_offset();
    if (!is_as_before || file.has_unread() || !file.is_deleted()) {
      inode_ = file.inode();
      offset_ = file.next_offset();
      since_ = now;
      return false;
    }
    return now - since_ >= quiet;
  }

 private:
  std::uint64_t inode_ = 0;
  std::uint64_t offset_ = 0;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace

// Reads the files that PathWatch finds, one after the other.
class FileTail::Impl : public std::enable_shared_from_this<FileTail::Impl> {
 public:
  Impl(Inotify events, TailOptions options, LineSink sink)
      : path_(options.path),
        start_(options.start),
        resume_(options.position),
        hold_deleted_(options.hold_deleted),
        is_one_of_many_(options.is_one_of_many),
        sink_(std::move(sink)),
        paths_(std::move(events), {std::move(options.path), options.poll_every, options.probe_every,
                                   options.silent_mount, options.is_one_of_many}),
        timer_(paths_.executor()),
        delivered_(options.is_one_of_many ? kLinesOfMany : DeliveredLines::kMaxLines) {}

  Result<> open() {
    paths_.begin();
    if (auto opened = open_first(); !opened) return opened.error();
    schedule();
    look_later();
    return {};
  }

  void stop() {
    stopped_ = true;
    paths_.close();
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
  [[nodiscard]] bool is_over() const { return is_over_; }
  [[nodiscard]] bool is_polled() const { return paths_.is_polled(); }
  [[nodiscard]] FilesHealth health() const {
    FilesHealth health;
    health.refused_because = paths_.refused_because().empty() ? unreadable_ : paths_.refused_because();
    (health.refused_because.empty() ? health.followed : health.refused) = 1;
    health.polled = is_polled() ? 1 : 0;
    health.polled_because = paths_.polled_because();
    return health;
  }
  [[nodiscard]] TailCounters counters() const {
    TailCounters counters = counters_;
    counters.missed += paths_.missed();
    return counters;
  }

 private:
  // ---- the loop: a turn is scheduled, or events are waited for ----

  void schedule() {
    is_scheduled_ = true;
    boost::asio::post(paths_.executor(), [weak = weak_from_this()] {
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
    paths_.wait([weak = weak_from_this()] {
      if (auto self = weak.lock()) {
        self->is_waiting_ = false;
        if (!self->is_scheduled_) self->turn();
      }
    });
  }

  // Where memory is short a turn ends in the middle. The next look takes another one, from the last line that
  // was delivered on.
  void turn() {
    if (stopped_) return;
    try {
      is_cut_short_ = false;
      read_on();
    } catch (const std::bad_alloc&) {
      is_cut_short_ = true;
      for (std::optional<LogFile>* file : {&previous_, &current_}) {
        if (*file) (*file)->seek((*file)->position().offset);
      }
    }
  }

  void read_on() {
    // Only who has something to read has a buffer: most of a thousand files rest.
    if (!buffer_) buffer_.reset(new char[kTailReadBytes]);
    for (LogFile& file : paths_.take_arrivals(newest()))
      enqueue(std::move(file));
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
          delivered_.flush([this](std::string_view line) { deliver(line); });
          if (!superseded) return wait();
          advance();
          break;
        case LogFile::Outcome::truncated:
          start_again();
          break;
        case LogFile::Outcome::failed:
          if (!superseded) return wait();
          advance();
          break;
      }
    }
    schedule();
  }

  // ---- reading ----

  void deliver(std::string_view line) {
    sink_(line);
    ++counters_.lines;
  }

  LogFile::Outcome read(LogFile& file, std::size_t& budget) {
    const bool is_current = current_ && &file == &*current_;
    const auto outcome = file.read({buffer_.get(), kTailReadBytes}, [&](std::string_view line) {
      if (is_current) {
        delivered_.take(line, [this](std::string_view each) { deliver(each); });
      } else {
        deliver(line);
        delivered_.note(line);
      }
      is_last_of_current_ = is_current;
    });
    note_failure(outcome, is_current);
    note_shortened(file.take_shortened());
    budget -= std::min(budget, outcome == LogFile::Outcome::data ? kTailReadBytes : std::size_t{1});
    return outcome;
  }

  // errno is that of the read.
  void note_failure(LogFile::Outcome outcome, bool is_current) {
    if (outcome != LogFile::Outcome::failed) {
      if (is_current) unreadable_.clear();
      return;
    }
    const Error error = Error::system(path_, errno);
    if (is_current) unreadable_ = error.message();
    if (const auto held_back = throttle_.admit(kernel_now()))
      spdlog::warn("log file: {} ({} like it not shown)", error.message(), *held_back);
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
    is_over_ = false;
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
    paths_.unwatch(*file);
    file.reset();
  }

  // The current file holds new content.
  void start_again() {
    ++counters_.truncations;
    const Place& place = paths_.place();
    auto copy = find_file(place.directory, place.name, current_->position(), older_);
    older_ = Snapshot(place.directory, place.name);
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

  // ---- the files ----

  Result<> open_first() {
    auto first = find_first_files(path_, paths_.place(), resume_, start_);
    if (!first) return first.error();
    if (first->is_missed) ++counters_.missed;
    if (first->ends_at_path) {
      first->files.back().visit_lines_before(is_one_of_many_ ? kBytesBeforeOfMany : kBytesBefore,
                                             [this](std::string_view line) { delivered_.note(line); });
    }
    for (LogFile& file : first->files)
      enqueue(std::move(file));
    advance();
    is_last_of_current_ = current_ && current_->next_offset() > 0 && next_.empty();
    return {};
  }

  void enqueue(LogFile file) {
    const auto is_same = [&](const LogFile* open) { return open->is_same_file(file); };
    if (std::ranges::any_of(open_files(), is_same)) return;
    paths_.watch(file);
    next_.push_back(std::move(file));
  }

  // The one that came last stands last.
  [[nodiscard]] std::vector<LogFile*> open_files() {
    std::vector<LogFile*> files;
    for (std::optional<LogFile>* file : {&previous_, &current_}) {
      if (*file) files.push_back(&**file);
    }
    for (LogFile& file : next_)
      files.push_back(&file);
    return files;
  }

  // The file that came last to the path, as far as that is known.
  [[nodiscard]] const LogFile* newest() const {
    return !next_.empty() ? &next_.back() : current_ ? &*current_ : nullptr;
  }

  void look_later() {
    timer_.expires_after(paths_.until_next_look());
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (error || !self || self->stopped_) return;
      self->look();
      self->look_later();
    });
  }

  void look() {
    let_deleted_go();
    auto file = paths_.look({open_files(), current_ ? &*current_ : nullptr, is_waiting_ && !is_scheduled_});
    if (file) next_.push_back(*std::move(file));
    if ((paths_.calls_for_turn() || is_cut_short_) && !is_scheduled_) turn();
  }

  // A deleted file keeps its room on the disk as long as it is open.
  void let_deleted_go() {
    if (previous_ && previous_->is_deleted()) {
      if (deleted_.is_over(*previous_, hold_deleted_)) leave(previous_);
    } else {
      is_over_ = current_ && next_.empty() && deleted_.is_over(*current_, hold_deleted_);
    }
  }

  std::string path_;
  Start start_;
  std::optional<Position> resume_;
  std::chrono::milliseconds hold_deleted_;
  bool is_one_of_many_;
  LineSink sink_;
  PathWatch paths_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<char[]> buffer_;  // kTailReadBytes; null while there is nothing to read
  bool stopped_ = false;
  bool is_scheduled_ = false;  // a turn
  bool is_waiting_ = false;    // for events
  bool is_cut_short_ = false;  // the last turn, for want of memory
  std::string unreadable_;     // why the current file cannot be read; empty: it can

  DeliveredLines delivered_;
  bool is_last_of_current_ = false;  // whether the last line that was delivered is the current file's

  std::optional<LogFile> previous_;  // rotated away; a server may still write to it
  std::optional<LogFile> current_;
  std::deque<LogFile> next_;  // in the order in which they came
  Snapshot older_;            // what stood beside the file at its last truncation: copies of earlier contents
  DeletedFile deleted_;       // of previous_, or of current_ where that has a name
  bool is_over_ = false;
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
bool FileTail::is_over() const {
  return impl_->is_over();
}
bool FileTail::is_polled() const {
  return impl_->is_polled();
}
FilesHealth FileTail::health() const {
  return impl_->health();
}

}  // namespace sluice::intake
