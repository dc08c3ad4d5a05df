// SPDX-License-Identifier: Apache-2.0
// The words and rows of `explain`: what is in force, what is known of a source, what would have to change.
// Reads the ledger and the detector; changes nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/protocol.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"

namespace sluice::app {

// "blocked by 198.51.100.0/24, operator alice, until 2026-11-24T06:07:24Z"
[[nodiscard]] std::string describe(const decisions::Decision& decision);

[[nodiscard]] control::DecisionDetail detail_of(const decisions::Decision& decision,
                                                control::DecisionRow row);

// What the kernel does with packets in scope. `covering` as Ledger::covering gives it.
[[nodiscard]] control::Verdict verdict_of(const decisions::Ledger& ledger,
                                          const std::vector<const decisions::Decision*>& covering);

// The denials in effect of addresses and networks within this one, by source.
[[nodiscard]] std::vector<const decisions::Decision*> decisions_within(const decisions::Ledger& ledger,
                                                                       const Prefix& network);

// What the kernel does with packets that a list counts for.
[[nodiscard]] control::Verdict verdict_of(const control::ListMatch& list);

// Nothing where the detector has not seen the source, or has forgotten it.
[[nodiscard]] std::optional<control::SourceDetail> known_of(const decisions::Pipeline& pipeline,
                                                            const Prefix& source, WallTime now);

// Sentences, the ones that matter most first; never empty.
[[nodiscard]] std::vector<std::string> what_would_change(
    const decisions::Ledger& ledger, const decisions::Pipeline& pipeline,
    const std::vector<const decisions::Decision*>& covering, const Prefix& source, WallTime now);

}  // namespace sluice::app
