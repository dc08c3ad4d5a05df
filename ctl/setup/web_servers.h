// SPDX-License-Identifier: Apache-2.0
// The web servers part of host.h: which are there, and what they log where.
#pragma once

#include "ctl/setup/host.h"

namespace sluice::ctl {

// Fills in servers, logs, ports, trusted, unseen and remarks. Servers that run count; those that are
// installed alone count where none runs.
void look_at_web_servers(Host& host);

}  // namespace sluice::ctl
