// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/status_report.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <net/if.h>
#include <sys/timex.h>
#include <unistd.h>

#include "daemon/app/health/checkup.h"
#include "daemon/app/operators/wire_types.h"
#include "daemon/app/run/wanted_interfaces.h"
#include "daemon/detection/site/discovery/uncovered.h"
#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/attach/filter_settings.h"
#include "daemon/kernel/attach/xdp_query.h"
#include "daemon/kernel/maps/counters.h"

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Ledger;

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

void add_interfaces(const StatusParts& parts, control::StatusAnswer& answer, CheckupFacts& facts) {
  const auto states = kernel::inspect(parts.maps.bpf_fs);
  if (!states) {
    facts.filter_unknown = states.error().message();
    return;
  }
  for (const kernel::InterfaceState& state : *states) {
    control::InterfaceStatus& row = answer.interfaces.emplace_back();
    row.name = state.attachment.interface;
    row.program_id = state.attachment.program_id;
    row.xdp_mode = state.attached ? to_wire(state.attachment.mode) : control::XdpMode::not_attached;
    if (!state.attached) continue;
    row.placement = to_wire(state.attachment.placement);
    if (!state.on_pinned_maps) facts.on_other_maps.push_back(row.name);
  }
  const auto all_wanted = wanted_interfaces(parts.config.filter);
  if (!all_wanted) {
    facts.filter_unknown = all_wanted.error().message();
    return;
  }
  facts.no_default_route = all_wanted->empty() && !parts.config.filter.interfaces.empty();
  for (const std::string& wanted : *all_wanted) {
    const auto row = std::ranges::find(answer.interfaces, wanted, &control::InterfaceStatus::name);
    if (row == answer.interfaces.end() || row->xdp_mode == control::XdpMode::not_attached)
      facts.missing.push_back({wanted, kernel::program_at(wanted), if_nametoindex(wanted.c_str()) != 0});
  }
}

// Whether an attach with this configuration gives the filter the settings that it has.
bool would_attach_as(const config::Config& config, const sluice_settings& loaded) {
  kernel::FilterOptions wanted = config.filter;
  wanted.ipv6_source_length = config.detector.identity.ipv6_prefix_length;
  if (config.mode == decisions::Mode::observe) wanted.limits.clear();
  // Their order says nothing.
  const std::vector<std::uint16_t> ports(
      loaded.ports, loaded.ports + std::min<std::size_t>(loaded.port_count, SLUICE_MAX_PORTS));
  if (std::ranges::is_permutation(ports, wanted.ports)) wanted.ports.assign(ports.begin(), ports.end());
  const sluice_settings settings = kernel::to_settings(wanted, KernelTime{loaded.loaded_ns}, loaded.seed);
  return std::memcmp(&settings, &loaded, sizeof loaded) == 0;
}

void add_settings(const StatusParts& parts, control::StatusAnswer& answer, CheckupFacts& facts) {
  const sluice_settings& loaded = parts.maps.settings;
  const bool all = loaded.scope == SLUICE_SCOPE_ALL;
  answer.scope = all ? control::Scope::all : control::Scope::ports;
  answer.ports = loaded_ports(loaded);
  facts.settings_differ = !would_attach_as(parts.config, loaded);
}

void add_counters(const StatusParts& parts, control::StatusAnswer& answer, CheckupFacts& facts) {
  const auto counters = kernel::read_counters(parts.maps);
  if (!counters) {
    facts.counters_unknown = counters.error().message();
    return;
  }
  for (int reason = 0; reason < SLUICE_REASON_COUNT; ++reason) {
    const kernel::Traffic& traffic = counters->reasons[static_cast<std::size_t>(reason)];
    answer.counters.push_back(
        {std::string(kernel::to_string(static_cast<sluice_reason>(reason))), traffic.packets, traffic.bytes});
  }
  const auto& events = counters->events;
  const detection::ClientTracker& clients = parts.pipeline.detector().clients();
  answer.resets = events[SLUICE_RESETS_SENT];
  answer.hellos = parts.events.hellos;
  answer.losses = {
      {"reports_delayed", "activity reports that waited, the ring buffer was full",
       events[SLUICE_REPORTS_LOST]},
      {std::string(kPacketsUncounted), "packets whose source could not be counted",
       events[SLUICE_SOURCES_REFUSED]},
      {"activity_forgotten", "sources' activity and rates forgotten for newer ones",
       events[SLUICE_SOURCES_FORGOTTEN]},
      {"frames_lost", "copies of frames lost, the ring buffer was full", events[SLUICE_FRAMES_LOST]},
      {"hellos_refused", "TLS hellos beyond what one source or all may send", events[SLUICE_HELLOS_REFUSED]},
      {std::string(kEventsMalformed), "reports, hellos and copies of frames that could not be read",
       parts.events.malformed},
      {"hellos_malformed", "TLS hellos that are none, or not as they should be",
       std::accumulate(clients.hello_faults().begin(), clients.hello_faults().end(), std::uint64_t{0})},
      {"hellos_forgotten", "TLS hellos forgotten before their source asked for a page",
       clients.hellos().forgotten()},
      {std::string(kMemoryReliefs), "times that half of a table was forgotten, memory was short",
       parts.memory_reliefs},
      {std::string(kLinesLost), "lines of logs given up, memory was short", parts.lines_lost},
      {"lookups_failed", "DNS look-ups of crawlers without an answer", parts.names.failed},
      {"lookups_deferred", "DNS look-ups of crawlers put off, too many were on the way",
       parts.names.deferred},
      {"sources_forgotten", "sources forgotten by the detector",
       parts.pipeline.detector().sources().forgotten()},
      {"weeks_forgotten", "sources whose weeks were forgotten",
       parts.pipeline.detector().reach_history().forgotten()},
      {"accounts_forgotten", "accounts forgotten by the detector",
       parts.pipeline.detector().accounts().accounts().forgotten()},
      {"credentials_forgotten", "credentials forgotten by the detector",
       parts.pipeline.detector().accounts().credentials().forgotten()},
      {"stretches_forgotten", "stretches of identifiers forgotten by the detector, of groups of sources",
       parts.pipeline.detector().groups().table().forgotten_stretches()},
      {std::string(kSubjectsNotKept), "subjects not kept, the memory for them is used up",
       parts.pipeline.detector().subjects_not_kept()},
      {"decisions_refused", "decisions refused", parts.ledger.refused()},
  };
}

