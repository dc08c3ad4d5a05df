// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/commands/unblock.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace sluice::control::commands {

std::optional<AuditEntry> Unblock::audit_entry(const UnblockRequest& request) {
  std::vector<std::string> addresses;
  for (const WrittenPrefix& address : request.addresses)
    addresses.push_back(address.to_string());
  return AuditEntry{audit_rows(addresses), ""};
}

std::string Unblock::outcome(const UnblockAnswer& answer) {
  const auto ended = std::ranges::count_if(answer.results,
                                           [](const UnblockResult& result) { return !result.ended.empty(); });
  return fmt::format("{} ended, {} unchanged", ended,
                     static_cast<std::ptrdiff_t>(answer.results.size()) - ended);
}

}  // namespace sluice::control::commands
