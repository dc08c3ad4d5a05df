// SPDX-License-Identifier: Apache-2.0
// One open log file and how far it has been read. Knows whether it is still the file it was (truncation), and
// finds the file that a stored position belongs to. Which file comes next is the tail's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/intake/line_splitter.h"
#include "daemon/intake/sources/delivered_lines.h"

namespace sluice::intake {

// Where reading stopped: enough to find the same file again under another name, and to notice that it is
// another file with the same inode, or that it was rewritten. For the store.
struct Position {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;      // of the first byte not yet delivered: the start of a line
  std::uint32_t head_bytes = 0;  // how many bytes from the file's start the hash covers, 0 to 256
  std::uint64_t head_hash = 0;   // FNV-1a
  LineMark last{};               // of the line before the offset, if one was delivered
  std::string cursor{};          // of a journal, in place of all the others

  bool operator==(const Position&) const = default;
};

// Where to begin in a file of which no position is stored. `end` is after the last whole line: a fresh
// installation must not judge old history. A file that comes later is always read whole.
enum class Start : std::uint8_t { end, beginning };

// "device inode offset head_bytes head_hash", decimal, with the two numbers of the last line behind them
// where there is one; "cursor TEXT" of a journal. parse_position reads it back.
[[nodiscard]] std::string to_string(const Position& position);
[[nodiscard]] Result<Position> parse_position(std::string_view text);

class LogFile {
 public:
  // A regular file, to be read from its start. The error says the remedy; its code is ENOENT where there is
  // no file, and EMFILE where the process has no descriptors left for logs.
  [[nodiscard]] static Result<LogFile> open(const std::string& path);
  // Fails where the process has so many files open that this log and the others could not be rotated all at
  // once.
  [[nodiscard]] Result<> check_room(const std::string& path) const;

  [[nodiscard]] bool is_same_file(const LogFile& other) const {
    return device_ == other.device_ && inode_ == other.inode_;
  }
  [[nodiscard]] bool is(const struct stat& status) const {
    return device_ == status.st_dev && inode_ == status.st_ino;
  }
  [[nodiscard]] std::uint64_t inode() const { return inode_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::int64_t modified_ns() const;
  [[nodiscard]] bool is_deleted() const;  // it has no name left

  // Whether `position` was taken from this file. The device is not compared: some file systems get another
  // number at each start of the system.
  [[nodiscard]] bool matches(const Position& position) const;
  // As matches(), for a copy, which has another inode.
  [[nodiscard]] bool is_copy_for(const Position& position) const;

  void seek(std::uint64_t offset);
  // Behind the last line with this mark, among the first 256 MiB; false, and the place stays, if there is
  // none.
  bool seek_behind(const LineMark& mark);
  // Calls visit(line) for the lines before the place, as far as they stand in the `most_bytes` before it.
  void visit_lines_before(std::uint64_t most_bytes,
                          const std::function<void(std::string_view line)>& visit) const;
  // To the start of the last line if that has no newline yet, else to the end.
  void seek_to_end();
  // Whether it holds bytes that `other`, of which it is a copy, has not read.
  [[nodiscard]] bool goes_beyond(const LogFile& other) const { return size() > other.next_; }
  // Goes on where `other` stands; other starts again from 0.
  void take_over(LogFile& other);
  // From 0, as a file with new content.
  void restart();
  // Whether it holds bytes that were not read.
  [[nodiscard]] bool has_unread() const { return size() > next_; }
  [[nodiscard]] std::uint64_t next_offset() const { return next_; }
  // Lines that were too long and lost their middle, since the last call.
  [[nodiscard]] std::uint64_t take_shortened() {
    return lines_.shortened() - std::exchange(shortened_, lines_.shortened());
  }

  enum class Outcome : std::uint8_t { data, end, truncated, failed };

  // Reads the next piece, at most buffer.size(), and hands its lines to sink. The check for truncation comes
  // after the read and before the delivery, so bytes of two contents never mix. failed: errno says why.
  template <class Sink>
  Outcome read(std::span<char> buffer, Sink&& sink) {
    std::size_t size = 0;
    const Outcome outcome = read_piece(buffer, size);
    if (outcome == Outcome::data) lines_.feed({buffer.data(), size}, sink);
    return outcome;
  }

  [[nodiscard]] Position position() const;
  [[nodiscard]] bool has_unfinished_line() const { return lines_.pending() > 0; }

  int watch = -1;  // the tail's inotify watch on it
  bool may_repeat =
      false;  // lines that were delivered from the content that it had, or that stood in its place

 private:
  LogFile(UniqueFd fd, std::uint64_t device, std::uint64_t inode);

  Outcome read_piece(std::span<char> buffer, std::size_t& size);
  bool is_intact();

  UniqueFd fd_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::uint64_t start_ = 0;  // offset at which lines_ began
  std::uint64_t next_ = 0;   // offset of the next read
  std::string head_;         // the first bytes as they were read, at most 256
  LineSplitter lines_;
  std::uint64_t shortened_ = 0;  // of lines_, as far as it was told of
};

// Files as they were at one instant: one that was written since is another.
class Snapshot {
 public:
  Snapshot() = default;
  // The files in `directory` whose names start with `base`.
  Snapshot(const std::string& directory, const std::string& base);

  [[nodiscard]] bool holds(const struct stat& status) const;

 private:
  struct State {
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;
    std::int64_t size = 0;

    bool operator==(const State&) const = default;
  };
  static State state_of(const struct stat& status);

  std::vector<State> states_;
};

// What lets this process read the file, for the administrator to do.
[[nodiscard]] std::string how_to_permit(const std::string& path);

// The file in `directory` that `position` was taken from, whatever it is called now, or a copy of it whose
// name starts with `base`. Stands at the position's offset. What `older` holds is no copy: it was there
// before the content that the position is of, and may begin alike.
[[nodiscard]] std::optional<LogFile> find_file(const std::string& directory, const std::string& base,
                                               const Position& position, const Snapshot& older = {});

// Names of rotated files of `base` (base.1, base-20261124) written after `after_ns` (of the last
// modification), oldest first. Compressed and empty ones are left out.
[[nodiscard]] std::vector<std::string> rotated_after(const std::string& directory, const std::string& base,
                                                     std::int64_t after_ns);

}  // namespace sluice::intake