void add_decisions(const StatusParts& parts, control::StatusAnswer& answer, CheckupFacts& facts) {
  for (const decisions::Decision* decision : parts.ledger.all()) {
    if (decision->action == Action::throttle) ++answer.throttles;
    if (decision->action == Action::block) ++answer.blocks;
    if (decision->action == Action::allow) ++answer.allows;
  }
  for (const auto slot : {Ledger::Slot::denial, Ledger::Slot::allow}) {
    const bool denials = slot == Ledger::Slot::denial;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      const auto fill = parts.verdicts.fill(slot, family);
      (denials ? answer.decisions_capacity : answer.allows_capacity) = fill.capacity;
      facts.tables.push_back(
          {fmt::format("{} {}", family == Family::ipv4 ? "IPv4" : "IPv6", denials ? "decisions" : "allows"),
           denials ? "filter.max_decisions" : "filter.max_allows", fill.entries, fill.capacity});
    }
  }
  answer.refused_full = parts.ledger.refused();
}

void add_lists(const StatusParts& parts, control::StatusAnswer& answer) {
  answer.lists = parts.lists.lists.size();
  answer.list_memory = parts.lists.memory;
  for (const control::ListStatus& list : parts.lists.lists) {
    if (list.state == control::ListState::in_force) ++answer.lists_in_force;
  }
}

void add_site(const StatusParts& parts, control::StatusAnswer& answer) {
  const detection::Detector& detector = parts.pipeline.detector();
  answer.pages_of_routes = detector.coverage().covered();
  answer.pages_of_no_route = detector.coverage().uncovered();
  answer.every_page_counts = detector.every_page_counts();
  for (auto& shape : detection::uncovered_shapes(detector.discovery().proposals())) {
    answer.uncovered_shapes.push_back({std::move(shape.text), shape.requests,
                                       static_cast<std::uint64_t>(std::llround(shape.values)),
                                       shape.is_people, std::move(shape.reason)});
  }
  for (const detection::FoundSoftware& found : detector.software())
    answer.software.push_back({found.name, found.is_clear, found.is_in_force, found.share, found.markers});
}

// Nothing where the kernel does not say, or the service may not ask.
std::optional<bool> clock_is_synchronised() {
  timex state{};
  const int answer = ::adjtimex(&state);
  if (answer < 0) return std::nullopt;
  return answer != TIME_ERROR;
}

}  // namespace

control::StatusAnswer report_status(const StatusParts& parts) {
  control::StatusAnswer answer;
  CheckupFacts facts;
  answer.version = SLUICE_VERSION;
  answer.mode = to_wire(parts.ledger.mode());
  answer.uptime_seconds = parts.uptime.count();
  add_interfaces(parts, answer, facts);
  add_settings(parts, answer, facts);
  add_counters(parts, answer, facts);
  add_decisions(parts, answer, facts);
  answer.logs = parts.logs;
  add_lists(parts, answer);
  const detection::SourceTable& sources = parts.pipeline.detector().sources();
  answer.sources = sources.size();
  answer.sources_capacity = sources.capacity();
  answer.sources_forgotten = sources.forgotten();
  add_site(parts, answer);
  answer.store = parts.store;
  answer.control = parts.control;
  answer.rss_bytes = resident_bytes();
  facts.now = parts.now;
  facts.proxy = parts.proxy;
  facts.silence = parts.silence;
  facts.files = parts.files;
  facts.config_file = parts.config_file;
  facts.state_lost = parts.state_lost;
  constexpr std::size_t kShown = 5;
  facts.still_served_sources = parts.still_served.count(parts.now);
  for (auto& row : parts.still_served.rows(parts.now, kShown)) {
    facts.still_served.push_back({row.source.to_string(), row.served.requests, row.served.last,
                                  std::move(row.cause.text), std::move(row.cause.remedy)});
  }
  facts.protected_without_allow = parts.ledger.protected_without_allow();
  facts.clock_is_synchronised = clock_is_synchronised();
  answer.checks = check_up(answer, parts.lists, facts);
  answer.warnings = warnings_of(answer.checks);
  return answer;
}

}  // namespace sluice::app
