// SPDX-License-Identifier: Apache-2.0
// Follows one log file through rotation and hands over its lines, woken by inotify, without a thread. Used by
// intake.h and by the pattern of files; knows nothing of formats. The file is looked at once a second instead
// - on a mount of FUSE, NFS or SMB, and on any mount that turns out to be silent;
// - where no inotify instance or watch is left. It is asked for again from time to time.
//
// Every line is delivered exactly once and in its order, through
// - rotation by rename, also several times before the tail gets its turn. Each file is read to its end, and
//   the old one is watched until the next rotation: a server writes to it until it reopens its log;
// - copy-and-truncate, which is recognised by a size below the offset or by other first bytes. What was
//   written between the last read and the truncation is read from the copy, if the copy stands beside the
//   file under a name that starts with the file's. What the copying program itself missed is lost to
//   everybody;
// - a tool that keeps the last lines of the file and writes them anew, in place or to another file that it
//   puts in the place of this one: lines that were delivered are passed over. It must keep them in their
//   order, and so many that DeliveredLines remembers one of them;
// - deletion and re-creation, absence at the start, and a symbolic link that is pointed elsewhere.
// After a crash the lines since the position last saved are delivered again; after an orderly stop none is,
// if the position was taken after it.
//
// Lost are, each with a line in the log and a counter: a file deleted, compressed or moved to another folder
// before the tail could open it; the end of a line that a rotated file never finished. Lost without a trace
// is what a server writes late to a file that has been rotated twice, that was deleted and got nothing for a
// minute, or that the position has left while the tail is stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/intake/sources/log_file.h"
#include "daemon/intake/sources/mount.h"

namespace sluice::intake {

struct TailOptions {
  std::string path;
  Start start = Start::end;
  std::optional<Position> position{};  // counts before `start`
  // How often a file is looked at of which inotify does not tell, and how often it is looked whether it does.
  std::chrono::milliseconds poll_every{1000};
  std::chrono::milliseconds probe_every{5000};
  std::string_view (*silent_mount)(const std::string& path) = &kind_of_silent_mount;
  // A deleted file to which nothing was written for so long is closed, and gives its room on the disk back.
  std::chrono::milliseconds hold_deleted{60'000};
  // Thousands of files may be followed at once: each is given less memory for lines that were delivered, and
  // whoever follows them all says once how they are followed.
  bool is_one_of_many = false;
};

// How the files of a log are followed.
struct FilesHealth {
  std::uint64_t followed = 0;     // files that are open, or waited for
  std::uint64_t refused = 0;      // files at their path that cannot be opened or read
  std::uint64_t left_out = 0;     // files that match and are more than may be followed
  std::uint64_t polled = 0;       // files that are looked at once a second
  std::string refused_because{};  // of the first one, with its path and the remedy
  std::string polled_because{};
};

struct TailCounters {
  std::uint64_t lines = 0;        // delivered
  std::uint64_t rotations = 0;    // files left for the next one
  std::uint64_t truncations = 0;  // files found with new content
  std::uint64_t unfinished = 0;   // last lines without a newline of files that were left
  std::uint64_t missed = 0;       // files gone before they could be opened
  std::uint64_t shortened = 0;    // lines that were too long and lost their middle

  TailCounters& operator+=(const TailCounters& other) {
    lines += other.lines;
    rotations += other.rotations;
    truncations += other.truncations;
    unfinished += other.unfinished;
    missed += other.missed;
    shortened += other.shortened;
    return *this;
  }
};

class FileTail {
 public:
  // Called for each line, without its newline; the view lives until it returns. It must not destroy the tail.
  using LineSink = std::function<void(std::string_view line)>;

  // Absence of the file or of its folder is waited for. The error says the remedy: no permission, not a
  // regular file, too many open files. Nothing is delivered before the executor runs.
  [[nodiscard]] static Result<FileTail> start(const boost::asio::any_io_executor& executor,
                                              TailOptions options, LineSink sink);

  FileTail(FileTail&&) noexcept;
  FileTail& operator=(FileTail&&) noexcept;
  ~FileTail();  // nothing is delivered afterwards

  // Nothing while there has never been a file. Within the sink the line in hand counts as not yet delivered.
  [[nodiscard]] std::optional<Position> position() const;
  [[nodiscard]] TailCounters counters() const;
  // Whether a file is open; false while it is waited for. A file that was rotated away may be open though the
  // one at the path cannot be read: health() says that.
  [[nodiscard]] bool is_open() const;
  // Whether the file was deleted, nothing came to it for a while, and no other one has come to its path.
  [[nodiscard]] bool is_over() const;
  // Whether the file is looked at again and again, because inotify does not tell of it.
  [[nodiscard]] bool is_polled() const;
  [[nodiscard]] FilesHealth health() const;

 private:
  class Impl;
  explicit FileTail(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice::intake
