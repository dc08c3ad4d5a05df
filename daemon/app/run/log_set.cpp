// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/log_set.h"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

namespace sluice::app {
namespace {

void add_files(intake::FilesHealth files, control::LogStatus& row) {
  row.files = files.followed;
  row.files_refused = files.refused;
  row.files_left_out = files.left_out;
  row.files_polled = files.polled;
  row.refused_because = std::move(files.refused_because);
  row.polled_because = std::move(files.polled_because);
  // A file that was rotated away may still be open: what comes now is not read.
  if (row.files_refused > 0 && row.files == 0)
    row.state = control::StateOrFault<control::LogState>::fault(row.refused_because);
}

void add_facts(const LogFacts& facts, control::LogStatus& row) {
  row.recent_requests = facts.recent();
  row.recent_old = facts.recent_old();
  row.lacks = facts.lacks();
}

}  // namespace

LogSet::Log LogSet::open(const intake::LogOptions& options, const Proxies& proxies) const {
  Log log{options, std::nullopt, std::nullopt, std::make_unique<LogFacts>(), {}, {}};
  // A file that another log follows until now goes on where it is.
  Positions left = positions();
  left.insert(left_.begin(), left_.end());
  auto started = intake::LogIntake::start(executor_, options, proxies, intake::Start::end, left,
                                          [this, facts = log.facts.get()](const detection::Request& request) {
                                            const bool is_asset = sink_(request);
                                            facts->note(request, is_asset, now_());
                                          });
  if (started) {
    log.intake.emplace(*std::move(started));
  } else {
    log.error = started.error();
  }
  return log;
}

LogSet::Log* LogSet::followed(const intake::LogOptions& options) {
  const auto at = std::ranges::find_if(logs_, [&](const Log& log) {
    return log.intake && log.options.path == options.path && log.options.listen == options.listen &&
           log.options.from == options.from;
  });
  return at == logs_.end() ? nullptr : &*at;
}

std::vector<LogSet::Change> LogSet::prepare(const std::vector<intake::LogOptions>& wanted,
                                            const Proxies& proxies) {
  const bool same_proxies = proxies_ && proxies && *proxies_ == *proxies;
  std::vector<Change> changes;
  for (const intake::LogOptions& options : wanted) {
    Change& change = changes.emplace_back();
    const Log* log = followed(options);
    if (log == nullptr) {
      change.opened = open(options, proxies);
    } else if (log->options != options || !same_proxies) {
      auto reader = intake::RequestReader::create(options, proxies);
      if (reader) {
        change.reader = *std::move(reader);
      } else {
        change.opened = Log{options, std::nullopt, reader.error(), std::make_unique<LogFacts>(), {}, {}};
      }
    }
  }
  return changes;
}

void LogSet::adopt(const std::vector<intake::LogOptions>& wanted, std::vector<Change> changes,
                   Proxies proxies) {
  // A log that is left may be joined again one day, and goes on where it is now.
  for (auto& [path, position] : positions())
    left_.insert_or_assign(path, position);
  std::vector<Log> logs;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (changes[i].opened) {
      logs.push_back(*std::move(changes[i].opened));
      continue;
    }
    Log& log = *followed(wanted[i]);
    if (changes[i].reader) log.intake->read_with(*std::move(changes[i].reader));
    log.options = wanted[i];
    logs.push_back(std::exchange(log, {}));  // what was moved from is nobody's any more
  }
  logs_ = std::move(logs);
  proxies_ = std::move(proxies);
}

Result<void> LogSet::follow(const std::vector<intake::LogOptions>& wanted, Proxies proxies) {
  std::vector<Change> changes = prepare(wanted, proxies);
  for (const Change& change : changes) {
    if (!change.opened || !change.opened->error) continue;
    const bool is_new = std::ranges::find(logs_, change.opened->options, &Log::options) == logs_.end();
    if (is_new) return *change.opened->error;
  }
  adopt(wanted, std::move(changes), std::move(proxies));
  return {};
}

