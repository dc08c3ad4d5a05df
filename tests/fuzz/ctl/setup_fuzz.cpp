// SPDX-License-Identifier: Apache-2.0
// What `sluicectl setup` reads: nginx's configuration, the end of a log, a sluice.toml. All of it is read
// within bounds, and a setting that was set is found again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ctl/setup/config_text.h"
#include "ctl/setup/log_clients.h"
#include "ctl/setup/nginx_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::ctl;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto config = read_nginx_config(text)) {
    if (config->logs.size() > 64 || config->formats.size() > 64 || config->real_ip_from.size() > 1000)
      std::abort();
    for (const NginxFormat& format : config->formats) {
      if (text.find(format.directive) == std::string_view::npos) std::abort();
    }
  }
  if (clients_in(text).few.size() > 3) std::abort();
  ConfigText config(text);
  for (const ConfigText::Log& log : config.logs())
    config.remove_log(log.path);
  if (config.set("filter", "interfaces", "[\"eth0\"]") &&
      config.value("filter", "interfaces") != "[\"eth0\"]")
    std::abort();
  config.add_log({"[[log]]", "path = \"/x\"", "format = \"combined\""});
  return 0;
}
