// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/counters.h"

#include <numeric>
#include <span>

namespace sluice::kernel {
namespace {

// In the order of enum sluice_reason.
constexpr std::array<std::string_view, SLUICE_REASON_COUNT> kReasons = {"pass_default",
                                                                        "pass_allowed",
                                                                        "pass_within_rate",
                                                                        "pass_out_of_scope",
                                                                        "pass_not_ip",
                                                                        "pass_truncated_ethernet",
                                                                        "pass_truncated_vlan",
                                                                        "pass_too_many_vlans",
                                                                        "pass_truncated_ipv4",
                                                                        "pass_malformed_ipv4",
                                                                        "pass_truncated_ipv6",
                                                                        "pass_malformed_ipv6",
                                                                        "pass_truncated_extension",
                                                                        "pass_too_many_extensions",
                                                                        "pass_truncated_transport",
                                                                        "pass_listed",
                                                                        "pass_control",
                                                                        "drop_decision",
                                                                        "drop_over_rate",
                                                                        "drop_listed",
                                                                        "drop_list_rate",
                                                                        "drop_limit_packets",
                                                                        "drop_limit_bytes",
                                                                        "drop_limit_attempts"};
static_assert(!kReasons.back().empty(), "a reason without a name");

// In the order of enum sluice_event.
constexpr std::array<std::string_view, SLUICE_EVENT_COUNT> kEvents = {
    "reports_lost", "sources_made",   "sources_forgotten", "sources_refused",
    "frames_lost",  "hellos_refused", "resets_sent"};
static_assert(!kEvents.back().empty(), "an event without a name");

Traffic sum(std::span<const Traffic> parts) {
  Traffic total;
  for (const Traffic& part : parts) {
    total.packets += part.packets;
    total.bytes += part.bytes;
  }
  return total;
}

}  // namespace

Traffic Counters::passed() const {
  return sum(std::span(reasons).first<SLUICE_DROP_DECISION>());
}

Traffic Counters::dropped() const {
  return sum(std::span(reasons).subspan<SLUICE_DROP_DECISION>());
}

Result<Counters> read_counters(const FilterMaps& maps) {
  Counters counters;
  for (std::uint32_t i = 0; i < counters.reasons.size(); ++i) {
    const auto cpus = maps.counters.at(i);
    if (!cpus) return cpus.error();
    for (const sluice_counter& cpu : *cpus) {
      counters.reasons[i].packets += cpu.packets;
      counters.reasons[i].bytes += cpu.bytes;
    }
  }
  for (std::uint32_t i = 0; i < counters.events.size(); ++i) {
    const auto cpus = maps.events.at(i);
    if (!cpus) return cpus.error();
    counters.events[i] = std::accumulate(cpus->begin(), cpus->end(), std::uint64_t{0});
  }
  return counters;
}

std::string_view to_string(sluice_reason reason) {
  return kReasons.at(reason);
}

std::string_view to_string(sluice_event event) {
  return kEvents.at(event);
}

}  // namespace sluice::kernel
