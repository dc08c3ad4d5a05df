// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/log_reading.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "daemon/app/lists/trusted_proxies.h"
#include "daemon/app/offline/log_paths.h"
#include "daemon/base/time.h"
#include "daemon/intake/formats/all.h"
#include "daemon/intake/formats/recognise.h"
#include "daemon/intake/sources/whole_file.h"

namespace sluice::app {
namespace {

using Clock = std::chrono::steady_clock;

// What the files may be.
Result<std::vector<intake::LogOptions>> formats_of(const config::Config& config, const LogFiles& options) {
  if (!options.pattern.empty()) {
    if (!options.format || !(*options.format)->takes_pattern())
      return Error("a pattern goes with --format nginx, apache, haproxy or w3c");
    std::vector<intake::LogOptions> one(1);
    one[0].format = *options.format;
    one[0].pattern = options.pattern;
    if (const auto made = intake::make_parser(one[0]); !made) return made.error();
    return one;
  }
  std::vector<intake::LogOptions> formats = intake::candidates(config.logs);
  if (options.format)
    std::erase_if(formats, [&](const intake::LogOptions& log) { return log.format != *options.format; });
  if (formats.empty()) {
    return Error(fmt::format("no [[log]] with format = \"{}\" is configured; give its --pattern",
                             intake::to_string(*options.format)));
  }
  return formats;
}

}  // namespace

Result<LogsRead> read_logs(const config::Config& config, const LogFiles& logs,
                           const intake::RequestSink& take, std::FILE* log) {
  const auto formats = formats_of(config, logs);
  if (!formats) return formats.error();
  const auto roles = read_list_roles(config.lists, lists_folder(config.store.path));
  if (!roles) return roles.error();
  const auto networks = trusted_networks(config.proxies, *roles);
  if (!networks) return networks.error();
  const auto proxies = std::make_shared<const intake::TrustedProxies>(*networks, config.proxies.header);
  const auto opened = open_logs(logs.files);
  if (!opened) return opened.error();
  std::vector<std::pair<WallTime, const LogToRead*>> files;
  for (const LogToRead& file : *opened)
    files.emplace_back(intake::first_time(file.path, *formats).value_or(WallTime::min()), &file);
  std::ranges::stable_sort(files, {}, &std::pair<WallTime, const LogToRead*>::first);

  const auto begin = Clock::now();
  LogsRead done;
  for (const auto& [time, file] : files) {
    const std::string& path = file->name;
    auto read = intake::read_whole_log(file->path, *formats, proxies, take, logs.newest);
    if (!read) return read.error();
    if (read->lines.requests == 0 && read->lines.unreadable() > 0) {
      return Error(fmt::format("{}: none of {} lines could be read as {}; the first: {}; it fails at {}",
                               path, read->lines.unreadable(), intake::to_string(read->format),
                               read->first_unreadable.value_or(""), read->failed_at));
    }
    done.lines += read->lines.lines;
    done.requests += read->lines.requests;
    if (!read->envelopes.empty())
      fmt::print(log, "{}: the lines stand in an envelope, which is taken off: {}\n", path, read->envelopes);
    if (read->shortened > 0)
      fmt::print(log, "{}: {} lines are longer than {} KiB and were read without their middle\n", path,
                 read->shortened, intake::kMaxLineBytes / 1024);
    if (read->lines.cut > 0)
      fmt::print(log, "{}: {} lines end too soon and were read in part\n", path, read->lines.cut);
    if (read->first_unreadable) {
      fmt::print(log, "{}: {} of {} lines could not be read as {}; the first: {}; it fails at {}\n", path,
                 read->lines.unreadable(), read->lines.lines, intake::to_string(read->format),
                 *read->first_unreadable, read->failed_at);
    }
  }
  done.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return done;
}

}  // namespace sluice::app
