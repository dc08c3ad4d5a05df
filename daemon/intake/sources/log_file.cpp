// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/log_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/hash.h"

namespace sluice::intake {
namespace {

constexpr std::size_t kHeadBytes = 256;
constexpr std::string_view kCursorWord = "cursor ";

std::string head_of(int fd, std::size_t size) {
  std::array<char, kHeadBytes> buffer{};
  const ssize_t got = pread(fd, buffer.data(), std::min(size, buffer.size()), 0);
  return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::int64_t modified_ns(const struct stat& status) {
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

// The names of the entries of a directory whose entry `wanted` accepts; none if it cannot be read.
template <class Wanted>
std::vector<std::string> entries_of(const std::string& directory, Wanted&& wanted) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(directory.c_str()), &closedir);
  if (!dir) return names;
  while (const dirent* entry = readdir(dir.get())) {
    if (wanted(*entry)) names.emplace_back(entry->d_name);
  }
  return names;
}

bool is_rotated_name(std::string_view name, std::string_view base) {
  if (!name.starts_with(base) || name.size() < base.size() + 2) return false;
  const std::string_view suffix = name.substr(base.size());
  return (suffix[0] == '.' || suffix[0] == '-' || suffix[0] == '_') &&
         suffix.substr(1).find_first_not_of("0123456789-_.T") == std::string_view::npos;
}

// Logs leave the last descriptors of the process to operators, the store and look-ups. Nothing: where the
// limit is so low, every file is tried.
std::optional<rlim_t> open_files_for_logs() {
  constexpr rlim_t kReserve = 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < 4 * kReserve) return std::nullopt;
  return limit.rlim_cur - kReserve;
}

// The kernel gives the lowest number that is free, so the number says how many are taken.
bool is_beyond(int fd, std::optional<rlim_t> most) {
  return most && static_cast<rlim_t>(fd) >= *most;
}

Error one_too_many(const std::string& path) {
  return Error::system(
      fmt::format("{} is one file too many for this process (raise LimitNOFILE of sluiced.service)", path),
      EMFILE);
}

}  // namespace

std::string how_to_permit(const std::string& path) {
  const passwd* user = getpwuid(geteuid());
  const std::string user_name = user != nullptr ? user->pw_name : std::to_string(geteuid());
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & S_IRGRP) != 0) {
    const group* owner = getgrgid(status.st_gid);
    const std::string group_name = owner != nullptr ? owner->gr_name : std::to_string(status.st_gid);
    return fmt::format("add the user {0} to the group {1} (usermod -aG {1} {0}) and restart sluiced",
                       user_name, group_name);
  }
  return fmt::format("let the user {} read it and search its folders, for example with setfacl", user_name);
}

std::string to_string(const Position& position) {
  if (!position.cursor.empty()) return fmt::format("{}{}", kCursorWord, position.cursor);
  std::string text = fmt::format("{} {} {} {} {}", position.device, position.inode, position.offset,
                                 position.head_bytes, position.head_hash);
  if (position.last != LineMark())
    fmt::format_to(std::back_inserter(text), " {} {}", position.last.bytes, position.last.hash);
  return text;
}

Result<Position> parse_position(std::string_view text) {
  const auto bad = [&] { return Error(fmt::format("'{}' is not a position in a log", text.substr(0, 128))); };
  constexpr std::size_t kMaxCursor = 1024;
  if (text.starts_with(kCursorWord) && text.size() > kCursorWord.size() && text.size() <= kMaxCursor) {
    Position position;
    position.cursor = text.substr(kCursorWord.size());
    return position;
  }
  std::array<std::uint64_t, 7> numbers{};
  std::string_view rest = text;
  constexpr std::size_t kWithoutLast = 5;
  for (std::size_t i = 0; i < numbers.size() && (i != kWithoutLast || !rest.empty()); ++i) {
    if (i > 0) {
      if (!rest.starts_with(' ')) return bad();
      rest.remove_prefix(1);
    }
    const auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), numbers[i]);
    if (ec != std::errc()) return bad();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  if (!rest.empty() || numbers[3] > kHeadBytes) return bad();
  return Position{numbers[0], numbers[1],
                  numbers[2], static_cast<std::uint32_t>(numbers[3]),
                  numbers[4], {numbers[5], numbers[6]},
                  {}};
}

