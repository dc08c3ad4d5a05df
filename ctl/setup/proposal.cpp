// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/proposal.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include "ctl/setup/config_text.h"
#include "ctl/setup/log_clients.h"
#include "daemon/base/address.h"
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
  std::vector<std::string> lines = {"[[log]]",
                                    log.listen.empty()
                                        ? fmt::format("path = {}", control::to_json(log.path))
                                        : fmt::format("listen = {}", control::to_json(log.listen)),
                                    fmt::format("format = {}", control::to_json(log.format))};
  if (!log.pattern.empty()) {
    lines.push_back(
        fmt::format("{} = {}", log.format == "json" ? "preset" : "pattern", control::to_json(log.pattern)));
  }
  if (!log.headers.empty()) lines.push_back(fmt::format("headers = {}", toml_list(log.headers)));
  if (!log.response_headers.empty())
    lines.push_back(fmt::format("response_headers = {}", toml_list(log.response_headers)));
  return lines;
}

// What it sends is taken by another program, or by Sluice if it listens there.
void look_at_sent(const std::vector<ConfigText::Log>& said, const HostLog& log, Proposal& proposal) {
  if (std::ranges::find(said, log.listen, &ConfigText::Log::listen) != said.end()) return;
  proposal.unseen.push_back(fmt::format(
      "log: {} sends its log to {}: if no program writes a file from it that is named here, let Sluice "
      "listen there (or at another place that {} names too): {}",
      log.server, log.listen, log.server, fmt::join(log_lines(log), ", ")));
}

