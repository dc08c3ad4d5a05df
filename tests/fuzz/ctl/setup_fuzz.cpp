// SPDX-License-Identifier: Apache-2.0
// What `sluicectl setup` reads: configurations of web servers, the end of a log, a sluice.toml. All of it is
// read within bounds, and a setting that was set is found again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ctl/setup/apache_config.h"
#include "ctl/setup/caddy_config.h"
#include "ctl/setup/config_text.h"
#include "ctl/setup/haproxy_config.h"
#include "ctl/setup/log_clients.h"
#include "ctl/setup/nginx_config.h"

namespace sluice::ctl {
namespace {

void check(const ServerConfig& config) {
  if (config.logs.size() > kMaxServerLogs || config.ports.size() > kMaxServerPorts ||
      config.trusted.size() > kMaxServerProxies || config.unseen.size() > kMaxServerRemarks ||
      config.remarks.size() > kMaxServerRemarks)
    std::abort();
}

void read_all(std::string_view text) {
  if (const auto config = read_nginx_config(text)) {
    check(*config);
    for (const ServerLog& log : config->logs) {
      if (text.find(log.pattern) == std::string_view::npos) std::abort();
    }
  }
  if (const auto config = read_haproxy_config(text, "x")) check(*config);
  if (const auto config = read_caddy_config(text)) check(config->server);
  const ApacheFile file{"x", std::string(text)};
  if (const auto config = read_apache_config({file, file}, {{"X", "y"}})) check(config->server);
  if (apache_files_in(text).size() > 1000) std::abort();
  if (clients_in(text).few.size() > 3) std::abort();
  ConfigText config(text);
  for (const ConfigText::Log& log : config.logs())
    config.remove_log(log.path);
  if (config.set("filter", "interfaces", "[\"eth0\"]") &&
      config.value("filter", "interfaces") != "[\"eth0\"]")
    std::abort();
  config.add_log({"[[log]]", "path = \"/x\"", "format = \"combined\""});
}

}  // namespace
}  // namespace sluice::ctl

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::ctl::read_all({reinterpret_cast<const char*>(data), size});
  return 0;
}
