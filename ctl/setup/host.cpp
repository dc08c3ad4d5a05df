// SPDX-License-Identifier: Apache-2.0
#include "ctl/setup/host.h"

#include "ctl/connected_from.h"
#include "ctl/setup/interfaces.h"
#include "ctl/setup/web_servers.h"

namespace sluice::ctl {

Host look_at_host() {
  Host host;
  host.interfaces = look_at_interfaces();
  look_at_web_servers(host);
  host.management = connected_from().to_string();
  return host;
}

}  // namespace sluice::ctl
