// SPDX-License-Identifier: Apache-2.0
// What a former daemon left in the store, and how it comes back in force. Used by Daemon, once at the start;
// afterwards StateKeeper writes to the store.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/app/run/kernel_tables.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

// Logs that a new state was begun where the former one was unreadable.
[[nodiscard]] Result<std::unique_ptr<store::StateStore>> open_state(const config::Config& config);

// The store forgets what is older than this.
[[nodiscard]] store::StateStore::Oldest oldest_kept(const config::Config& config, WallTime now);

// Puts what the store remembers in force: decisions in the ledger, history in the pipeline. Then adds the
// store and `publisher` to the ledger's sinks: neither is told again of what was known already. Removes from
// the kernel what no decision stands for. Returns the place where each log was left.
[[nodiscard]] Result<std::map<std::string, std::string>> restore_state(
    store::StateStore& store, const config::Config& config, decisions::Ledger& ledger,
    decisions::Pipeline& pipeline, decisions::DecisionSink& publisher, kernel::VerdictTable& verdicts);

}  // namespace sluice::app
