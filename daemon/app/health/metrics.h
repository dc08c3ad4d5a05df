// SPDX-License-Identifier: Apache-2.0
// What `status` and `lists` say, as metrics in the text format of Prometheus: names and units as its
// conventions have them, and never an address, an account or a user agent in a label.
#pragma once

#include <string>

#include "daemon/control/protocol.h"

namespace sluice::app {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

[[nodiscard]] std::string metrics_text(const control::StatusAnswer& status, const control::ListsAnswer& lists,
                                       WallTime now);

}  // namespace sluice::app
