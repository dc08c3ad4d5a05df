// SPDX-License-Identifier: Apache-2.0
// What must never be blocked, because this host could not be reached or could not work: its own addresses,
// its default gateways, its resolvers, loopback and link-local networks. Asked of the kernel, without
// privileges. Given by app/ to the ledger as protected networks; protects nothing itself.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/decisions/ledger.h"

namespace sluice::kernel {

// Each network once, with the first of its names ("this host's own address", "a default gateway", "a resolver
// in /etc/resolv.conf", "loopback", "link-local"). As of now: to be asked again from time to time. A
// resolv.conf that is missing names no resolvers.
[[nodiscard]] Result<std::vector<decisions::Ledger::Protected>> host_addresses(
    const std::string& resolv_conf = "/etc/resolv.conf");

}  // namespace sluice::kernel
