// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/journal_tail.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <utility>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/text.h"
#include "daemon/base/unique_fd.h"
#include "daemon/intake/line_parser.h"

namespace sluice::intake {
namespace {

constexpr std::string_view kPrefix = "journal:";
// Shorter messages are taken to be whole.
constexpr std::size_t kLeastPartBytes = 512;
constexpr std::size_t kMaxNameBytes = 64;  // of a field, which stands before its value
constexpr int kTurnEntries = 500;          // some milliseconds, as long as a backlog may hold the loop

bool is_unit_character(char c) {
  return is_alphanumeric(c) || std::string_view(":-_.\\@").find(c) != std::string_view::npos;
}

bool is_field_character(char c) {
  return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

// The journal's files beneath a folder, up to the folder of this host.
std::vector<std::string> journal_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code ec;
  std::filesystem::recursive_directory_iterator at(
      folder, std::filesystem::directory_options::skip_permission_denied, ec);
  for (; !ec && at != std::filesystem::recursive_directory_iterator(); at.increment(ec)) {
    if (at.depth() >= 1) at.disable_recursion_pending();
    if (at->path().extension() == ".journal") files.push_back(at->path().string());
  }
  return files;
}

// A journal that this process may not read looks like an empty one.
Result<> check_rights(const std::string& directory) {
  std::vector<std::string> files;
  const std::vector<std::string> folders =
      directory.empty() ? std::vector<std::string>{"/var/log/journal", "/run/log/journal"}
                        : std::vector<std::string>{directory};
  for (const std::string& folder : folders) {
    if (::faccessat(AT_FDCWD, folder.c_str(), R_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES)
      return Error(fmt::format("{}: Permission denied; {}", folder, how_to_permit(folder)));
    std::ranges::copy(journal_files(folder), std::back_inserter(files));
  }
  if (files.empty()) {
    return Error(
        fmt::format("there is no journal in {}; does systemd-journald run, and does Storage= of "
                    "journald.conf(5) let it keep one?",
                    fmt::join(folders, " or ")));
  }
  const auto system =
      std::ranges::find_if(files, [](const std::string& file) { return file.ends_with("/system.journal"); });
  if (system != files.end()) std::iter_swap(files.begin(), system);
  const auto may_read = [](const std::string& file) {
    return ::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0;
  };
  // Of a host's journal the files of services count, and each user may read his own.
  const bool readable =
      system != files.end() ? may_read(files.front()) : std::ranges::any_of(files, may_read);
  if (readable) return {};
  return Error(fmt::format("{}: Permission denied; {}", files.front(), how_to_permit(files.front())));
}

struct CloseJournal {
  void operator()(sd_journal* journal) const noexcept { sd_journal_close(journal); }
};
using Journal = std::unique_ptr<sd_journal, CloseJournal>;

Error failed(std::string_view what, int code) {
  return Error::system(fmt::format("the journal: {}", what), -code);
}

Result<Journal> open_journal(const JournalOptions& options, const std::string& match) {
  sd_journal* opened = nullptr;
  const int code = options.directory.empty()
                       ? sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM)
                       : sd_journal_open_directory(&opened, options.directory.c_str(), 0);
  if (code < 0) return failed("opening it", code);
  Journal journal(opened);
  if (const int added = sd_journal_add_match(opened, match.data(), match.size()); added < 0)
    return failed(match, added);
  // Longer fields are given cut; the journal would give 64 KiB.
  if (const int set = sd_journal_set_data_threshold(opened, kMaxLineBytes + kMaxNameBytes); set < 0)
    return failed("the length of fields", set);
  return journal;
}

}  // namespace

bool is_journal(std::string_view path) {
  return path.starts_with(kPrefix);
}

Result<std::string> parse_journal(std::string_view path) {
  const std::string_view text = is_journal(path) ? path.substr(kPrefix.size()) : std::string_view();
  constexpr std::size_t kMaxBytes = 256;
  const auto equals = text.find('=');
  const bool is_match = equals != std::string_view::npos && equals > 0 && equals + 1 < text.size() &&
                        std::ranges::all_of(text.substr(0, equals), is_field_character) && !is_digit(text[0]);
  const bool is_unit = !text.empty() && std::ranges::all_of(text, is_unit_character);
  if (text.size() > kMaxBytes || (!is_match && !is_unit)) {
    return Error(
        fmt::format("'{}' names nothing in the journal; write journal:nginx.service, or a field such as "
                    "journal:CONTAINER_NAME=web",
                    path.substr(0, 120)));
  }
  if (is_match) return {boost::system::in_place_value, text};
  const bool has_suffix = text.find('.') != std::string_view::npos;
  return {boost::system::in_place_value,
          fmt::format("_SYSTEMD_UNIT={}{}", text, has_suffix ? "" : ".service")};
}

class JournalTail::Impl : public std::enable_shared_from_this<JournalTail::Impl> {
 public:
  Impl(const boost::asio::any_io_executor& executor, std::string name, Journal journal, LineSink sink)
      : name_(std::move(name)),
        journal_(std::move(journal)),
        sink_(std::move(sink)),
        events_(executor),
        timer_(executor) {}

