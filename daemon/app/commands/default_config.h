// SPDX-License-Identifier: Apache-2.0
// Where the configuration is when nobody says otherwise. Used by main.cpp and the subcommands.
#pragma once

namespace sluice::app {

inline constexpr const char* kDefaultConfig = "/etc/sluice/sluice.toml";

}  // namespace sluice::app
