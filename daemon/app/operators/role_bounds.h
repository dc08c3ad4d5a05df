// SPDX-License-Identifier: Apache-2.0
// How much an operator may decide: the widest network, the longest time, and all of the operator's decisions
// together. A policy owner is bound by the longest denial alone. Used by operator_service and import.
#pragma once

#include <string>

#include "daemon/base/time.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

// Why this caller may not make this decision, in words, with the key that bounds it; empty where the caller
// may. `decision` has its source, action, end and actor.
[[nodiscard]] std::string beyond_role(const control::Caller& caller, const config::ControlOptions& bounds,
                                      const decisions::Ledger& ledger, const decisions::Decision& decision,
                                      WallTime now);

}  // namespace sluice::app
