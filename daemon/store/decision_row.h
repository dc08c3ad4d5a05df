// SPDX-License-Identifier: Apache-2.0
// A decision as columns of a row, the same in the table of those in force and in that of those that ended.
// Private to store/.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/decisions/decision.h"
#include "daemon/store/database.h"

namespace sluice::store {

// In the order in which bind_decision() and read_decision() take them.
inline constexpr std::string_view kDecisionColumns =
    "source, slot, action, since, until, reason, actor, rate, burst, score, signals, requests, pages,"
    " subjects, forwarded";

// 0 for a denial, 1 for an allow.
[[nodiscard]] std::int64_t slot_of(const decisions::Decision& decision);

// Binds the parameters from `first` on.
void bind_decision(Statement& statement, int first, const decisions::Decision& decision);

// The columns from `first` on of the row that `select` stands on, or nothing where they cannot be ours.
[[nodiscard]] std::optional<decisions::Decision> read_decision(const Statement& select, int first);

}  // namespace sluice::store
