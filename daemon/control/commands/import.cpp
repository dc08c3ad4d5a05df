// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/commands/import.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/control/commands/decide.h"
#include "daemon/control/protocol/limits.h"

namespace sluice::control::commands {

bool Import::is_endless(const ImportRequest& request) {
  return std::ranges::any_of(request.decisions, [](const ImportRow& row) {
    return row.action == Action::allow && row.until.value_or(kForever) == kForever;
  });
}

// Each row is a whole decision: its own action, end and reason. A fault names it by its number in the
// request.
void Import::check(const ImportRequest& request, Faults& faults) {
  if (request.decisions.empty()) faults.add("decisions", "at least one is needed");
  for (std::size_t i = 0; i < request.decisions.size(); ++i) {
    const ImportRow& row = request.decisions[i];
    const auto place = [i](std::string_view name) { return fmt::format("decisions[{}].{}", i, name); };
    if (!row.source) faults.add(place("source"), "must be an IP address or a prefix");
    if (row.action != Action::block && row.action != Action::throttle && row.action != Action::allow)
      faults.add(place("action"), "must be block, throttle or allow");
    if (row.until == kForever && row.action != Action::allow)
      faults.add(place("until"), "only an allow has no end");
    check_range(row.rate, kMaxRate, place("rate"), faults);
    check_range(row.burst, kMaxRate, place("burst"), faults);
    if (row.action != Action::throttle && (row.rate || row.burst))
      faults.add(place("rate, burst"), "belong to throttle alone");
    check_reason(row.reason, place("reason"), faults);
  }
}

std::optional<AuditEntry> Import::audit_entry(const ImportRequest& request) {
  if (request.dry_run) return std::nullopt;
  std::vector<std::string> decisions;
  for (const ImportRow& row : request.decisions) {
    const std::string end = row.until ? fmt::format(" until {}", format_time(*row.until)) : "";
    decisions.push_back(fmt::format("{} {}{};", to_text(row.action), row.source.to_string(), end));
  }
  return AuditEntry{audit_rows(decisions), ""};
}

std::string Import::outcome(const ImportAnswer& answer) {
  return fmt::format("{} added, {} replaced, {} kept, {} overruled, {} refused", answer.added,
                     answer.replaced, answer.kept, answer.overruled, answer.refused);
}

}  // namespace sluice::control::commands
