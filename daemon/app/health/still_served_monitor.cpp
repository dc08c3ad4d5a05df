// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/still_served_monitor.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/host/connections.h"

namespace sluice::app {
namespace {

using decisions::StillServed;

// Who was not served for so long is not served any more, or the way was closed.
constexpr auto kServedLately = std::chrono::minutes(10);
// A connection is there while a request is answered, and a while after it.
constexpr auto kWhileConnected = std::chrono::seconds(15);

template <class T>
std::vector<T> without(const std::set<T>& all, const std::set<T>& known) {
  std::vector<T> rest;
  std::ranges::set_difference(all, known, std::back_inserter(rest));
  return rest;
}

bool looks_masked(const Address& client) {
  return client.family() == Family::ipv4 && client.bytes()[3] == 0;
}

}  // namespace

Cause cause_of(const StillServed::Source& source, const WaysOfService& ways) {
  if (source.forwarded) {
    return {"it comes through a trusted proxy, whose packets are never dropped for it",
            "Only the web server, or the proxy, can turn it away."};
  }
  if (const auto ports = without(ways.ports, ways.filtered_ports); !ways.all_ports && !ports.empty()) {
    return {fmt::format("it is served at port {}, which is not filtered", fmt::join(ports, ", ")),
            "Add it to filter.ports and run `sluiced attach`."};
  }
  if (const auto interfaces = without(ways.interfaces, ways.filtered_interfaces); !interfaces.empty()) {
    return {fmt::format("it comes in at {}, which is not filtered", fmt::join(interfaces, ", ")),
            "Add it to filter.interfaces and run `sluiced attach`."};
  }
  if (ways.filtered_interfaces.empty())
    return {"no interface is filtered", "Run `systemctl reload sluice-filter`, or `sluiced attach`."};
  if (!ways.ports.empty()) {
    return {"it is connected to a port and an interface that are filtered",
            "Attach the filter anew: `sluiced attach`. If that does not end it, report it."};
  }
  if (looks_masked(source.client)) {
    return {fmt::format("no connection of it is there, and {} looks like a masked address",
                        source.client.to_string()),
            "Log the visitors' whole addresses: Sluice keeps them only as long as [retention] says."};
  }
  return {
      "no connection of it is there: the web server takes its address from a header, as behind a CDN or a load "
      "balancer",
      "Name the addresses of the proxies in proxies.trusted, so that what comes through them is not called blocked; "
      "only the web server, or the proxy, can turn it away."};
}

std::vector<StillServedMonitor::Served> StillServedMonitor::served(WallTime now) const {
  std::vector<Served> found;
  pipeline_.still_served().for_each([&](const Prefix& prefix) {
    const decisions::Decision* block = ledger_.find(prefix, decisions::Ledger::Slot::denial);
    if (block == nullptr || block->action != decisions::Action::block || !ledger_.in_effect(*block)) return;
    const StillServed::Source* source = pipeline_.still_served().find(*block);
    if (source != nullptr && now - source->last < kServedLately) found.push_back({block, source});
  });
  std::ranges::reverse(found);
  return found;
}

void StillServedMonitor::look(WallTime now) {
  std::vector<Served> recent = served(now);
  std::erase_if(recent, [&](const Served& each) { return now - each.source->last > kWhileConnected; });
  if (recent.empty()) return;
  recent.resize(std::min(recent.size(), kMaxSeen));
  const auto block_of = [&](const Address& remote) {
    return std::ranges::find_if(recent,
                                [&](const Served& each) { return each.block->source.contains(remote); });
  };
  const auto all =
      kernel::connections([&](const Address& remote) { return block_of(remote) != recent.end(); });
  for (const kernel::Connection& connection : all) {
    Seen& seen = seen_.touch_or_add(block_of(connection.remote)->block->source).value;
    seen.ports.insert(connection.port);
    if (std::string name = kernel::interface_with(connection.local); !name.empty())
      seen.interfaces.insert(std::move(name));
  }
}

WaysOfService StillServedMonitor::ways_of(const Prefix& source) const {
  WaysOfService ways;
  const sluice_settings& settings = maps_.settings;
  ways.all_ports = settings.scope == SLUICE_SCOPE_ALL;
  const auto count = std::min<std::size_t>(settings.port_count, SLUICE_MAX_PORTS);
  ways.filtered_ports.insert(settings.ports, settings.ports + count);
  if (const auto states = kernel::inspect(maps_.bpf_fs)) {
    for (const kernel::InterfaceState& state : *states) {
      if (state.attached && state.on_pinned_maps) ways.filtered_interfaces.insert(state.attachment.interface);
    }
  }
  if (const Seen* seen = seen_.find(source)) {
    ways.ports = seen->ports;
    ways.interfaces = seen->interfaces;
  }
  return ways;
}

std::vector<StillServedMonitor::Row> StillServedMonitor::rows(WallTime now, std::size_t most) const {
  std::vector<Row> rows;
  for (const Served& each : served(now)) {
    if (rows.size() == most) break;
    rows.push_back({each.block->source, *each.source, cause_of(*each.source, ways_of(each.block->source))});
  }
  return rows;
}

std::string StillServedMonitor::in_words(const decisions::Decision& block, WallTime now) const {
  const StillServed::Source* source = pipeline_.still_served().find(block);
  if (source == nullptr || now - source->last >= kServedLately) return {};
  const Cause cause = cause_of(*source, ways_of(block.source));
  const auto ago = std::max(std::chrono::duration_cast<Seconds>(now - source->last), Seconds(0));
  return fmt::format("the web server answered {} of its requests since, the last {} ago: {}. {}",
                     source->requests, format_duration(ago), cause.text, cause.remedy);
}

}  // namespace sluice::app
