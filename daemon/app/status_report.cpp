// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/status_report.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/kernel/counters.h"
#include "daemon/kernel/filter.h"

namespace sluice::app {
namespace {

using pipeline::Action;
using pipeline::Ledger;

// Resident memory; 0 where the kernel does not say.
std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::vector<std::int64_t> loaded_ports(const sluice_settings& settings) {
  const auto count = std::min<std::size_t>(settings.port_count, SLUICE_MAX_PORTS);
  return {settings.ports, settings.ports + count};
}

void add_interfaces(const StatusParts& parts, control::StatusAnswer& answer) {
  const auto states = kernel::inspect(parts.maps.bpf_fs);
  if (!states) {
    answer.warnings.push_back(
        fmt::format("Where the filter stands cannot be told: {}.", states.error().message()));
    return;
  }
  for (const kernel::InterfaceState& state : *states) {
    control::InterfaceStatus& row = answer.interfaces.emplace_back();
    row.name = state.attachment.interface;
    row.program_id = state.attachment.program_id;
    if (!state.attached) {
      row.xdp_mode = "not attached";
      answer.warnings.push_back(
          fmt::format("{} is not filtered: the program is no longer attached; run `sluiced "
                      "attach`.",
                      row.name));
      continue;
    }
    row.xdp_mode = kernel::to_string(state.attachment.mode);
    row.placement = kernel::to_string(state.attachment.placement);
    if (!state.on_pinned_maps) {
      answer.warnings.push_back(
          fmt::format("{} is filtered by what was decided before an attach that did not come to its end; run "
                      "`sluiced attach`.",
                      row.name));
    }
    if (state.attachment.mode == kernel::XdpMode::generic) {
      answer.warnings.push_back(
          fmt::format("{} is filtered in generic mode, after the kernel has done most of its "
                      "work for a packet.",
                      row.name));
    }
  }
  for (const std::string& wanted : parts.config.filter.interfaces) {
    if (std::ranges::find(answer.interfaces, wanted, &control::InterfaceStatus::name) ==
        answer.interfaces.end()) {
      answer.warnings.push_back(
          fmt::format("{} is not filtered though filter.interfaces names it; run `sluiced "
                      "attach`.",
                      wanted));
    }
  }
}

void add_settings(const StatusParts& parts, control::StatusAnswer& answer) {
  const sluice_settings& loaded = parts.maps.settings;
  const bool all = loaded.scope == SLUICE_SCOPE_ALL;
  answer.scope = all ? "all" : "ports";
  answer.ports = loaded_ports(loaded);
  const kernel::FilterOptions& wanted = parts.config.filter;
  const std::vector<std::int64_t> wanted_ports(wanted.ports.begin(), wanted.ports.end());
  if (all != (wanted.scope == kernel::Scope::all) ||
      (!all && !std::ranges::is_permutation(answer.ports, wanted_ports)) ||
      loaded.ipv6_source_length != parts.config.detector.identity.ipv6_prefix_length) {
    answer.warnings.emplace_back(
        "The filter was attached with other settings than the configuration's; run `sluiced attach`.");
  }
}

void add_counters(const StatusParts& parts, control::StatusAnswer& answer) {
  const auto counters = kernel::read_counters(parts.maps);
  if (!counters) {
    answer.warnings.push_back(
        fmt::format("The filter's counters cannot be read: {}.", counters.error().message()));
    return;
  }
  for (int reason = 0; reason < SLUICE_REASON_COUNT; ++reason) {
    const kernel::Traffic& traffic = counters->reasons[static_cast<std::size_t>(reason)];
    answer.counters.push_back(
        {std::string(kernel::to_string(static_cast<sluice_reason>(reason))), traffic.packets, traffic.bytes});
  }
  const auto& events = counters->events;
  const pipeline::ClientWatch& clients = parts.pipeline.detector().clients();
  answer.resets = events[SLUICE_RESETS_SENT];
  answer.hellos = parts.events.counts().hellos;
  answer.losses = {
      {"reports_delayed", "activity reports that waited, the ring buffer was full",
       events[SLUICE_REPORTS_LOST]},
      {"packets_uncounted", "packets whose source could not be counted", events[SLUICE_SOURCES_REFUSED]},
      {"activity_forgotten", "sources' activity and rates forgotten for newer ones",
       events[SLUICE_SOURCES_FORGOTTEN]},
      {"frames_lost", "copies of frames lost, the ring buffer was full", events[SLUICE_FRAMES_LOST]},
      {"hellos_refused", "TLS hellos beyond what one source or all may send", events[SLUICE_HELLOS_REFUSED]},
      {"events_malformed", "reports, hellos and copies of frames that could not be read",
       parts.events.counts().malformed},
      {"hellos_malformed", "TLS hellos that are none, or not as they should be",
       std::accumulate(clients.hello_faults().begin(), clients.hello_faults().end(), std::uint64_t{0})},
      {"hellos_forgotten", "TLS hellos forgotten before their source asked for a page",
       clients.hellos().forgotten()},
      {"lookups_failed", "DNS look-ups of crawlers without an answer", parts.names.failed},
      {"lookups_deferred", "DNS look-ups of crawlers put off, too many were on the way",
       parts.names.deferred},
      {"sources_forgotten", "sources forgotten by the detector",
       parts.pipeline.detector().sources().forgotten()},
      {"weeks_forgotten", "sources whose weeks were forgotten",
       parts.pipeline.detector().long_memory().forgotten()},
      {"accounts_forgotten", "accounts forgotten by the detector",
       parts.pipeline.detector().accounts().accounts().forgotten()},
      {"credentials_forgotten", "credentials forgotten by the detector",
       parts.pipeline.detector().accounts().credentials().forgotten()},
      {"stretches_forgotten", "stretches of identifiers forgotten by the detector, of groups of sources",
       parts.pipeline.detector().groups().table().forgotten_stretches()},
      {"subjects_not_kept", "subjects not kept, the memory for them is used up",
       parts.pipeline.detector().subjects_not_kept()},
      {"decisions_refused", "decisions refused", parts.ledger.refused()},
  };
}

void add_decisions(const StatusParts& parts, control::StatusAnswer& answer) {
  for (const pipeline::Decision* decision : parts.ledger.all()) {
    if (decision->action == Action::throttle) ++answer.throttles;
    if (decision->action == Action::block) ++answer.blocks;
    if (decision->action == Action::allow) ++answer.allows;
  }
  for (const auto slot : {Ledger::Slot::denial, Ledger::Slot::allow}) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      const auto fill = parts.verdicts.fill(slot, family);
      (slot == Ledger::Slot::denial ? answer.decisions_capacity : answer.allows_capacity) = fill.capacity;
      if (fill.entries * 10 >= fill.capacity * 9) {
        answer.warnings.push_back(fmt::format(
            "The kernel's table of {} {} is nearly full: {} of {}.", family == Family::ipv4 ? "IPv4" : "IPv6",
            slot == Ledger::Slot::denial ? "decisions" : "allows", fill.entries, fill.capacity));
      }
    }
  }
  answer.refused_full = parts.ledger.refused();
  if (parts.ledger.refused() > 0) {
    answer.warnings.push_back(
        fmt::format("{} decisions were refused: a table was full, or failed.", parts.ledger.refused()));
  }
}

