// SPDX-License-Identifier: Apache-2.0
// Tells the service manager about the state of the process (sd_notify); does nothing where there is none.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/base/time.h"

namespace sluice {

void notify_ready(std::string_view status);
void notify_status(std::string_view status);
void notify_reloading();
void notify_stopping();

// Within which it wants to hear notify_alive() each time (WatchdogSec); none where it does not ask.
[[nodiscard]] std::optional<Nanoseconds> watchdog_interval();
void notify_alive();

}  // namespace sluice
