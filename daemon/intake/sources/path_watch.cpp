// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/path_watch.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "daemon/base/clock.h"

namespace sluice::intake {
namespace {

// Looks at the file before watches are asked for again.
constexpr int kLooksBetweenTries = 30;

constexpr std::uint32_t kFolderEvents = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB |
                                        IN_ONLYDIR | IN_DELETE_SELF | IN_MOVE_SELF;

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

PathWatch::PathWatch(Inotify events, PathWatchOptions options)
    : options_(std::move(options)),
      link_(split(options_.path)),
      arrivals_(link_.name),
      events_(std::move(events)) {}

// ---- what came ----

std::vector<LogFile> PathWatch::take_arrivals(const LogFile* newest) {
  bool news = drain(newest);
  if (!news && !look_anyway_) return {};
  look_anyway_ = true;  // again, if this comes to no end for want of memory
  // Names can change while files are opened by name. Nothing is kept of a round during which something
  // happened.
  constexpr int kRounds = 16;
  for (int round = 0;; ++round) {
    if (folders_changed_) watch_folders();
    std::vector<LogFile> opened;
    std::vector<std::string> refused;
    refused_.clear();
    for (const std::string& name : arrivals_.waiting()) {
      events_.follow_entry(folder_watch_, name);
      open_waiting(name, opened, refused);
    }
    settle();
    news = drain(newest);
    if ((news || folders_changed_) && round + 1 < kRounds) continue;
    arrivals_.keep_only(refused);
    look_anyway_ = false;
    return opened;
  }
}

void PathWatch::open_waiting(const std::string& name, std::vector<LogFile>& opened,
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

// Listing a folder takes the lock that a rename or creation holds until its event is queued: afterwards the
// events of everything that open() may have seen are there to be read.
void PathWatch::settle() const {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(place_.directory.c_str()), &closedir);
  if (folder) static_cast<void>(readdir(folder.get()));
}

// ---- events ----

// Reads all events there are; whether one of them concerns the names that are followed.
bool PathWatch::drain(const LogFile* newest) {
  bool news = false;
  events_.read([&](const InotifyEvent& event, std::string_view name) {
    news = take_event(event, name, newest) || news;
  });
  return news;
}

bool PathWatch::take_event(const InotifyEvent& event, std::string_view name, const LogFile* newest) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    rescan(newest);
    return true;
  }
  if (!is_watched(event.wd)) return false;  // one of the files was written to
  const bool is_inside = event.wd == folder_watch_;
  const bool is_link =
      event.wd == link_watch_ && name == link_.name && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0;
  const bool is_self = (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
  // A folder above changed, or the path may be a link now or point elsewhere.
  const bool is_above = std::ranges::find(above_, event.wd) != above_.end();
  if (is_link || is_self || is_above) folders_changed_ = true;
  if (is_inside) take_name(event, name);
  return folders_changed_ || !arrivals_.waiting().empty();
}

void PathWatch::take_name(const InotifyEvent& event, std::string_view name) {
  if ((event.mask & IN_CREATE) != 0) arrivals_.created(name);
  if ((event.mask & IN_MOVED_FROM) != 0) arrivals_.moved_from(name, event.cookie);
  if ((event.mask & IN_MOVED_TO) != 0) arrivals_.moved_to(name, event.cookie);
  if ((event.mask & IN_DELETE) != 0) arrivals_.deleted(name);
}

// Events were lost: look for the files again as after a restart.
void PathWatch::rescan(const LogFile* newest) {
  folders_changed_ = true;
  if (newest != nullptr) {
    for (const std::string& name : rotated_after(place_.directory, place_.name, newest->modified_ns()))
      arrivals_.add(name);
  }
  arrivals_.add(place_.name);
}

// ---- watches ----

void PathWatch::watch(LogFile& file) {
  // By descriptor: by name it could be another file by now.
  const auto added = events_.add(fmt::format("/proc/self/fd/{}", file.fd()), IN_MODIFY);
  if (added) {
    file.watch = *added;
  } else {
    do_without_watch(added.error());
  }
}

void PathWatch::unwatch(LogFile& file) {
  if (file.watch >= 0) events_.remove(std::exchange(file.watch, -1));
}

// The folder of the path as it is written, where the path may be a link, and the folder of the file it means.
// An open file keeps its deleted folder alive, so only the folder above says that it went: that one is
// watched too.
void PathWatch::watch_folders() {
  folders_changed_ = false;
  const std::vector<int> before = std::exchange(watches_, {});
  const int folder_before = folder_watch_;
  const Place place_before = std::exchange(place_, resolve(options_.path));
  above_.clear();
  arrivals_.follow(place_.name);
  events_.forget_names();
  link_watch_ = watch_folder(link_);
  folder_watch_ = watch_folder(place_);
  for (const int watch : before) {
    if (!is_watched(watch)) events_.remove(watch);
  }
  if (place_ != place_before) {
    const std::string_view kind = options_.silent_mount(place_.directory);
    if (!kind.empty()) begin_polling(fmt::format("is on a mount of {}, of which no events tell", kind));
  }
  // The folder may have changed before it was watched, without an event.
  if (place_ != place_before || folder_watch_ != folder_before) arrivals_.add(place_.name);
}

// Watches the folder of a file, and the one above it; returns the folder's watch, or -1 while it does not
// exist and only the nearest ones above it are watched. The same folder always has the same watch.
int PathWatch::watch_folder(const Place& place) {
  int found = -1;
  int levels = 0;
  std::filesystem::path at(place.directory);
  std::string name = place.name;  // the entry of `at` that matters
  while (levels < 2) {
    const auto watch = events_.add_name(at.string(), name, kFolderEvents);
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

bool PathWatch::is_watched(int watch) const {
  return std::ranges::find(watches_, watch) != watches_.end();
}

// ---- looking, where no events tell ----

void PathWatch::begin_polling(std::string why) {
  if (is_polled()) return;
  polled_because_ = std::move(why);
  if (options_.is_one_of_many) return;
  spdlog::info("{} {}: it is looked at every {} ms", options_.path, polled_because_,
               options_.poll_every.count());
}

void PathWatch::do_without_watch(const Error& error) {
  is_watch_missing_ = true;
  looks_since_try_ = 0;
  if (is_polled()) return;
  is_polled_for_want_ = true;
  begin_polling(fmt::format("cannot be watched ({})", error.message()));
}

// Other programs may have given back what was missing.
void PathWatch::try_watching(const Reading& reading) {
  is_watch_missing_ = false;
  watch_folders();
  for (LogFile* file : reading.files) {
    if (file->watch < 0) watch(*file);
  }
  look_anyway_ = true;
  if (is_watch_missing_ || !std::exchange(is_polled_for_want_, false)) return;
  polled_because_.clear();
  if (!options_.is_one_of_many) spdlog::info("{} is watched now", options_.path);
}

std::optional<LogFile> PathWatch::look(const Reading& reading) {
  const LogFile* newest = reading.files.empty() ? nullptr : reading.files.back();
  if (is_watch_missing_ && ++looks_since_try_ >= kLooksBetweenTries) try_watching(reading);
  if (!refused_.empty()) look_anyway_ = true;  // it is tried again
  if (!is_polled()) probe(reading, newest);
  return is_polled() ? look_at_path(newest) : std::nullopt;
}

// What is found in two probes in a row, while no event waits, was never told of: bytes that lie unread, or
// another file at the path.
void PathWatch::probe(const Reading& reading, const LogFile* newest) {
  const bool is_quiet = reading.is_at_rest && !events_.has_events();
  const bool has_news = is_quiet && reading.current != nullptr && reading.current->has_unread();
  const bool is_other = is_quiet && stands_another_file(newest);
  const std::uint64_t offset = reading.current != nullptr ? reading.current->next_offset() : 0;
  if (has_news && silent_since_ == offset) begin_polling("grows, and no events tell");
  if (is_other && is_other_since_probe_) begin_polling("was replaced, and no events told");
  silent_since_ = has_news ? std::optional(offset) : std::nullopt;
  is_other_since_probe_ = is_other;
}

bool PathWatch::stands_another_file(const LogFile* newest) const {
  struct stat status {};
  if (!refused_.empty() || ::stat(options_.path.c_str(), &status) != 0) return false;
  return newest == nullptr || !newest->is(status);
}

// A mount may give two files the same inode one after the other, and then only what they hold tells them
// apart.
std::optional<LogFile> PathWatch::look_at_path(const LogFile* newest) {
  if (resolve(options_.path) != place_) {
    look_for_files(newest);
    return std::nullopt;
  }
  auto file = LogFile::open(place_.path());
  if (!file) {
    if (file.error().code() != ENOENT && file.error().code() != ENOTDIR) look_for_files(newest);
  } else if (newest == nullptr || !newest->is_same_file(*file)) {
    look_for_files(newest);
  } else if (!file->is_copy_for(newest->position())) {
    return std::move(*file);
  }
  return std::nullopt;
}

// As if an event had told.
void PathWatch::look_for_files(const LogFile* newest) {
  look_anyway_ = true;
  const auto waiting = arrivals_.waiting();
  if (std::ranges::find(waiting, place_.name) == waiting.end()) rescan(newest);
}

void PathWatch::warn(const Error& error) {
  if (const auto held_back = throttle_.admit(kernel_now()))
    spdlog::warn("log file: {} ({} like it not shown)", error.message(), *held_back);
}

}  // namespace sluice::intake
