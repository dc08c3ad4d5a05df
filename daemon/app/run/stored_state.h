// SPDX-License-Identifier: Apache-2.0
// What a former daemon left in the store, and how it comes back in force; and what a store is told that is
// taken into use later. Used by Daemon at the start, and by StateKeeper, which writes to the store.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "daemon/app/run/history_recorder.h"
#include "daemon/app/run/kernel_tables.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

// Logs what is wrong: a new state was begun, for the former one was unreadable; or the store has no database.
// Neither keeps a daemon from protecting.
[[nodiscard]] std::unique_ptr<store::StateStore> open_state(const config::Config& config);

// The store forgets what is older than this.
[[nodiscard]] store::StateStore::Oldest oldest_kept(const config::Config& config, WallTime now);

// Puts what the store remembers in force: decisions in the ledger, history in the pipeline. Then adds the
// store, `history` and `publisher` to the ledger's sinks: none is told again of what was known already.
// Removes from the kernel what no decision stands for, unless it is not known what was decided before.
// Returns the place where each log was left.
[[nodiscard]] Result<std::map<std::string, std::string>> restore_state(
    store::StateStore& store, const config::Config& config, decisions::Ledger& ledger,
    decisions::Pipeline& pipeline, HistoryRecorder& history, decisions::DecisionSink& publisher,
    kernel::VerdictTable& verdicts);

// For a store whose database was just opened again. Where nobody knows yet what was decided before the start,
// that comes in force; else the store is told all that is in memory.
[[nodiscard]] Result<void> use_store_again(store::StateStore& store, const config::Config& config,
                                           decisions::Ledger& ledger, decisions::Pipeline& pipeline,
                                           HistoryRecorder& history, kernel::VerdictTable& verdicts);

}  // namespace sluice::app
