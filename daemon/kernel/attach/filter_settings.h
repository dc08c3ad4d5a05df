// SPDX-License-Identifier: Apache-2.0
// From the options of an attach to the program's settings and the sizes of its maps. Used by filter_object.
// Pure, but for the length of the kernel's tick.
#pragma once

#include <cstdint>

#include "bpf/wire.h"
#include "daemon/base/time.h"
#include "daemon/kernel/attach/filter_options.h"

namespace sluice::kernel {

// `seed` as in sluice_settings. The options must not have more ports and limits than the settings have room
// for.
[[nodiscard]] sluice_settings to_settings(const FilterOptions& options, KernelTime now, std::uint64_t seed);

// Entries of the maps `near`, `sources` and `lists`.
[[nodiscard]] std::uint32_t near_lines(const FilterOptions& options);
[[nodiscard]] std::uint32_t source_sets(const FilterOptions& options);
[[nodiscard]] std::uint32_t list_lines(const FilterOptions& options);

}  // namespace sluice::kernel
