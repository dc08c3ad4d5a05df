// SPDX-License-Identifier: Apache-2.0
// `sluiced recognise`: says in which format a log is, as lines for sluice.toml. For operators who do not
// know, and for `sluicectl setup`.
#pragma once

#include <string>

#include "daemon/base/error.h"
#include "daemon/config/config.h"

namespace sluice::app {

// A [[log]] with the path and what reads its first lines best, each line with its newline. An error where no
// line of it can be read; it says the nearest format and where that one fails.
[[nodiscard]] Result<std::string> recognised_log(const config::Config& config, const std::string& path);

}  // namespace sluice::app
