// SPDX-License-Identifier: Apache-2.0
// What `nginx -T` prints, read for what concerns Sluice: access logs and their formats, ports, trusted
// proxies. Used by web_servers.cpp. Pure; whoever may write nginx's configuration may write anything here, so
// that everything is bounded.
#pragma once

#include <string_view>

#include "ctl/setup/server_config.h"
#include "daemon/base/error.h"

namespace sluice::ctl {

// Fails where the text is longer than kMaxServerConfig, a quote or block does not end, or a bound is passed;
// names file and line.
[[nodiscard]] Result<ServerConfig> read_nginx_config(std::string_view text);

}  // namespace sluice::ctl
