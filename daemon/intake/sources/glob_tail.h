// SPDX-License-Identifier: Apache-2.0
// Follows every log file whose path matches a pattern, those that come later too, woken by inotify. Each file
// is a FileTail; what rotation makes of a file is not taken for another one. Used by intake.h.
#pragma once

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

class GlobTail {
 public:
  // Each file takes an inotify instance, of which a user may have 128 by default.
  static constexpr std::size_t kMaxFiles = 64;
  static constexpr std::size_t kMaxFolders = 1024;

  // Files that are there now begin where `left` says, or at `start`; later ones at their beginning. No match
  // is no error. What cannot be followed is said in the log and does not keep the others from it.
  [[nodiscard]] static Result<GlobTail> start(const boost::asio::any_io_executor& executor,
                                              const std::string& pattern, Start start,
                                              const std::map<std::string, Position>& left,
                                              FileTail::LineSink sink);

  GlobTail(GlobTail&&) noexcept;
  GlobTail& operator=(GlobTail&&) noexcept;
  ~GlobTail();  // nothing is delivered afterwards

  [[nodiscard]] std::map<std::string, Position> positions() const;
  [[nodiscard]] TailCounters counters() const;
  [[nodiscard]] bool is_open() const;  // one of the files at least
  [[nodiscard]] std::size_t files() const;

 private:
  class Impl;
  explicit GlobTail(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice::intake
