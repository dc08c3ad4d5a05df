// SPDX-License-Identifier: Apache-2.0
// What the options of an attach come to for the program: its settings, and the sizes of the maps that follow
// from them. Used by filter_object. Pure but for the length of the kernel's tick.
#pragma once

#include <cstdint>

#include "bpf/wire.h"
#include "daemon/base/time.h"
#include "daemon/kernel/filter_options.h"

namespace sluice::kernel {

// `seed` as in sluice_settings. Ports and limits are at most as many as these have room for.
[[nodiscard]] sluice_settings to_settings(const FilterOptions& options, KernelTime now, std::uint64_t seed);

// Entries of the maps `near`, `sources` and `lists`.
[[nodiscard]] std::uint32_t near_lines(const FilterOptions& options);
[[nodiscard]] std::uint32_t source_sets(const FilterOptions& options);
[[nodiscard]] std::uint32_t list_lines(const FilterOptions& options);

}  // namespace sluice::kernel
