// SPDX-License-Identifier: Apache-2.0
// The map `settings`, by the directory that it is pinned in: what the program was loaded with, and the
// version of all the maps beside it. Used by filter_maps and table_copy, and by attach/, which writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bpf/wire.h"
#include "daemon/base/error.h"
#include "daemon/kernel/maps/bpf_map.h"

namespace sluice::kernel {

using SettingsMap = ReadOnlyMap<std::uint32_t, sluice_settings>;

// The path of the pin in a directory of maps.
[[nodiscard]] std::string settings_path(const std::string& maps);

// All bytes of the settings. An error if they have another size: ask version_in() first. Nothing if the map
// is empty.
[[nodiscard]] Result<std::optional<sluice_settings>> settings_in(const std::string& maps);
[[nodiscard]] Result<void> write_settings(const std::string& maps, const sluice_settings& settings);

// The version of the maps in a directory, whatever its settings look like beyond it. Nothing if there are no
// maps.
[[nodiscard]] Result<std::optional<std::uint32_t>> version_in(const std::string& maps);

}  // namespace sluice::kernel