Result<LogFile> LogFile::open(const std::string& path) {
  // O_NONBLOCK: opening a FIFO would wait for its writer.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const int why = errno;
    const Error error = Error::system(path, why);
    if (why != EACCES) return error;
    return Error(fmt::format("{}; {}", error.message(), how_to_permit(path)));
  }
  if (is_beyond(fd.get(), open_files_for_logs())) return one_too_many(path);
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return Error::system(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error(fmt::format("{}: not a regular file; let the web server write its access log to one", path));
  }
  return LogFile(std::move(fd), status.st_dev, status.st_ino);
}

LogFile::LogFile(UniqueFd fd, std::uint64_t device, std::uint64_t inode)
    : fd_(std::move(fd)), device_(device), inode_(inode), head_(head_of(fd_.get(), kHeadBytes)) {}

Result<> LogFile::check_room(const std::string& path) const {
  auto most = open_files_for_logs();
  if (most) *most /= 2;
  if (is_beyond(fd_.get(), most)) return one_too_many(path);
  return {};
}

std::uint64_t LogFile::size() const {
  struct stat status {};
  return fstat(fd_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::int64_t LogFile::modified_ns() const {
  struct stat status {};
  return fstat(fd_.get(), &status) == 0 ? intake::modified_ns(status) : 0;
}

bool LogFile::is_deleted() const {
  struct stat status {};
  return fstat(fd_.get(), &status) == 0 && status.st_nlink == 0;
}

bool LogFile::matches(const Position& position) const {
  return inode_ == position.inode && is_copy_for(position);
}

bool LogFile::is_copy_for(const Position& position) const {
  if (head_.size() < position.head_bytes || size() < position.offset) return false;
  return fnv1a(std::string_view(head_).substr(0, position.head_bytes)) == position.head_hash;
}

void LogFile::seek(std::uint64_t offset) {
  start_ = offset;
  next_ = offset;
  lines_ = {};
  shortened_ = 0;
}

bool LogFile::seek_behind(const LineMark& mark) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{256} * 1024 * 1024;
  std::vector<char> buffer(std::size_t{256} * 1024);
  LineSplitter lines;
  std::optional<std::uint64_t> found;
  const auto look = [&](std::string_view line) {
    if (line.size() == mark.bytes && mark_of(line) == mark) found = lines.consumed() + line.size() + 1;
  };
  for (std::uint64_t at = 0; at < kMostBytes;) {
    const ssize_t got = pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got <= 0) break;
    lines.feed({buffer.data(), static_cast<std::size_t>(got)}, look);
    at += static_cast<std::uint64_t>(got);
  }
  if (found) seek(*found);
  return found.has_value();
}

void LogFile::visit_lines_before(std::uint64_t most_bytes,
                                 const std::function<void(std::string_view line)>& visit) const {
  std::vector<char> buffer(std::min(start_, most_bytes));
  const std::uint64_t from = start_ - buffer.size();
  const ssize_t got = pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(from));
  if (got <= 0) return;
  LineSplitter lines;
  if (from > 0) lines.skip_to_newline();
  lines.feed({buffer.data(), static_cast<std::size_t>(got)}, visit);
}

