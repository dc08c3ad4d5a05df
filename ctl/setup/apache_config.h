// SPDX-License-Identifier: Apache-2.0
// The files of Apache's configuration, read for what concerns Sluice: CustomLog and LogFormat, Listen, the
// proxies of mod_remoteip. Used by web_servers.cpp, which asks Apache for the files. Pure; whatever stands in
// the files, everything is bounded.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/setup/server_config.h"
#include "daemon/base/error.h"

namespace sluice::ctl {

struct ApacheFile {
  std::string path;
  std::string text;
};

struct ApacheConfig {
  ServerConfig server;
  std::vector<std::string> proxy_lists;  // files with further proxies (RemoteIPTrustedProxyList)
};

// The files in Apache's order; `variables` are what ${NAME} stands for beside the Defines of the files. Fails
// where the files are longer than kMaxServerConfig together, or sections do not match; names file and line.
[[nodiscard]] Result<ApacheConfig> read_apache_config(const std::vector<ApacheFile>& files,
                                                      std::map<std::string, std::string> variables);

// "  (12) /etc/apache2/ports.conf" of what `apache2 -t -D DUMP_INCLUDES` prints; at most 1,000 paths.
[[nodiscard]] std::vector<std::string> apache_files_in(std::string_view dump);

}  // namespace sluice::ctl
