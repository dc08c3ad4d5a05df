// SPDX-License-Identifier: Apache-2.0
// The answer to `history`: the decisions in force and those that ended, as rows. Used by operator_service.
// No clock.
#pragma once

#include <functional>
#include <optional>

#include "daemon/base/address.h"
#include "daemon/control/operations.h"
#include "daemon/decisions/ledger.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

struct HistorySources {
  const decisions::Ledger& ledger;
  std::function<control::DecisionRow(const decisions::Decision&)> row_of;  // of one in force
  std::function<store::StateStore::PastPage(const store::HistoryStore::Query&)> past;
};

// `source`: that of the request, as it stands in the ledger.
[[nodiscard]] control::HistoryAnswer history_answer(const HistorySources& sources,
                                                    const control::HistoryRequest& request,
                                                    const std::optional<Prefix>& source);

}  // namespace sluice::app
