// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/proposal.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/setup/config_text.h"
#include "ctl/setup/log_clients.h"
#include "daemon/base/text.h"
#include "daemon/control/protocol/codec.h"

namespace sluice::ctl {
namespace {

// The path of the [[log]] that ships: somebody else's choice is left alone.
constexpr std::string_view kShippedLog = "/var/log/nginx/access.log";

bool is_unset(const std::string& list) {
  return list.empty() || list == "[]" || list == "[\"auto\"]";
}

Result<void> set_interfaces(ConfigText& config, const Host& host, Proposal& proposal) {
  if (!is_unset(config.value("filter", "interfaces"))) return {};
  std::vector<std::string> names;
  for (const HostInterface& interface : host.interfaces) {
    if (interface.default_route) return {};  // "auto" finds it, and another one tomorrow
    if (!interface.addresses.empty()) names.push_back(interface.name);
  }
  if (names.empty()) {
    proposal.remarks.emplace_back(
        "no interface has an address yet: nothing is filtered until there is a default route");
    return {};
  }
  proposal.reasons.push_back(
      fmt::format("filter.interfaces: there is no default route; {} has addresses", fmt::join(names, ", ")));
  return config.set("filter", "interfaces", toml_list(names));
}

Result<void> set_management(ConfigText& config, const Host& host, Proposal& proposal) {
  if (host.management.empty() || !is_unset(config.value("protect", "management"))) return {};
  proposal.reasons.push_back(fmt::format(
      "protect.management: you are connected from {}, and are never to be blocked", host.management));
  return config.set("protect", "management", toml_list({host.management}));
}

std::vector<std::string> log_lines(const HostLog& log) {
  std::vector<std::string> lines = {"[[log]]", fmt::format("path = {}", control::to_json(log.path)),
                                    fmt::format("format = {}", control::to_json(log.format))};
  if (!log.pattern.empty()) {
    lines.push_back(
        fmt::format("{} = {}", log.format == "json" ? "preset" : "pattern", control::to_json(log.pattern)));
  }
  return lines;
}

void set_logs(ConfigText& config, const Host& host, Proposal& proposal) {
  const auto said = config.logs();
  const auto find = [&](std::string_view path) {
    return std::ranges::find(said, path, &ConfigText::Log::path);
  };
  const bool ships =
      said.size() == 1 && said.front().path == kShippedLog && said.front().format == "combined";
  bool found_shipped = false;
  for (const HostLog& log : host.logs) {
    found_shipped = found_shipped || log.path == kShippedLog;
    if (const auto at = find(log.path); at != said.end()) {
      // The shipped one, and nginx writes it in another format.
      if (!ships || log.path != kShippedLog || log.format == at->format) continue;
      config.remove_log(log.path);
    }
    config.add_log(log_lines(log));
    proposal.reasons.push_back(fmt::format("log: {} writes {}, format {}", log.server, log.path, log.format));
  }
  if (ships && !host.logs.empty() && !found_shipped) {
    config.remove_log(kShippedLog);
    proposal.reasons.push_back(fmt::format("log: nobody writes {}", kShippedLog));
  }
}

Result<void> set_proxies(ConfigText& config, const Host& host, Proposal& proposal) {
  const bool unset = is_unset(config.value("proxies", "trusted"));
  std::vector<std::string> trusted;
  for (const HostLog& log : host.logs) {
    for (const std::string& proxy : log.proxies) {
      const std::string seen = fmt::format("{}: nearly all of its last {} lines come from {}", log.path,
                                           log.lines, fmt::join(log.proxies, ", "));
      if (is_private(proxy)) {
        if (std::ranges::find(trusted, proxy) == trusted.end()) trusted.push_back(proxy);
        if (unset) proposal.reasons.push_back("proxies.trusted: " + seen + ", a private address");
        if (log.format == "combined" || log.format == "common") {
          proposal.remarks.push_back(seen +
                                     ": a proxy, and the log does not hold whom it speaks for; log "
                                     "X-Forwarded-For too (/usr/share/doc/sluice/examples/nginx-log.conf)");
        }
      } else if (unset) {
        proposal.remarks.push_back(seen + ": if that is your proxy or CDN, name it in proxies.trusted");
      }
      break;  // once for each log
    }
  }
  if (!host.real_ip_from.empty() && unset) {
    proposal.remarks.push_back(fmt::format(
        "nginx takes visitors' addresses from a header that {} sends (set_real_ip_from): log "
        "$realip_remote_addr too and name them in proxies.trusted, or packets of the proxy are judged",
        fmt::join(host.real_ip_from, ", ")));
  }
  if (trusted.empty() || !unset) return {};
  return config.set("proxies", "trusted", toml_list(trusted));
}

// "/member.php?uid={subject} looks like people (about 40 different values, 80 % of the visitors, can be
// guessed by counting)".
std::string said_of(const FoundRoute& route) {
  std::string evidence;
  if (route.values > 0) evidence = fmt::format("about {:.0f} different values, ", route.values);
  evidence += fmt::format("{:.0f} % of the visitors", 100 * route.visitors);
  if (route.role == "list") {
    evidence += ", a list";
  } else if (!route.guessed.empty()) {
    evidence += fmt::format(", can be guessed {}", route.guessed);
  }
  return fmt::format("{} looks like people ({})", route.pattern, evidence);
}

// Empty where there are routes to propose.
std::string why_no_route(const LookAtSite& site, bool has_found) {
  // Fewer pages say little: a place counts from 20 different values on.
  constexpr std::uint64_t kEnough = 200;
  if (site.files.empty()) return "there is no log with lines to look for pages about people in";
  if (!site.failure.empty()) return fmt::format("pages about people were not looked for ({})", site.failure);
  const std::string where =
      fmt::format("{} requests for pages in {}", site.found.noted, fmt::join(site.files, ", "));
  if (site.found.noted < kEnough)
    return fmt::format("{} are too few to find pages about people (run setup again after a day)", where);
  if (has_found) return {};
  return fmt::format("nothing looks like people in {} (`sluiced routes` shows what there is)", where);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty())
    lines.emplace_back(take_until(text, '\n'));
  return lines;
}

}  // namespace

