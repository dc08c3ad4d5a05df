// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/commands/lists.h"

#include <algorithm>

#include <fmt/format.h>

namespace sluice::control::commands {

std::optional<AuditEntry> RefreshLists::audit_entry(const RefreshRequest& request) {
  AuditEntry entry;
  entry.what = request.names.empty() ? std::vector<std::string>{"all lists"} : audit_rows(request.names);
  for (std::string& row : entry.what)
    row += request.force ? ", though it shrank" : "";
  return entry;
}

std::string RefreshLists::outcome(const RefreshAnswer& answer) {
  const auto count = [&](RefreshOutcome outcome) {
    return std::ranges::count(answer.results, outcome, &RefreshResult::outcome);
  };
  return fmt::format("{} updated, {} unchanged, {} kept, {} failed", count(RefreshOutcome::updated),
                     count(RefreshOutcome::unchanged), count(RefreshOutcome::kept),
                     count(RefreshOutcome::failed));
}

}  // namespace sluice::control::commands