void set_logs(ConfigText& config, const Host& host, Proposal& proposal) {
  const auto said = config.logs();
  const auto find = [&](const std::string& path) {
    return std::ranges::find_if(said, [&](const ConfigText::Log& log) {
      return log.path == path || fnmatch(log.path.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0;
    });
  };
  const bool ships =
      said.size() == 1 && said.front().path == kShippedLog && said.front().format == "combined";
  bool found_shipped = false;
  bool found_other = false;
  for (const HostLog& log : host.logs) {
    if (!log.listen.empty()) {
      look_at_sent(said, log, proposal);
      continue;
    }
    found_shipped = found_shipped || log.path == kShippedLog;
    found_other = found_other || log.path != kShippedLog;
    if (const auto at = find(log.path); at != said.end()) {
      // The shipped one, and nginx writes it in another format.
      if (!ships || log.path != kShippedLog || log.format == at->format) continue;
      config.remove_log(log.path);
    }
    config.add_log(log_lines(log));
    proposal.reasons.push_back(fmt::format("log: {} writes {}, format {}", log.server, log.path, log.format));
  }
  if (ships && found_other && !found_shipped) {
    config.remove_log(kShippedLog);
    proposal.reasons.push_back(fmt::format("log: nobody writes {}", kShippedLog));
  } else if (ships && !found_shipped && !host.servers.empty()) {
    proposal.unseen.push_back(fmt::format(
        "log: {} is followed, and no web server is known to write it; name the log that is written",
        kShippedLog));
  }
}

// As many as `filter.ports` takes.
constexpr std::size_t kMostPorts = 32;

std::vector<std::uint16_t> ports_in(std::string_view list) {
  std::vector<std::uint16_t> ports;
  list = trimmed(list, "[] \t");
  while (!list.empty()) {
    const std::string_view word = trimmed(take_until(list, ','));
    std::uint16_t port = 0;
    if (std::from_chars(word.data(), word.data() + word.size(), port).ec == std::errc())
      ports.push_back(port);
  }
  return ports;
}

Result<void> set_ports(ConfigText& config, const Host& host, Proposal& proposal) {
  // "all" judges every packet, whatever its port.
  if (config.value("filter", "scope") == "\"all\"") return {};
  const std::string list = config.value("filter", "ports");
  const std::vector<std::uint16_t> shipped = {80, 443};
  std::vector<std::uint16_t> ports = list.empty() ? shipped : ports_in(list);
  const bool ships = ports == shipped;
  std::vector<std::uint16_t> further;
  std::ranges::copy_if(host.ports, std::back_inserter(further),
                       [&](std::uint16_t port) { return std::ranges::find(ports, port) == ports.end(); });
  if (further.empty()) return {};
  const std::string said =
      fmt::format("filter.ports: the web servers listen at {} too", fmt::join(further, ", "));
  if (!ships || ports.size() + further.size() > kMostPorts) {
    proposal.unseen.push_back(said + ", where nobody can be blocked; add what people are shown at");
    return {};
  }
  ports.insert(ports.end(), further.begin(), further.end());
  std::ranges::sort(ports);
  proposal.reasons.push_back(said + ", where nobody could be blocked");
  return config.set("filter", "ports", fmt::format("[{}]", fmt::join(ports, ", ")));
}

// A network that a web server trusts is proposed as it stands there, unless it would trust half the world.
std::optional<std::string> proxy_network(const std::string& text, Proposal& proposal) {
  constexpr unsigned kWidestV4 = 8;
  constexpr unsigned kWidestV6 = 16;
  if (text.starts_with("unix")) return std::nullopt;  // a socket of this host
  const auto network = Prefix::parse(text);
  if (!network) {
    proposal.remarks.push_back(fmt::format(
        "proxies.trusted: a web server trusts {}, which is no network; name the addresses of that proxy",
        text));
    return std::nullopt;
  }
  if (network->length() < (network->family() == Family::ipv4 ? kWidestV4 : kWidestV6)) {
    proposal.remarks.push_back(fmt::format(
        "proxies.trusted: a web server trusts {}: anybody may say there who he is; name the proxy's own "
        "networks in it",
        text));
    return std::nullopt;
  }
  return network->to_string();
}

// Public proxies are asked after: many people may stand behind one address that is none.
void look_at_log_clients(const Host& host, bool unset, std::vector<std::string>& trusted,
                         Proposal& proposal) {
  for (const HostLog& log : host.logs) {
    if (log.proxies.empty()) continue;
    const std::string& proxy = log.proxies.front();
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
  }
}

Result<void> set_proxies(ConfigText& config, const Host& host, Proposal& proposal) {
  const std::string list = config.value("proxies", "trusted");
  const bool unset = is_unset(list);
  std::vector<std::string> trusted;
  look_at_log_clients(host, unset, trusted, proposal);
  std::vector<std::string> networks;
  for (const std::string& text : host.trusted) {
    const auto network = proxy_network(text, proposal);
    if (network && std::ranges::find(networks, *network) == networks.end()) networks.push_back(*network);
  }
  if (!networks.empty()) {
    const bool is_known = std::ranges::all_of(networks, [&](const std::string& network) {
      return list.find("\"" + network + "\"") != std::string::npos;
    });
    const bool has_peer = std::ranges::any_of(host.logs, [](const HostLog& log) {
      return log.pattern.find("realip_remote_addr") != std::string::npos || log.server != "nginx";
    });
    if (unset) {
      proposal.reasons.push_back(
          fmt::format("proxies.trusted: a web server takes visitors' addresses from a header "
                      "that {} sends",
                      fmt::join(networks, ", ")));
      if (!has_peer) {
        proposal.remarks.emplace_back(
            "nginx logs the visitor's address and not the proxy's: log $realip_remote_addr too, so that nobody behind "
            "the proxy is blocked by packets that never come (/usr/share/doc/sluice/examples/nginx-log.conf)");
      }
    } else if (!is_known) {
      proposal.remarks.push_back(
          fmt::format("proxies.trusted: a web server takes visitors' addresses from a header "
                      "that {} sends; it does not name all of them",
                      fmt::join(networks, ", ")));
    }
    trusted.insert(trusted.end(), networks.begin(), networks.end());
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

// Fewer pages say little: a place counts from 20 different values on.
constexpr std::uint64_t kEnoughPages = 200;

// Empty where there are routes to propose.
std::string why_no_route(const LookAtSite& site, bool has_found) {
  if (site.files.empty()) return "there is no log with lines to look for pages about people in";
  if (!site.failure.empty()) return fmt::format("pages about people were not looked for ({})", site.failure);
  const std::string where =
      fmt::format("{} requests for pages in {}", site.found.noted, fmt::join(site.files, ", "));
  if (site.found.noted < kEnoughPages)
    return fmt::format("{} are too few to find pages about people (run setup again after a day)", where);
  if (has_found) return {};
  return fmt::format("nothing looks like people in {} (`sluiced routes` shows what there is)", where);
}

// "phpbb (80 % of the requests; it alone has /viewtopic.php?t=*, /viewforum.php?f=*)".
std::string said_of(const FoundSoftware& software) {
  return fmt::format("{} ({:.0f} % of the requests; it alone has {})", software.name, 100 * software.share,
                     fmt::join(software.markers, ", "));
}

// Whether ready-made routes stand for the default one now.
Result<bool> propose_software(const LookAtSite& site, ConfigText& config, Proposal& proposal) {
  std::vector<std::string> names;
  std::string toml;
  for (const FoundSoftware& software : site.found.software) {
    if (!software.clear) {
      proposal.remarks.push_back(
          fmt::format("site.software: a few URLs look like those of {}; if the site runs it, name it there",
                      said_of(software)));
      continue;
    }
    names.push_back(software.name);
    proposal.reasons.push_back(
        fmt::format("site.software: {}, so its ready-made routes fit", said_of(software)));
  }
  if (names.empty()) return false;
  if (auto set = config.set("site", "software", toml_list(names)); !set) return set.error();
  config.replace_default_route(
      {fmt::format("# The routes are those of the ready-made {} {} (site.software). Further ones:",
                   names.size() > 1 ? "sites" : "site", fmt::join(names, ", ")),
       "# `sluiced routes LOG`, and `sluicectl status` names URLs that have none."});
  return true;
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
  // A few requests say nothing of what software it is.
  if (site.found.noted >= kEnoughPages) {
    const auto ready = propose_software(site, config, proposal);
    if (!ready) {
      proposal.remarks.push_back(ready.error().message());
      return;
    }
    if (*ready) {
      proposal.text = config.text();
      proposal.remarks.emplace_back(
          "site.software: what a site serves is evidence, no proof: check with `sluiced test-route URL` that the pages "
          "about people have their routes, before you enforce");
      return;
    }
  }
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

std::string config_with(const HostLog& log) {
  std::string text;
  for (const std::string& line : log_lines(log))
    text += line + "\n";
  return text;
}

Result<Proposal> propose(const std::string& text, const Host& host) {
  Proposal proposal;
  ConfigText config(text);
  for (const auto& set : {set_interfaces, set_ports, set_management, set_proxies}) {
    if (auto done = set(config, host, proposal); !done) return done.error();
  }
  set_logs(config, host, proposal);
  for (const HostInterface& interface : host.interfaces) {
    if (interface.default_route && !interface.remedy.empty())
      proposal.remarks.push_back(fmt::format("{}: {}", interface.name, interface.remedy));
  }
  proposal.remarks.insert(proposal.remarks.end(), host.remarks.begin(), host.remarks.end());
  proposal.unseen.insert(proposal.unseen.end(), host.unseen.begin(), host.unseen.end());
  if (host.servers.empty())
    proposal.unseen.emplace_back("no web server is installed: name its log once there is one");
  proposal.text = config.text();
  return proposal;
}

}  // namespace sluice::ctl
