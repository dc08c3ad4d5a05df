// SPDX-License-Identifier: Apache-2.0
// Decisions that were made elsewhere, put to the ledger in the name of an operator. Used by operator_service.
// No clock.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

struct Import {
  decisions::Ledger& ledger;
  Seconds usual;               // control.default_for
  Seconds longest;             // control.max_for
  decisions::Rate usual_rate;  // of a throttle that says none
  std::function<Prefix(const control::WrittenPrefix& written)> source_of;
  // Why a denial of this source must not be, in words; empty where nothing speaks against it.
  std::function<std::string(const Prefix&)> objection;
};

// Row by row. What is in force and as strict and lasts as long stays, whoever made it; a denial may last no
// longer than `longest`.
[[nodiscard]] control::ImportAnswer import_decisions(const Import& way, const control::ImportRequest& request,
                                                     std::string_view operator_name, WallTime now);

}  // namespace sluice::app
