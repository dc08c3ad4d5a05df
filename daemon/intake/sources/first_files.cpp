// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/first_files.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include <spdlog/spdlog.h>

namespace sluice::intake {
namespace {

class Search {
 public:
  Search(const std::string& path, const Place& place) : path_(path), place_(place) {}

  Result<FirstFiles> find(const std::optional<Position>& left, Start start) {
    auto file = LogFile::open(place_.path());
    if (!file && file.error().code() != ENOENT && file.error().code() != ENOTDIR) return file.error();
    if (file) {
      if (auto room = file->check_room(path_); !room) return room.error();
    } else {
      spdlog::warn("{} does not exist yet; waiting for it", path_);
    }
    if (left) {
      if (file && file->matches(*left)) {
        file->seek(left->offset);
      } else if (file && is_rewritten(*file, *left)) {
        spdlog::info("{} was rewritten; reading goes on behind the line that was read last", path_);
      } else {
        find_rotated(*left);
      }
    } else if (file && start == Start::end) {
      file->seek_to_end();
    }
    if (file) found_.ends_at_path = add(std::move(*file));
    return std::move(found_);
  }

 private:
  // Whether it is new.
  bool add(LogFile file) {
    const auto is_same = [&](const LogFile& other) { return other.is_same_file(file); };
    if (std::ranges::any_of(found_.files, is_same)) return false;
    found_.files.push_back(std::move(file));
    return true;
  }

  // Whether the file holds the line that was read last, and the file that it was read from is no more. It
  // stands behind that line then.
  [[nodiscard]] bool is_rewritten(LogFile& file, const Position& left) const {
    if (left.last == LineMark()) return false;
    const auto old = find_file(place_.directory, place_.name, left);
    if (old && old->matches(left)) return false;
    return file.seek_behind(left.last);
  }

  // A rotated file that holds the line that was read last, though it does not begin as it did. Stands behind
  // that line. Only the newest files are looked through.
  [[nodiscard]] std::optional<LogFile> find_rewritten(const Position& left) const {
    constexpr std::size_t kMostFiles = 4;
    if (left.last == LineMark()) return std::nullopt;
    const auto names = rotated_after(place_.directory, place_.name, std::numeric_limits<std::int64_t>::min());
    const std::size_t first = names.size() - std::min(names.size(), kMostFiles);
    for (std::size_t i = names.size(); i > first; --i) {
      auto file = LogFile::open(place_.directory + "/" + names[i - 1]);
      if (file && file->seek_behind(left.last)) return std::move(*file);
    }
    return std::nullopt;
  }

  // The file was rotated while nobody read: first its rest, then the files that came and went since.
  void find_rotated(const Position& left) {
    auto old = find_file(place_.directory, place_.name, left);
    if (!old) old = find_rewritten(left);
    if (!old) {
      found_.is_missed = true;
      spdlog::warn("the file that was read last as {} is gone; what it got after byte {} is lost", path_,
                   left.offset);
      return;
    }
    const std::int64_t since_ns = old->modified_ns();
    add(std::move(*old));
    for (const std::string& name : rotated_after(place_.directory, place_.name, since_ns)) {
      if (auto file = LogFile::open(place_.directory + "/" + name)) {
        add(std::move(*file));
      } else {
        spdlog::warn("log file: {}", file.error().message());
      }
    }
  }

  const std::string& path_;
  const Place& place_;
  FirstFiles found_;
};

}  // namespace

Result<FirstFiles> find_first_files(const std::string& path, const Place& place,
                                    const std::optional<Position>& left, Start start) {
  return Search(path, place).find(left, start);
}

}  // namespace sluice::intake
