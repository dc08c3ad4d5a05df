// SPDX-License-Identifier: Apache-2.0
// The keys of [site] and [[route]], and the files of ready-made sites, which have some of them too. Private
// to config/ and its tests.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/keys.h"

namespace sluice::config {

[[nodiscard]] std::vector<Key<Config>> site_table_keys();

// Reads the file of each software that the configuration names, behind everything that the operator wrote.
// `read` gives the text of a file.
void read_software(const std::function<Result<std::string>(const std::string& path)>& read, Config& config,
                   Report& report);

// What the text of a ready-made site says of its software; nothing where it has faults, for nobody asked for
// it.
[[nodiscard]] std::optional<detection::KnownSoftware> known_software(std::string_view text,
                                                                     const std::string& name);

}  // namespace sluice::config
