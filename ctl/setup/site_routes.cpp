// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/site_routes.h"

#include <algorithm>
#include <utility>

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/setup/command.h"
#include "daemon/base/text.h"
#include "daemon/control/protocol/json_document.h"
#include "daemon/control/protocol/json_reader.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kMostFiles = 16;
constexpr std::size_t kMaxAnswer = std::size_t{8} * 1024 * 1024;

bool has_lines(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
         access(path.c_str(), R_OK) == 0;
}

// A path stands for itself, a pattern for the files that match it.
std::vector<std::string> paths_of(const std::string& log) {
  if (log.find_first_of("*?[") == std::string::npos) return {log};
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(log.c_str(), 0, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths;
}

// A log that was just rotated says little, so the one before it counts too.
std::vector<std::string> files_of(const std::vector<std::string>& logs) {
  std::vector<std::string> files;
  for (const std::string& log : logs) {
    if (log.starts_with("journal:")) {
      if (files.size() < kMostFiles) files.push_back(log);
      continue;
    }
    for (const std::string& one : paths_of(log)) {
      for (const std::string& path : {one + ".1", one}) {
        if (files.size() < kMostFiles && has_lines(path)) files.push_back(path);
      }
    }
  }
  return files;
}

Result<SiteRoutes> routes_in(const std::string& config, const std::vector<std::string>& files) {
  std::vector<std::string> command = {"sluiced",  "routes", "--json", "--newest", std::to_string(kNewestMib),
                                      "--config", config};
  command.insert(command.end(), files.begin(), files.end());
  const auto said = run_command(command, kMaxAnswer, false);
  if (!said) return said.error();
  if (said->status != 0) return Error("sluiced routes cannot read the lines");
  return read_site_routes(said->text);
}

}  // namespace

LookAtSite look_at_site(const std::string& config, const std::vector<std::string>& logs) {
  LookAtSite look{files_of(logs), {}, {}};
  if (look.files.empty()) return look;
  auto found = routes_in(config, look.files);
  if (!found && look.files.size() > 1) {
    // One that cannot be read must not hide the others.
    std::erase_if(look.files, [&](const std::string& file) { return !routes_in(config, {file}); });
    if (!look.files.empty()) found = routes_in(config, look.files);
  }
  if (found) {
    look.found = *std::move(found);
  } else {
    look.failure = found.error().message();
  }
  return look;
}

Result<SiteRoutes> read_site_routes(std::string_view json) {
  constexpr std::size_t kMostDepth = 8;
  const auto document = control::JsonDocument::parse(trimmed(json), kMostDepth);
  if (!document) return document.error();
  control::JsonReader reader(control::JsonReader::Of::answer);
  SiteRoutes routes;
  reader.read(document->root(), routes, "routes");
  if (auto error = reader.faults().error()) return *error;
  return routes;
}

}  // namespace sluice::ctl
