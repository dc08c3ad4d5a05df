// SPDX-License-Identifier: Apache-2.0
// What the filter counted, summed over all processors, with names for people and metrics. Used by app/, which
// shows it through control/ and gate/. The counters begin at the first attach and end with the maps.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::kernel {

struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

struct Counters {
  std::array<Traffic, SLUICE_REASON_COUNT> reasons{};      // by enum sluice_reason
  std::array<std::uint64_t, SLUICE_EVENT_COUNT> events{};  // by enum sluice_event

  [[nodiscard]] Traffic passed() const;
  [[nodiscard]] Traffic dropped() const;
};

[[nodiscard]] Result<Counters> read_counters(const FilterMaps& maps);

// "pass_default", "drop_decision", ...; "reports_lost", "sources_made", ...
[[nodiscard]] std::string_view to_string(sluice_reason reason);
[[nodiscard]] std::string_view to_string(sluice_event event);

}  // namespace sluice::kernel
