// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/wanted_interfaces.h"

#include <algorithm>

#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/host/default_routes.h"

namespace sluice::app {

Result<std::vector<std::string>> wanted_interfaces(const kernel::FilterOptions& options) {
  std::vector<std::string> wanted;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(wanted, name) == wanted.end()) wanted.push_back(name);
  };
  for (const std::string& name : options.interfaces) {
    if (name != kernel::kAutomaticInterfaces) {
      add(name);
      continue;
    }
    const auto routes = kernel::default_routes();
    if (!routes) return routes.error();
    const auto filtered = kernel::inspect(options.bpf_fs);
    if (!filtered) return filtered.error();
    std::ranges::for_each(routes->interfaces, add);
    std::ranges::for_each(*filtered, add, [](const kernel::InterfaceState& state) -> const std::string& {
      return state.attachment.interface;
    });
  }
  return wanted;
}

}  // namespace sluice::app
