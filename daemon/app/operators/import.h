// SPDX-License-Identifier: Apache-2.0
// Decisions that were made elsewhere, put to the ledger in the name of an operator. Used by operator_service.
// No clock.
#pragma once

#include <functional>
#include <string>

#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

struct Import {
  decisions::Ledger& ledger;
  const config::ControlOptions& bounds;
  decisions::Rate usual_rate;  // of a throttle that says none
  std::function<Prefix(const control::WrittenPrefix& written)> source_of;
  // Why a denial of this source must not be, in words; empty where nothing speaks against it.
  std::function<std::string(const Prefix&)> objection;
};

// Row by row. What the operator decided before, and is as strict and lasts as long, stays.
[[nodiscard]] control::ImportAnswer import_decisions(const Import& way, const control::ImportRequest& request,
                                                     const control::Caller& caller, WallTime now);

}  // namespace sluice::app
