// SPDX-License-Identifier: Apache-2.0
// The text of haproxy.cfg, read for what concerns Sluice: `bind`, `log`, formats and captures of each
// frontend. Used by web_servers.cpp. Pure; whatever stands in the text, everything is bounded. Conditions
// (`.if`) are not decided: what stands in any branch counts, and a remark says so.
#pragma once

#include <string_view>

#include "ctl/setup/server_config.h"
#include "daemon/base/error.h"

namespace sluice::ctl {

// Fails where the text is longer than kMaxServerConfig, a quote does not end, a line stands before any
// section, or a bound is passed; names the line, behind `name`. Whether HAProxy takes the rest is for HAProxy
// to say.
[[nodiscard]] Result<ServerConfig> read_haproxy_config(std::string_view text, std::string_view name);

}  // namespace sluice::ctl
