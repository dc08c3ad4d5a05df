// SPDX-License-Identifier: Apache-2.0
// `sluiced attach` and `sluiced detach`: the filter is put on the interfaces of the configuration, or taken
// away. `sluiced run --attach` uses the same functions.
#pragma once

#include <string>

#include "daemon/base/error.h"
#include "daemon/config/config.h"

namespace sluice::app {

// Exit codes; what went wrong was said on standard error. `skip_missing`: interfaces that do not exist are
// left out with a warning.
[[nodiscard]] int attach(const std::string& config, bool skip_missing);
[[nodiscard]] int detach(const std::string& config);

// The same for who has read the configuration; they log what they did.
[[nodiscard]] Result<void> attach_filter(const config::Config& config, bool skip_missing);
[[nodiscard]] Result<void> detach_filter(const std::string& bpf_fs);

// As `sluiced run --attach` attaches. Fails, and changes nothing, where another daemon runs on the filter's
// maps. True if there was no filter before: then whoever called takes it away at the end.
[[nodiscard]] Result<bool> attach_for_run(const config::Config& config);

}  // namespace sluice::app
