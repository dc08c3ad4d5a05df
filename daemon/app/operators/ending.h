// SPDX-License-Identifier: Apache-2.0
// unblock and disallow: which decisions an operator's request ends, and what is left of them. Used by
// operator_service. No clock.
#pragma once

#include <functional>

#include "daemon/base/address.h"
#include "daemon/control/operations.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

// `source_of`: the source that an address stands for. An allow without end is left to policy owners, and the
// allow of a protected network to nobody: the answer says so. `ending`: withdrawn or pardoned.
[[nodiscard]] control::UnblockAnswer end_decisions(
    decisions::Ledger& ledger, const control::UnblockRequest& request, const control::Caller& caller,
    const std::function<Prefix(const control::WrittenPrefix&)>& source_of, decisions::Ending ending);

}  // namespace sluice::app