void add_logs(const StatusParts& parts, control::StatusAnswer& answer) {
  for (const control::LogStatus& log : parts.logs) {
    if (log.state != "following") {
      answer.warnings.push_back(
          fmt::format("{}: {}. What visitors do there is not seen.", log.path, log.state));
    } else if (log.unreadable > log.requests) {
      answer.warnings.push_back(
          fmt::format("{}: most lines cannot be read; is its format the configured one?", log.path));
    } else if (2 * log.nameless > log.forwarded) {
      // Then the proxy is taken for the visitor, and nothing can be decided about it.
      answer.warnings.push_back(fmt::format(
          "{}: of {} requests through trusted proxies {} do not say whom they are for: add the header that "
          "proxies.header names to the log's format.",
          log.path, log.forwarded, log.nameless));
    }
    if (log.datagrams_lost > 0) {
      answer.warnings.push_back(
          fmt::format("{}: {} lines were lost, the socket was full; raise net.core.rmem_max.", log.path,
                      log.datagrams_lost));
    }
  }
  if (parts.logs.empty()) answer.warnings.emplace_back("No log is configured: nothing is detected.");
  answer.logs = parts.logs;
}

void add_lists(const StatusParts& parts, control::StatusAnswer& answer) {
  answer.lists = parts.lists.lists.size();
  answer.list_memory = parts.lists.memory;
  for (const control::ListStatus& list : parts.lists.lists) {
    if (list.state == "in force") ++answer.lists_in_force;
    // Without a time it was not loaded: what an observed list lacks is said by the mode already.
    const std::string remedy = fmt::format("see to its source, then `sluicectl lists refresh {}`", list.name);
    if (!list.loaded) {
      answer.warnings.push_back(fmt::format("List {} is missing: {}{}{}; {}.", list.name, list.state,
                                            list.failure.empty() ? "" : ": ", list.failure, remedy));
      if (list.action == "trusted_proxy")
        answer.warnings.push_back("Nothing is armed before the trusted proxies of that list are known.");
    } else if (!list.failure.empty()) {
      answer.warnings.push_back(fmt::format("List {} is as of {}: {}; {}.", list.name,
                                            format_time(*list.checked), list.failure, remedy));
    }
  }
}

}  // namespace

control::StatusAnswer report_status(const StatusParts& parts) {
  control::StatusAnswer answer;
  answer.version = SLUICE_VERSION;
  answer.mode = pipeline::to_string(parts.ledger.mode());
  answer.uptime_seconds = parts.uptime.count();
  if (parts.ledger.mode() == pipeline::Mode::observe) {
    answer.warnings.emplace_back(
        "mode = \"observe\": decisions are shown, and no packet is dropped for them.");
  }
  add_interfaces(parts, answer);
  add_settings(parts, answer);
  add_counters(parts, answer);
  add_decisions(parts, answer);
  add_logs(parts, answer);
  add_lists(parts, answer);
  const pipeline::SourceTable& sources = parts.pipeline.detector().sources();
  answer.sources = sources.size();
  answer.sources_capacity = sources.capacity();
  answer.sources_forgotten = sources.forgotten();
  answer.store = parts.store;
  if (parts.store != "ok") {
    answer.warnings.push_back(fmt::format("Decisions will not survive a restart: {}.", parts.store));
  }
  answer.control = parts.control;
  answer.rss_bytes = resident_bytes();
  return answer;
}

}  // namespace sluice::app
