// SPDX-License-Identifier: Apache-2.0
// The filter's maps, by their names in bpf/maps.bpf.h, as `sluiced run` opens them: by their file
// permissions, without any capability. Used by verdict_table, event_source, counters and app/. Makes no map:
// filter.h does.
#pragma once

#include <string>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/maps.h"

namespace sluice::kernel {

struct FilterMaps {
  // Fails in words, with the remedy, where no filter is attached, where it is another version's, and where
  // this process may not use the maps.
  [[nodiscard]] static Result<FilterMaps> open(const std::string& bpf_fs);

  // Whether the pinned maps are still these: a detach and an attach make new ones, which a daemon that runs
  // on does not see.
  [[nodiscard]] bool still_pinned() const;

  std::string bpf_fs;
  sluice_settings settings;  // what the program was last loaded with
  std::uint32_t settings_id;
  Map<sluice_key_v4, sluice_decision> allow_v4;
  Map<sluice_key_v6, sluice_decision> allow_v6;
  Map<sluice_key_v4, sluice_decision> decisions_v4;
  Map<sluice_key_v6, sluice_decision> decisions_v6;
  MappedValue<sluice_lengths> lengths;
  MappedValue<sluice_areas> areas;
  MappedValue<sluice_list_switch> list_switch;
  MappedArray<sluice_list_line> lists;
  ReadPerCpuArray<sluice_counter> list_hits;  // by list number
  MappedArray<sluice_list_line> near;
  MappedValue<sluice_watch> watch;
  ReadPerCpuArray<sluice_counter> counters;
  ReadPerCpuArray<std::uint64_t> events;
  MapFd records;  // a ring buffer: activity
  MapFd frames;   // likewise: samples, captures, hellos
};

// The settings that the pinned maps carry; an error in words where their version is not ours.
[[nodiscard]] Result<sluice_settings> read_settings(const std::string& bpf_fs);

// One daemon on one set of maps: two would overwrite each other's decisions and share the ring buffer's
// records between them. Held until the descriptor is closed.
[[nodiscard]] Result<UniqueFd> lock_maps(const std::string& bpf_fs);

}  // namespace sluice::kernel
