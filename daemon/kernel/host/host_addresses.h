// SPDX-License-Identifier: Apache-2.0
// The networks that must never be blocked, because this host could not be reached or could not work then: its
// own addresses, its default gateways, its resolvers, loopback and link-local networks. Needs no privileges.
// app/ gives them to the ledger, which protects them.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/decisions/ledger.h"

namespace sluice::kernel {

// Each network once, with the first name that fits ("this host's own address", "a default gateway", "a
// resolver in /etc/resolv.conf", "loopback", "link-local"). It is what holds now: ask again from time to
// time. If resolv.conf is missing there are no resolvers.
[[nodiscard]] Result<std::vector<decisions::Ledger::Protected>> host_addresses(
    const std::string& resolv_conf = "/etc/resolv.conf");

}  // namespace sluice::kernel
