// SPDX-License-Identifier: Apache-2.0
// What `nginx -T` prints, read for what concerns Sluice: access logs, their formats, trusted proxies. Pure;
// whoever may write nginx's configuration may write anything here, so that everything is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::ctl {

struct NginxLog {
  std::string path;    // as it stands there
  std::string format;  // the name of its log_format; "combined" where none is given

  bool operator==(const NginxLog&) const = default;
};

struct NginxFormat {
  std::string name;
  std::string directive;  // the whole of it, "log_format NAME ...;"
};

struct NginxConfig {
  std::vector<NginxLog> logs;             // of files, each once, in their order; at most 64
  std::vector<NginxFormat> formats;       // at most 64
  std::vector<std::string> real_ip_from;  // set_real_ip_from: proxies that nginx itself trusts; at most 1000
  std::vector<std::string> remarks;       // about what cannot be followed, in words, with file and line
};

inline constexpr std::size_t kMaxNginxConfig = 4 * 1024 * 1024;

// Fails where the text is longer than kMaxNginxConfig, a quote or block does not end, or a bound is passed;
// names file and line.
[[nodiscard]] Result<NginxConfig> read_nginx_config(std::string_view text);

}  // namespace sluice::ctl
