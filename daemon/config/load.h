// SPDX-License-Identifier: Apache-2.0
// From a file to a Config, or to everything that is wrong with it. Used by app/ at start, by `sluiced
// check-config` and by a reload, which all three see the same faults. Reads the file and those that it
// includes; looks at nothing else of the machine. What the file says counts before what an included one says,
// a later one of these before an earlier, and all of them before the preset.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/fault.h"

namespace sluice::config {

using Loaded = boost::system::result<Config, Faults>;

// Every fault in the order of the file. Only a text that is not TOML hides those behind its first error.
[[nodiscard]] Loaded load(const std::string& path);

// The same from memory; `file` is what the faults call it. It cannot include others.
[[nodiscard]] Loaded parse(std::string_view text, const std::string& file);

// One key as it is in force.
struct Setting {
  std::string key;
  std::string value;   // as TOML, long texts cut
  std::string origin;  // "default", "preset strict: ...", "FILE:LINE"; and over what it counts

  bool operator==(const Setting&) const = default;
};

// What load() gives, every key in the order of config/sluice.toml.
[[nodiscard]] boost::system::result<std::vector<Setting>, Faults> load_settings(const std::string& path);

}  // namespace sluice::config