void LogFile::seek_to_end() {
  const std::uint64_t end = size();
  // Where thousands of files are opened, it matters that the last lines are usually short.
  constexpr std::uint64_t kUsual = 16 * 1024;
  const auto after_last_newline = [&](std::uint64_t bytes) -> std::optional<std::uint64_t> {
    std::vector<char> tail(std::min(end, bytes));
    const ssize_t got = pread(fd_.get(), tail.data(), tail.size(), static_cast<off_t>(end - tail.size()));
    const std::string_view text(tail.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    const auto newline = text.rfind('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    return end - tail.size() + newline + 1;
  };
  auto place = after_last_newline(kUsual);
  if (!place) place = after_last_newline(kMaxLineBytes);
  if (place) {
    seek(*place);
  } else if (end < kMaxLineBytes) {
    seek(0);
  } else {
    seek(end);
    lines_.skip_to_newline();
  }
}

void LogFile::take_over(LogFile& other) {
  start_ = other.start_;
  next_ = other.next_;
  lines_ = std::move(other.lines_);
  shortened_ = other.shortened_;
  other.restart();
}

void LogFile::restart() {
  seek(0);
  head_ = head_of(fd_.get(), kHeadBytes);
}

LogFile::Outcome LogFile::read_piece(std::span<char> buffer, std::size_t& size) {
  const ssize_t got = pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(next_));
  if (got < 0) return Outcome::failed;
  size = static_cast<std::size_t>(got);
  if (!is_intact()) return Outcome::truncated;
  next_ += size;
  return size > 0 ? Outcome::data : Outcome::end;
}

bool LogFile::is_intact() {
  // Some mounts tell the size of what stands at the path now, while the open file is still the old one: only
  // what cannot be read any more is gone.
  char byte = 0;
  if (size() < next_ && pread(fd_.get(), &byte, 1, static_cast<off_t>(next_ - 1)) != 1) return false;
  std::string head = head_of(fd_.get(), kHeadBytes);
  if (!head.starts_with(head_)) return false;
  head_ = std::move(head);
  return true;
}

Position LogFile::position() const {
  return {device_, inode_, start_ + lines_.consumed(), static_cast<std::uint32_t>(head_.size()), fnv1a(head_),
          {},      {}};
}

Snapshot::Snapshot(const std::string& directory, const std::string& base) {
  const auto begins_with_base = [&](const dirent& entry) {
    return std::string_view(entry.d_name).starts_with(base);
  };
  for (const std::string& name : entries_of(directory, begins_with_base)) {
    struct stat status {};
    if (lstat(fmt::format("{}/{}", directory, name).c_str(), &status) == 0)
      states_.push_back(state_of(status));
  }
}

bool Snapshot::holds(const struct stat& status) const {
  return std::ranges::find(states_, state_of(status)) != states_.end();
}

Snapshot::State Snapshot::state_of(const struct stat& status) {
  return {status.st_ino, intake::modified_ns(status), status.st_size};
}

std::optional<LogFile> find_file(const std::string& directory, const std::string& base,
                                 const Position& position, const Snapshot& older) {
  std::optional<LogFile> copy;
  // The entry's own number is that of the inode on all but a few mounts: folders of thousands of logs need
  // not be asked for each file.
  const auto may_be_it = [&](const dirent& entry) {
    return entry.d_ino == position.inode || std::string_view(entry.d_name).starts_with(base);
  };
  for (const std::string& name : entries_of(directory, may_be_it)) {
    const std::string path = fmt::format("{}/{}", directory, name);
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const bool same_inode = status.st_ino == position.inode;
    if (!same_inode && !name.starts_with(base)) continue;
    auto file = LogFile::open(path);
    if (!file) continue;
    if (same_inode && file->matches(position)) {
      file->seek(position.offset);
      return std::move(*file);
    }
    // A copy is made when there is something to keep: an empty head would match every file.
    if (position.head_bytes > 0 && !copy && !older.holds(status) && file->is_copy_for(position))
      copy = std::move(*file);
  }
  if (copy) copy->seek(position.offset);
  return copy;
}

std::vector<std::string> rotated_after(const std::string& directory, const std::string& base,
                                       std::int64_t after_ns) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const auto is_rotation = [&](const dirent& entry) { return is_rotated_name(entry.d_name, base); };
  for (std::string& name : entries_of(directory, is_rotation)) {
    struct stat status {};
    if (lstat(fmt::format("{}/{}", directory, name).c_str(), &status) != 0) continue;
    if (S_ISREG(status.st_mode) && status.st_size > 0 && modified_ns(status) > after_ns) {
      found.emplace_back(modified_ns(status), std::move(name));
    }
  }
  std::ranges::sort(found);
  std::vector<std::string> names;
  names.reserve(found.size());
  for (auto& [time, name] : found)
    names.push_back(std::move(name));
  return names;
}

}  // namespace sluice::intake
