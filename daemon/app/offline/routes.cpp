// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/routes.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/app/offline/routes_report.h"
#include "daemon/detection/identify.h"
#include "daemon/detection/site/discovery/discovery.h"
#include "daemon/detection/site/discovery/software.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/site/shown.h"
#include "daemon/detection/site/target.h"

namespace sluice::app {
namespace {

// A command may use more memory than the daemon: 30 MB at most.
constexpr detection::UrlTree::Limits kLimits{.nodes = 32'768, .classes = 6'144};
constexpr std::size_t kSources = 16'384;
// Fixed, so that the same logs give the same answer.
constexpr std::uint64_t kSeed = 0x5c1e'5e11'e5ea'5011ULL;

constexpr std::uint64_t kProgressEvery = 500'000;

bool is_terminal(std::FILE* file) {
  const int fd = ::fileno(file);
  return fd >= 0 && ::isatty(fd) == 1;
}

bool wants_colour(std::FILE* file) {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(file) && (refused == nullptr || *refused == '\0');
}

void print(const detection::RouteDiscovery& discovery, std::vector<detection::FoundSoftware> software,
           RoutesForm form, std::FILE* out) {
  RoutesReport report;
  report.software = std::move(software);
  report.routes = discovery.propose();
  report.shapes = discovery.shapes();
  report.requests = discovery.counts().requests;
  report.noted = discovery.counts().noted;
  report.not_found = discovery.counts().not_found;
  report.visitors = discovery.visitors();
  switch (form) {
    case RoutesForm::table:
      print_table(report, wants_colour(out), out);
      break;
    case RoutesForm::json:
      fmt::print(out, "{}\n", to_json(report));
      break;
    case RoutesForm::toml:
      for (const detection::FoundSoftware& found : report.software) {
        if (found.is_clear && !found.is_in_force)
          fmt::print(
              out,
              "# Ready-made routes fit: software = [\"{}\"] in [site]; take them in place of those below.\n",
              found.name);
      }
      fmt::print(out, "{}", detection::to_toml(report.routes));
      break;
  }
}

}  // namespace

Result<void> find_routes(const config::Config& config, const RoutesOptions& options, std::FILE* out,
                         std::FILE* log) {
  detection::RouteDiscovery discovery({kLimits, kSources, kSeed});
  detection::ServedSample served(kSeed);
  const bool shows_progress = is_terminal(log);
  const auto table = detection::RouteTable::create(config.detector.routes);
  if (!table) return table.error();
  std::string buffer;
  detection::MatchBuffer match_buffer;
  const auto take = [&](const detection::Request& request) {
    if (request.path_cut) return;  // a beginning is no URL of the site
    const detection::Target target =
        detection::normalise(request.target, config.detector.routes.target, buffer);
    const detection::RouteMatch match = table->match(request, match_buffer);
    const Prefix source = detection::identify(request.client, config.detector.identity);
    discovery.note(target, request, source, match.is_covered());
    if (detection::is_served(request.status) && !target.malformed && !match.decoy)
      served.note(target.path, target.query, source);
    const std::uint64_t requests = discovery.counts().requests;
    if (shows_progress && requests % kProgressEvery == 0) {
      fmt::print(log, "\r{} requests read", requests);
      std::fflush(log);
    }
  };
  const auto read = read_logs(config, options.logs, take, log);
  if (shows_progress && discovery.counts().requests >= kProgressEvery) fmt::print(log, "\n");
  if (!read) return read.error();
  if (discovery.counts().requests == 0)
    return Error(
        fmt::format("none of the {} lines could be read; name the format with --format", read->lines));
  std::vector<detection::FoundSoftware> software =
      detection::find_software(served, config.detector.known_software);
  for (detection::FoundSoftware& found : software)
    found.is_in_force = std::ranges::find(config.site.software, found.name) != config.site.software.end();
  print(discovery, std::move(software), options.form, out);
  fmt::print(
      log,
      "{} lines, {} requests, of which {} were pages or images that the site served; about {:.0f} visitors; "
      "{:.2f} s ({:.0f} lines a second)\n",
      read->lines, read->requests, discovery.counts().noted, discovery.visitors(), read->seconds,
      read->lines_per_second());
  return {};
}

}  // namespace sluice::app
