// SPDX-License-Identifier: Apache-2.0
// Follows every log file whose path matches a pattern, those that come later too, woken by inotify. Each file
// is a FileTail; what rotation makes of a file is not taken for another one. Used by intake.h.
//
// The work for a folder grows with the number of its files and no faster, and what takes long is done in
// slices, so that the loop goes on: see Impl::slice(). A new file costs the look at its name alone.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/intake/sources/tail.h"

namespace sluice::intake {

// Whether a path is a pattern: holds '*', '?' or '['. Each stands for characters other than '/', and never
// for a dot at the start of a name.
[[nodiscard]] bool is_glob(std::string_view path);

struct GlobOptions {
  // A file takes two descriptors while it is rotated, some 2 KiB of memory, and 32 KiB more once it has had
  // 8,192 lines: 140 MiB if all are busy. A process may have fewer descriptors: then fewer files are followed
  // (log_file.h), and that is said as well. As many folders may match.
  std::size_t max_files = 4096;
  // How often folders and files are looked at of which inotify does not tell.
  std::chrono::milliseconds poll_every = std::chrono::seconds(1);
  // How often it is looked for files that are gone, and for folders that have to be looked through again.
  std::chrono::milliseconds look_every = std::chrono::seconds(10);
  std::chrono::milliseconds probe_every = TailOptions().probe_every;    // of each file
  std::chrono::milliseconds hold_deleted = TailOptions().hold_deleted;  // as in TailOptions
};

class GlobTail {
 public:
  // Files of which all that a FileTail can remember is remembered: see TailOptions::is_one_of_many.
  static constexpr std::size_t kFewFiles = 64;

  // Files that are there now begin where `left` says, or at `start`; later ones at their beginning. The first
  // kFewFiles are open when this returns, the others soon after. No match is no error. What cannot be
  // followed is said in the log and by health(), and does not keep the others from it.
  [[nodiscard]] static Result<GlobTail> start(const boost::asio::any_io_executor& executor,
                                              const std::string& pattern, Start start,
                                              const std::map<std::string, Position>& left,
                                              FileTail::LineSink sink, const GlobOptions& options = {});

  GlobTail(GlobTail&&) noexcept;
  GlobTail& operator=(GlobTail&&) noexcept;
  ~GlobTail();  // nothing is delivered afterwards

  // With those of files that are not open yet, or cannot be opened.
  [[nodiscard]] std::map<std::string, Position> positions() const;
  [[nodiscard]] TailCounters counters() const;
  [[nodiscard]] bool is_open() const;  // one of the files at least
  [[nodiscard]] std::size_t files() const;
  // Calls visit(path, lines delivered) for each file that is followed and stands at its path, in the order of
  // the paths.
  void visit_files(const std::function<void(const std::string& path, std::uint64_t lines)>& visit) const;
  [[nodiscard]] FilesHealth health() const;

 private:
  class Impl;
  explicit GlobTail(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice::intake
