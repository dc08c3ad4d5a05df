// SPDX-License-Identifier: Apache-2.0
// Finds out which files come to the path of a log, and in which order: watches the folders of the path for
// files that are made, renamed and deleted, and looks at the path again and again where no events tell. Used
// by tail.cpp, which reads the files; what it has open it tells with each call. Reads no line.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/base/inotify.h"
#include "daemon/base/log.h"
#include "daemon/intake/sources/arrivals.h"
#include "daemon/intake/sources/log_file.h"

namespace sluice::intake {

// An entry of a folder; neither needs to exist.
struct Place {
  std::string directory;
  std::string name;

  [[nodiscard]] std::string path() const { return directory + "/" + name; }
  bool operator==(const Place&) const = default;
};

struct PathWatchOptions {
  std::string path;
  std::chrono::milliseconds poll_every;
  std::chrono::milliseconds probe_every;
  std::string_view (*silent_mount)(const std::string& path);
  bool is_one_of_many;  // how the file is followed is said by whoever follows them all
};

class PathWatch {
 public:
  PathWatch(Inotify events, PathWatchOptions options);

  // Watches the folders. To be called once, before all that follows.
  void begin() { watch_folders(); }
  // Nothing is watched afterwards, and only position-like questions may be asked.
  void close() { events_.close(); }
  [[nodiscard]] boost::asio::any_io_executor executor() const { return events_.executor(); }

  // ---- what came ----

  // The files that have come to the path since the last call, in their order. Some of them may be open
  // already. `newest`: of the open files the one that came last; null if there is none.
  [[nodiscard]] std::vector<LogFile> take_arrivals(const LogFile* newest);
  // Calls `ready` once, on the loop, when a file came or one that is watched was written to.
  void wait(std::function<void()> ready) { events_.wait(std::move(ready)); }
  // A file is watched for what is written to it. Without a watch the path is looked at again and again.
  void watch(LogFile& file);
  void unwatch(LogFile& file);

  // ---- looking, where no events tell ----

  // What the reader has open, and how far it is.
  struct Reading {
    std::vector<LogFile*> files;       // the one that came last stands last
    const LogFile* current = nullptr;  // the one of them that is being read
    bool is_at_rest = false;           // it was read to its end, and an event is waited for
  };
  [[nodiscard]] std::chrono::milliseconds until_next_look() const {
    return is_polled() ? options_.poll_every : options_.probe_every;
  }
  // To be called so often. Returns a file that is another one than the newest though it has the same inode.
  [[nodiscard]] std::optional<LogFile> look(const Reading& reading);
  // Whether the look calls for a turn of the reader, though no event has come.
  [[nodiscard]] bool calls_for_turn() const { return is_polled() || look_anyway_; }

  // ---- how the path is followed ----

  // The file that the path means once symbolic links are followed.
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] bool is_polled() const { return !polled_because_.empty(); }
  [[nodiscard]] const std::string& polled_because() const { return polled_because_; }
  // Why the file at the path cannot be opened; empty: it can, or there is none.
  [[nodiscard]] const std::string& refused_because() const { return refused_; }
  // Files that went before they could be opened.
  [[nodiscard]] std::uint64_t missed() const { return arrivals_.missed(); }

 private:
  // ---- events ----
  bool drain(const LogFile* newest);
  bool take_event(const InotifyEvent& event, std::string_view name, const LogFile* newest);
  void take_name(const InotifyEvent& event, std::string_view name);
  void rescan(const LogFile* newest);
  void open_waiting(const std::string& name, std::vector<LogFile>& opened, std::vector<std::string>& refused);
  void settle() const;

  // ---- watches of folders ----
  void watch_folders();
  int watch_folder(const Place& place);
  [[nodiscard]] bool is_watched(int watch) const;

  // ---- looking ----
  void begin_polling(std::string why);
  void do_without_watch(const Error& error);
  void try_watching(const Reading& reading);
  void probe(const Reading& reading, const LogFile* newest);
  [[nodiscard]] bool stands_another_file(const LogFile* newest) const;
  [[nodiscard]] std::optional<LogFile> look_at_path(const LogFile* newest);
  void look_for_files(const LogFile* newest);
  void warn(const Error& error);

  PathWatchOptions options_;
  Place link_;   // the path as it is written
  Place place_;  // the file it means
  Arrivals arrivals_;
  Inotify events_;

  int link_watch_ = -1;
  int folder_watch_ = -1;
  std::vector<int> above_;    // of the folders above those two; may hold one of them
  std::vector<int> watches_;  // all of these
  bool folders_changed_ = false;
  bool look_anyway_ = true;  // at first: the path may have got another file since the first one was opened
  std::string refused_;

  std::string polled_because_;  // empty: it is watched
  bool is_watch_missing_ = false;
  bool is_polled_for_want_ = false;            // of a watch, and for nothing else
  int looks_since_try_ = 0;                    // to have the watch that is missing
  std::optional<std::uint64_t> silent_since_;  // the offset behind which bytes lay unread at the last probe
  bool is_other_since_probe_ = false;          // another file stood at the path at the last probe
  LogThrottle throttle_;
};

}  // namespace sluice::intake
