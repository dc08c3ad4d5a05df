// SPDX-License-Identifier: Apache-2.0
// Says when lists that are files or folders have changed: written in place (once the writer closes it),
// renamed over, linked anew, added to a folder, gone or back. The kernel tells of the folders (inotify); what
// has changed is told by the files themselves, so that what editors leave beside them says nothing. On the
// loop; reads no list.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::lists {

class FileWatch {
 public:
  // The sources that have changed, at most once for what comes within kTogether. Never called after the
  // watch is gone.
  using Changed = std::function<void(const std::vector<std::string>& sources)>;
  static constexpr std::chrono::milliseconds kTogether{200};

  // Sources are absolute paths; what is not there yet is waited for, as long as its folder's folder is there.
  // A change made on another host of a network's file system is not reported, nor is a file that stays open.
  [[nodiscard]] static Result<FileWatch> start(const boost::asio::any_io_executor& executor,
                                               std::vector<std::string> sources, Changed changed);
  FileWatch(FileWatch&&) noexcept;
  FileWatch& operator=(FileWatch&&) noexcept;
  ~FileWatch();

 private:
  class Impl;
  explicit FileWatch(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

// Whether a file, or one in a folder, was changed at that time or later, as far as the file system says.
[[nodiscard]] bool changed_since(const std::string& source, WallTime time);

}  // namespace sluice::lists
