// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/ledger.h"

#include <fmt/format.h>

namespace sluice::app {

decisions::Ledger make_ledger(const config::Config& config, decisions::Mode mode) {
  return {{.denials = config.filter.max_decisions, .allows = config.filter.max_allows}, mode};
}

std::string summary_of(const decisions::Ledger& ledger, const config::Config& config) {
  using Slot = decisions::Ledger::Slot;
  return fmt::format("{}, {} denials and {} allows in force, {} logs", decisions::to_string(ledger.mode()),
                     ledger.size(Slot::denial), ledger.size(Slot::allow), config.logs.size());
}

}  // namespace sluice::app
