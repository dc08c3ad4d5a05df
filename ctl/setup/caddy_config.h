// SPDX-License-Identifier: Apache-2.0
// Caddy's configuration as JSON (what `caddy adapt` prints, and its admin API answers), read for what
// concerns Sluice: which server logs its requests where and how, ports, trusted proxies. Used by
// web_servers.cpp. Pure; whatever stands in the text, everything is bounded.
#pragma once

#include <string>
#include <string_view>

#include "ctl/setup/server_config.h"
#include "daemon/base/error.h"

namespace sluice::ctl {

struct CaddyConfig {
  ServerConfig server;
  std::string admin;  // where its API listens, "localhost:2019"; empty: nowhere
};

// Fails where the text is longer than kMaxServerConfig or no object of JSON.
[[nodiscard]] Result<CaddyConfig> read_caddy_config(std::string_view json);

}  // namespace sluice::ctl