std::vector<Error> LogSet::follow_what_can_be(const std::vector<intake::LogOptions>& wanted,
                                              Proxies proxies) {
  std::vector<Change> changes = prepare(wanted, proxies);
  std::vector<Error> errors;
  for (const Change& change : changes) {
    if (change.opened && change.opened->error) errors.push_back(*change.opened->error);
  }
  adopt(wanted, std::move(changes), std::move(proxies));
  return errors;
}

std::vector<std::string> LogSet::retry() {
  std::vector<std::string> recovered;
  for (Log& log : logs_) {
    if (log.intake) continue;
    Log again = open(log.options, proxies_);
    if (again.intake) recovered.push_back(log.options.name());
    log = std::move(again);
  }
  return recovered;
}

LogSet::Positions LogSet::positions() const {
  Positions positions;
  for (const Log& log : logs_) {
    if (log.intake) positions.merge(log.intake->positions());
  }
  return positions;
}

std::uint64_t LogSet::lost() const {
  std::uint64_t lost = 0;
  for (const Log& log : logs_)
    lost += log.intake ? log.intake->lines().lost : 0;
  return lost;
}

void LogSet::look_for_silence(std::uint64_t packets, KernelTime now) {
  for (Log& log : logs_) {
    if (!log.intake) continue;
    log.silence.look(packets, log.intake->lines().lines, now);
    log.file_silence.look(packets, now, [&](auto&& note) { log.intake->visit_files(note); });
  }
}

std::vector<control::LogStatus> LogSet::status() const {
  std::vector<control::LogStatus> rows;
  for (const Log& log : logs_) {
    control::LogStatus& row = rows.emplace_back();
    row.path = log.options.name();
    if (!log.intake) {
      if (log.error) {
        row.state = control::StateOrFault<control::LogState>::fault(log.error->message());
      } else {
        row.state = control::LogState::not_followed;
      }
      continue;
    }
    row.state = log.intake->is_open() ? control::LogState::following : control::LogState::waiting;
    add_files(log.intake->health(), row);
    add_facts(*log.facts, row);
    if (const auto silence = log.silence.suspicious()) {
      row.silent_seconds = silence->seconds.count();
      row.silent_packets = silence->packets;
    }
    if (const auto& silent = log.file_silence.found(); silent.files > 0) {
      row.silent_files = silent.files;
      row.silent_file = silent.path;
      row.silent_file_seconds = silent.seconds.count();
    }
    row.open_to_all = log.intake->is_open_to_all() && !log.options.trust_local_users;
    row.lines = log.intake->lines().lines;
    row.requests = log.intake->lines().requests;
    row.unreadable = log.intake->lines().unreadable();
    row.recent_lines = log.intake->lines().recent;
    row.recent_unreadable = log.intake->lines().recent_unreadable;
    row.cut = log.intake->lines().cut;
    row.paths_cut = log.intake->lines().paths_cut;
    row.subjects_cut = log.intake->lines().subjects_cut;
    row.recent_cut = log.intake->lines().recent_cut;
    row.unreadable_example = log.intake->unreadable_example();
    if (row.requests > 0) row.last_line = log.facts->last_request();
    row.forwarded = log.intake->lines().forwarded;
    row.nameless = log.intake->lines().unnamed + log.intake->lines().broken_chains;
    const intake::SocketCounters datagrams = log.intake->datagrams();
    row.datagrams_lost = datagrams.lost;
    row.datagrams_refused = datagrams.refused;
    row.datagrams_cut = datagrams.cut;
    for (const auto& [path, position] : log.intake->positions()) {
      struct stat file {};
      if (::stat(path.c_str(), &file) != 0 || file.st_ino != position.inode) continue;
      // A file below the place that was reached was truncated: all of it is new.
      const auto size = static_cast<std::uint64_t>(file.st_size);
      row.lag_bytes += size >= position.offset ? size - position.offset : size;
    }
  }
  return rows;
}

}  // namespace sluice::app
