// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/commands/pardon.h"

#include <fmt/format.h>

#include "daemon/control/commands/decide.h"

namespace sluice::control::commands {

void Pardon::check(const PardonRequest& request, Faults& faults) {
  if (request.addresses.empty()) faults.add("addresses", "at least one is needed");
  check_reason(request.reason, "reason", faults);
}

std::optional<AuditEntry> Pardon::audit_entry(const PardonRequest& request) {
  std::vector<std::string> addresses;
  for (const WrittenPrefix& address : request.addresses)
    addresses.push_back(address.to_string());
  return AuditEntry{audit_rows(addresses), request.reason};
}

std::string Pardon::outcome(const PardonAnswer& answer) {
  std::uint64_t ended = 0;
  std::uint64_t forgotten = 0;
  for (const PardonResult& result : answer.results) {
    ended += result.ended.size();
    forgotten += result.blocks_forgotten;
  }
  return fmt::format("{} ended, {} earlier blocks forgotten", ended, forgotten);
}

}  // namespace sluice::control::commands