  Result<> open(Start start, const std::optional<Position>& position) {
    // The descriptor comes first: what is appended after it is told of.
    const int fd = sd_journal_get_fd(journal_.get());
    if (fd < 0) return failed("its descriptor", fd);
    UniqueFd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!own) return Error::system("the journal: its descriptor", errno);
    events_.assign(own.release());
    if (position && !position->cursor.empty()) {
      if (auto sought = go_on_behind(position->cursor); !sought) return sought.error();
    } else if (start == Start::beginning) {
      if (const int code = sd_journal_seek_head(journal_.get()); code < 0)
        return failed("its beginning", code);
    } else if (auto sought = go_to_end(); !sought) {
      return sought.error();
    }
    schedule();
    return {};
  }

  void stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    events_.close(ignored);
    timer_.cancel();
  }

  [[nodiscard]] std::optional<Position> position() const {
    if (cursor_.empty()) return std::nullopt;
    Position position;
    position.cursor = cursor_;
    return position;
  }

 private:
  // ---- the place ----

  Result<> go_to_end() {
    if (const int code = sd_journal_seek_tail(journal_.get()); code < 0) return failed("its end", code);
    // The last entry counts as read. Where there is none, whatever comes is new.
    const int found = sd_journal_previous(journal_.get());
    if (found < 0) return failed("its last entry", found);
    if (found > 0) {
      note_cursor();
      return {};
    }
    if (const int code = sd_journal_seek_head(journal_.get()); code < 0) return failed("its beginning", code);
    return {};
  }

  Result<> go_on_behind(const std::string& cursor) {
    if (const int code = sd_journal_seek_cursor(journal_.get(), cursor.c_str()); code < 0) {
      if (code != -EINVAL) return failed("its cursor", code);
      spdlog::warn("{}: the place that was kept is no cursor; reading goes on at the end", name_);
      return go_to_end();
    }
    cursor_ = cursor;
    const int found = sd_journal_next(journal_.get());
    if (found < 0) return failed("the entry of its cursor", found);
    // The entry itself was delivered; one behind it, where it is gone, was not.
    is_on_new_entry_ = found > 0 && sd_journal_test_cursor(journal_.get(), cursor.c_str()) <= 0;
    return {};
  }

  void note_cursor() {
    char* text = nullptr;
    if (sd_journal_get_cursor(journal_.get(), &text) < 0) return;
    const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
    cursor_ = text;
  }

  // ---- the loop: a turn is scheduled, or events are waited for ----

  void schedule() {
    boost::asio::post(events_.get_executor(), [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->turn();
    });
  }

  void wait() {
    events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [weak = weak_from_this()](const boost::system::error_code& error) {
                         const auto self = weak.lock();
                         if (!self || error) return;
                         self->timer_.cancel();
                         self->process();
                         self->turn();
                       });
    // The descriptor of a journal on a network mount does not tell everything; this one says how long to
    // wait.
    if (sd_journal_reliable_fd(journal_.get()) != 0) return;
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_) return;
      boost::system::error_code ignored;
      self->events_.cancel(ignored);
      self->process();
      self->turn();
    });
  }

  // Takes the news of files that came, grew or went; the place stays.
  void process() {
    if (const int code = sd_journal_process(journal_.get()); code < 0) warn("its news", code);
  }

  void turn() {
    for (int i = 0; i < kTurnEntries; ++i) {
      if (stopped_) return;
      if (!std::exchange(is_on_new_entry_, false)) {
        const int found = sd_journal_next(journal_.get());
        if (found < 0) warn("the next entry", found);
        if (found <= 0) return wait();
      }
      take_entry();
    }
    schedule();
  }

  // ---- an entry ----

  void take_entry() {
    const auto message = field("MESSAGE");
    if (message && message->size() >= kLeastPartBytes && is_cut()) {
      // Asking for another field may have taken the message away.
      const auto part = field("MESSAGE");
      if (part) kept_.append(part->substr(0, kMaxLineBytes - kept_.size()));
      return;
    }
    if (message) deliver_with_parts(field("MESSAGE").value_or(std::string_view()));
    note_cursor();
  }

  // The value, which lives until the next call; nothing where the entry has no such field, or where the
  // journal is damaged there.
  std::optional<std::string_view> field(const char* name) {
    const void* data = nullptr;
    std::size_t size = 0;
    const int code = sd_journal_get_data(journal_.get(), name, &data, &size);
    if (code < 0) {
      if (code != -ENOENT) warn("an entry that cannot be read", code);
      return std::nullopt;
    }
    std::string_view value(static_cast<const char*>(data), size);
    static_cast<void>(take_until(value, '='));
    return value;
  }

  // journald cuts what a service writes without a newline, at 48 KiB if it is not told otherwise; Docker cuts
  // what a container writes.
  bool is_cut() { return field("_LINE_BREAK") == "line-max" || field("CONTAINER_PARTIAL_MESSAGE") == "true"; }

  void deliver_with_parts(std::string_view message) {
    if (kept_.empty()) return deliver(message);
    const std::string whole = std::exchange(kept_, {}).append(message);
    deliver(std::string_view(whole).substr(0, kMaxLineBytes));
  }

  void deliver(std::string_view message) {
    while (!message.empty() && !stopped_) {
      const std::string_view line = take_until(message, '\n');
      if (!line.empty()) sink_(line);
    }
  }

  void warn(std::string_view what, int code) {
    if (const auto held_back = throttle_.admit(kernel_now()))
      spdlog::warn("{}: {} ({} like it not shown)", name_, failed(what, code).message(), *held_back);
  }

  std::string name_;
  Journal journal_;
  LineSink sink_;
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer timer_;
  std::string cursor_;  // of the last entry that was delivered
  std::string kept_;    // the parts of a line so far
  bool is_on_new_entry_ = false;
  bool stopped_ = false;
  LogThrottle throttle_;
};

JournalTail::JournalTail(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
JournalTail::JournalTail(JournalTail&&) noexcept = default;

JournalTail& JournalTail::operator=(JournalTail&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

JournalTail::~JournalTail() {
  if (impl_) impl_->stop();
}

Result<JournalTail> JournalTail::start(const boost::asio::any_io_executor& executor, JournalOptions options,
                                       LineSink sink) {
  const auto match = parse_journal(options.path);
  if (!match) return match.error().in("log");
  if (auto checked = check_rights(options.directory); !checked) return checked.error().in(options.path);
  auto journal = open_journal(options, *match);
  if (!journal) return journal.error().in(options.path);
  auto impl = std::make_shared<Impl>(executor, options.path, *std::move(journal), std::move(sink));
  if (auto opened = impl->open(options.start, options.position); !opened)
    return opened.error().in(options.path);
  return JournalTail(std::move(impl));
}

std::optional<Position> JournalTail::position() const {
  return impl_->position();
}

}  // namespace sluice::intake
