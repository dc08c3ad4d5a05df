// SPDX-License-Identifier: Apache-2.0
// From a file to a Config, or to everything that is wrong with it. Used by app/ at start, by `sluiced
// check-config` and by a reload, which all three see the same faults. Reads the one file; looks at nothing
// else of the machine.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/config/config.h"
#include "daemon/config/fault.h"

namespace sluice::config {

inline constexpr std::size_t kMaxFileBytes = std::size_t{1024} * 1024;

using Loaded = boost::system::result<Config, Faults>;

// Every fault in the order of the file. Only a text that is not TOML hides those behind its first error.
[[nodiscard]] Loaded load(const std::string& path);

// The same from memory; `file` is what the faults call it.
[[nodiscard]] Loaded parse(std::string_view text, const std::string& file);

}  // namespace sluice::config
