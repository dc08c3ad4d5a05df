// SPDX-License-Identifier: Apache-2.0
// Keeps a list, whoever wrote it, from holding nearly everybody and from locking out those who stand next to
// the host. Used by content.h and app/. This host's own addresses, its gateways and the management networks
// are not its business: the ledger allows them before all lists.
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/lists/entries.h"
#include "daemon/lists/options.h"
#include "daemon/lists/report.h"

namespace sluice::lists {

// Entries wider than a /8 of IPv4 or a /16 of IPv6, but private ones, are left out: nobody means to block,
// trust or allow a 256th of all addresses by one line. A list that denies also loses loopback, link-local,
// private (RFC 1918, RFC 4193) and carriers' (RFC 6598) networks; an entry that holds one of them is cut into
// the parts that do not.
void leave_out_unfit(ListAction action, Entries& entries, ListReport& report);

// The same of the ranges of a crawler: whoever says that he is it would be it. Returns how many were left
// out.
std::size_t leave_out_wide(std::vector<Prefix>& ranges);

// Whether a list lost more than the share `max_shrink` of its entries. A list of fewer than 20 never did:
// there a few networks that were given up look like half of it.
[[nodiscard]] bool shrank(std::size_t before, std::size_t now, double max_shrink);

}  // namespace sluice::lists
