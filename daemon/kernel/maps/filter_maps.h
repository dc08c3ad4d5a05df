// SPDX-License-Identifier: Apache-2.0
// All maps of the filter, open, as `sluiced run` opens them: by the permissions of their pins, without any
// capability. What each map is stands in bpf/maps.bpf.h. Used by verdict_table, list_table, counters, events/
// and app/. Makes no map: attach() does.
#pragma once

#include <string>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/maps/bpf_map.h"

namespace sluice::kernel {

struct FilterMaps {
  // Fails in words, with the remedy, if no filter is attached, if it is another version's, and if this
  // process may not use the maps.
  [[nodiscard]] static Result<FilterMaps> open(const std::string& bpf_fs);

  // Whether the pinned maps are still these. A detach and an attach make new ones, and a daemon that runs
  // does not notice it.
  [[nodiscard]] bool still_pinned() const;

  std::string bpf_fs;
  sluice_settings settings;   // what the program was last loaded with
  std::uint32_t settings_id;  // the kernel's id of the map `settings`
  WritableMap<sluice_key_v4, sluice_decision> allow_v4;
  WritableMap<sluice_key_v6, sluice_decision> allow_v6;
  WritableMap<sluice_key_v4, sluice_decision> decisions_v4;
  WritableMap<sluice_key_v6, sluice_decision> decisions_v6;
  MappedValue<sluice_lengths> lengths;
  MappedValue<sluice_areas> areas;
  MappedValue<sluice_list_switch> list_switch;
  MappedArray<sluice_list_line> lists;
  PerCpuArray<sluice_counter> list_hits;  // by list number
  MappedArray<sluice_list_line> near;     // the proximity filter
  MappedValue<sluice_watch> watch;
  PerCpuArray<sluice_counter> counters;
  PerCpuArray<std::uint64_t> events;
  MapFd records;  // a ring buffer: activity reports
  MapFd frames;   // a ring buffer: samples, captures, hellos
};

// The settings that the pinned maps carry. An error in words if their version is not ours.
[[nodiscard]] Result<sluice_settings> read_settings(const std::string& bpf_fs);

// Only one daemon may work on a set of maps: two would overwrite each other's decisions, and each record
// would go to one of them only. Held until the descriptor is closed.
[[nodiscard]] Result<UniqueFd> lock_maps(const std::string& bpf_fs);

}  // namespace sluice::kernel
