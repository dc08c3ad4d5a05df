// SPDX-License-Identifier: Apache-2.0
// The ledger of a configuration. The daemon and a replay make theirs here, so that what there is room for is
// the same in both.
#pragma once

#include <string>

#include "daemon/config/config.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

// As large as the kernel's tables, which are one for each family: the ledger holds both families.
[[nodiscard]] decisions::Ledger make_ledger(const config::Config& config, decisions::Mode mode);

// "enforce, 3 denials and 5 allows in force, 1 logs": for the log and the service manager.
[[nodiscard]] std::string summary_of(const decisions::Ledger& ledger, const config::Config& config);

}  // namespace sluice::app
