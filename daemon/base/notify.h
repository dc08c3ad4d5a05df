// SPDX-License-Identifier: Apache-2.0
// What the service manager is told (sd_notify); nothing happens when there is none.
#pragma once

#include <string_view>

namespace sluice {

void notify_ready(std::string_view status);
void notify_status(std::string_view status);
void notify_reloading();
void notify_stopping();

}  // namespace sluice
