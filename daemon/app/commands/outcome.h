// SPDX-License-Identifier: Apache-2.0
// What the subcommands have in common: their exit codes, how they say what went wrong, and how they read the
// configuration. Used by the files of this folder alone.
#pragma once

#include <optional>
#include <string>

#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/config/load.h"

namespace sluice::app {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;

// Both say on standard error what is wrong, and return kFailed.
int fail(const Error& error);
int fail(const config::Faults& faults);

// The login name of whoever runs this, for the audit log.
[[nodiscard]] std::string name_of_user();

// The configuration; nothing when it has faults, which are then said on standard error.
[[nodiscard]] std::optional<config::Config> load_or_say_why(const std::string& path);

// The same for subcommands that work without a configuration: the built-in defaults where no file is named
// and the default file is missing.
[[nodiscard]] std::optional<config::Config> load_or_defaults(const std::optional<std::string>& named);

}  // namespace sluice::app
