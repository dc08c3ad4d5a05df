// SPDX-License-Identifier: Apache-2.0
// The web servers part of host.h: which are there, and what they log where.
#pragma once

#include "ctl/setup/host.h"

namespace sluice::ctl {

// Fills in servers, logs, real_ip_from and remarks.
void look_at_web_servers(Host& host);

}  // namespace sluice::ctl