std::vector<std::string> logs_to_look_at(const std::string& text) {
  const ConfigText config(text);
  std::vector<std::string> paths;
  if (!config.has_default_routes()) return paths;
  for (const ConfigText::Log& log : config.logs())
    paths.push_back(log.path);
  return paths;
}

void propose_routes(const LookAtSite& site, Proposal& proposal) {
  ConfigText config(proposal.text);
  if (!config.has_default_routes()) return;
  std::vector<std::string> said;
  for (const FoundRoute& route : site.found.routes) {
    // Pictures of people are for the operator to decide about: they are comments.
    if (route.looks_like_people && route.role != "image") said.push_back("route: " + said_of(route));
  }
  if (const std::string why = why_no_route(site, !said.empty()); !why.empty()) {
    proposal.remarks.push_back(
        fmt::format("route: {}; the route /people/{{subject}}, which is a guess, stays", why));
    return;
  }
  proposal.reasons.insert(proposal.reasons.end(), said.begin(), said.end());
  proposal.remarks.emplace_back(
      "route: what looks like people is evidence, no proof: read the routes, and what stands in comments beside "
      "them, before you enforce");
  config.replace_default_route(lines_of(site.found.toml));
  proposal.text = config.text();
}

Result<Proposal> propose(const std::string& text, const Host& host) {
  Proposal proposal;
  ConfigText config(text);
  for (const auto& set : {set_interfaces, set_management, set_proxies}) {
    if (auto done = set(config, host, proposal); !done) return done.error();
  }
  set_logs(config, host, proposal);
  for (const HostInterface& interface : host.interfaces) {
    if (interface.default_route && !interface.remedy.empty())
      proposal.remarks.push_back(fmt::format("{}: {}", interface.name, interface.remedy));
  }
  proposal.remarks.insert(proposal.remarks.end(), host.remarks.begin(), host.remarks.end());
  if (host.servers.empty())
    proposal.remarks.emplace_back("no web server is installed: name its log once there is one");
  proposal.text = config.text();
  return proposal;
}

}  // namespace sluice::ctl
