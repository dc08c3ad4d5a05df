// SPDX-License-Identifier: Apache-2.0
// What only all layers of a configuration together can tell: keys that must stand in order, limits without
// ports.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bpf/wire.h"
#include "daemon/config/heuristic_keys.h"
#include "daemon/config/keys.h"
#include "daemon/config/table.h"

namespace sluice::config {
namespace {

using kernel::LimitOptions;

// What only the whole list, and the ports beside it, can tell.
void check_limits(const Config& config, Report& report) {
  const auto& limits = config.filter.limits;
  const Origin at = report.origin("limit");
  if (limits.size() > SLUICE_MAX_LIMITS)
    report.refuse(at, "limit", fmt::format("there are {}; at most {}", limits.size(), SLUICE_MAX_LIMITS));
  if (report.refused("limit.port")) return;  // it reads as 0, which another may have
  for (auto limit = limits.begin(); limit != limits.end(); ++limit) {
    const auto& ports = config.filter.ports;
    if (std::find_if(limits.begin(), limit,
                     [&](const LimitOptions& other) { return other.port == limit->port; }) != limit)
      report.refuse(at, "limit.port", fmt::format("{} has two limits; take one out", limit->port));
    if (limit->port != 0 && std::ranges::find(ports, limit->port) == ports.end())
      report.refuse(at, "limit.port",
                    fmt::format("{} is not one of filter.ports, so nothing would be limited", limit->port));
  }
}

// A route that asks for what an earlier one takes never sees a request.
void check_routes(const Config& config, Report& report) {
  const auto& routes = config.detector.routes.routes;
  const auto asks_alike = [](const auto& a, const auto& b) {
    return a.pattern == b.pattern && a.hosts == b.hosts && a.methods == b.methods && a.except == b.except;
  };
  for (auto route = routes.begin(); route != routes.end(); ++route) {
    const auto earlier =
        std::find_if(routes.begin(), route, [&](const auto& other) { return asks_alike(other, *route); });
    if (earlier == route || route->pattern.empty()) continue;
    report.refuse(report.origin("route"), "route.pattern",
                  fmt::format("\"{}\" of the route \"{}\" is that of \"{}\" too, which stands before it; "
                              "take one out, or let them differ in hosts or methods",
                              route->pattern, route->name, earlier->name));
  }
}

}  // namespace

std::vector<Order> orders() {
  std::vector<Order> orders = heuristic_orders();
  orders.push_back({"policy.throttle_score", "policy.block_score",
                    [](const Config& c) { return c.policy.throttle_score <= c.policy.block_score; }});
  orders.push_back({"policy.block_for", "policy.max_for",
                    [](const Config& c) { return c.policy.block_for <= c.policy.max_for; }});
  orders.push_back({"control.default_for", "control.max_for",
                    [](const Config& c) { return c.control.default_for <= c.control.max_for; }});
  return orders;
}

void check_whole(Config& config, Report& report) {
  const auto keys = config_keys();
  // How the value stands there that the one told of contradicts.
  const auto whose = [&](std::string_view name, Layer told) -> std::string {
    const Origin at = report.origin(name);
    if (at.layer == kDefaults) return " by default";
    return at.layer == told ? "" : fmt::format(" by {}", report.file(at.layer));
  };
  for (const Order& order : orders()) {
    if (order.holds(config) || report.refused(order.lesser) || report.refused(order.greater)) continue;
    // The one that was written last is told, for it broke the order.
    const bool at_lesser = report.origin(order.lesser) > report.origin(order.greater);
    const auto [name, other] =
        at_lesser ? std::pair(order.lesser, order.greater) : std::pair(order.greater, order.lesser);
    const Origin told = report.origin(name);
    report.refuse(told, name,
                  fmt::format("{} is {} than {}, which is {}{}", find(keys, name)->write(config),
                              at_lesser ? "greater" : "less", other, find(keys, other)->write(config),
                              whose(other, told.layer)));
  }
  check_limits(config, report);
  check_routes(config, report);
  config.filter.ipv6_source_length = config.detector.identity.ipv6_prefix_length;
}

}  // namespace sluice::config
