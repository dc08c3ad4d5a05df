// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/log_set.h"

#include <algorithm>

#include <sys/stat.h>

namespace sluice::app {

LogSet::Log LogSet::open(const intake::LogOptions& options) const {
  Log log{options, std::nullopt, std::nullopt, std::make_unique<WallTime>()};
  std::optional<intake::Position> position;
  // The same file in another format goes on where it is.
  const auto before = std::ranges::find(logs_, options.path, [](const Log& l) { return l.options.path; });
  if (before != logs_.end() && before->intake) position = before->intake->position();
  if (const auto left = left_.find(options.path); !position && left != left_.end()) position = left->second;
  auto started =
      intake::LogIntake::start(executor_, options, intake::Start::end, position,
                               [this, last = log.last_request.get()](const pipeline::Request& request) {
                                 *last = std::max(*last, request.time);
                                 sink_(request);
                               });
  if (started) {
    log.intake.emplace(*std::move(started));
  } else {
    log.error = started.error();
  }
  return log;
}

std::vector<LogSet::Log> LogSet::open_new(const std::vector<intake::LogOptions>& wanted) {
  std::vector<Log> fresh;
  for (const intake::LogOptions& options : wanted) {
    const bool followed =
        std::ranges::any_of(logs_, [&](const Log& log) { return log.intake && log.options == options; });
    if (!followed) fresh.push_back(open(options));
  }
  return fresh;
}

void LogSet::adopt(const std::vector<intake::LogOptions>& wanted, std::vector<Log> fresh) {
  // A log that is left may be joined again one day, and goes on where it is now.
  for (auto& [path, position] : positions())
    left_.insert_or_assign(path, position);
  std::vector<Log> logs;
  for (const intake::LogOptions& options : wanted) {
    auto is_it = [&](const Log& log) { return log.options == options; };
    const auto made = std::ranges::find_if(fresh, is_it);
    logs.push_back(std::move(made != fresh.end() ? *made : *std::ranges::find_if(logs_, is_it)));
  }
  logs_ = std::move(logs);
}

Result<void> LogSet::follow(const std::vector<intake::LogOptions>& wanted) {
  std::vector<Log> fresh = open_new(wanted);
  for (const Log& log : fresh) {
    const bool is_new = std::ranges::find(logs_, log.options, &Log::options) == logs_.end();
    if (log.error && is_new) return *log.error;
  }
  adopt(wanted, std::move(fresh));
  return {};
}

std::vector<Error> LogSet::follow_what_can_be(const std::vector<intake::LogOptions>& wanted) {
  std::vector<Log> fresh = open_new(wanted);
  std::vector<Error> errors;
  for (const Log& log : fresh) {
    if (log.error) errors.push_back(*log.error);
  }
  adopt(wanted, std::move(fresh));
  return errors;
}

std::vector<std::string> LogSet::retry() {
  std::vector<std::string> recovered;
  for (Log& log : logs_) {
    if (log.intake) continue;
    Log again = open(log.options);
    if (again.intake) recovered.push_back(log.options.path);
    log = std::move(again);
  }
  return recovered;
}

LogSet::Positions LogSet::positions() const {
  Positions positions;
  for (const Log& log : logs_) {
    if (!log.intake) continue;
    if (auto position = log.intake->position()) positions.insert_or_assign(log.options.path, *position);
  }
  return positions;
}

std::vector<control::LogStatus> LogSet::status() const {
  std::vector<control::LogStatus> rows;
  for (const Log& log : logs_) {
    control::LogStatus& row = rows.emplace_back();
    row.path = log.options.path;
    if (!log.intake) {
      row.state = log.error ? log.error->message() : "not followed";
      continue;
    }
    row.state = log.intake->is_open() ? "following" : "waiting for the file";
    row.lines = log.intake->lines().lines;
    row.requests = log.intake->lines().requests;
    row.unreadable = log.intake->lines().unreadable();
    if (row.requests > 0) row.last_line = *log.last_request;
    struct stat file {};
    const auto position = log.intake->position();
    if (position && ::stat(row.path.c_str(), &file) == 0 && file.st_ino == position->inode) {
      // A file below the place that was reached was truncated: all of it is new.
      const auto size = static_cast<std::uint64_t>(file.st_size);
      row.lag_bytes = size >= position->offset ? size - position->offset : size;
    }
  }
  return rows;
}

}  // namespace sluice::app
