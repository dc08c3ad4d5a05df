// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/commands/unblock.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "daemon/control/commands/decide.h"

namespace sluice::control::commands {

UnblockRequest Unblock::request_of(std::string_view name) {
  UnblockRequest request;
  request.ends = name == kNames[1] ? Ends::allows : Ends::denials;
  return request;
}

std::string Unblock::in_words(const UnblockRequest& request) {
  return fmt::format("{}{}", name_of(request), request.addresses.empty() ? " --all" : "");
}

void Unblock::check(const UnblockRequest& request, Faults& faults) {
  const bool may_name_none = request.all && request.ends == Ends::denials;
  if (request.addresses.empty() && !may_name_none) faults.add("addresses", "at least one is needed");
  if (request.by.kind == ActorKind::unset && !request.by.name.empty())
    faults.add("by", "must be detector, operator, list or grant, or one of them with a name");
  check_via(request.via, "via", faults);
  check_reason(request.reason, "reason", faults);
}

std::optional<AuditEntry> Unblock::audit_entry(const UnblockRequest& request) {
  std::vector<std::string> addresses;
  for (const WrittenPrefix& address : request.addresses)
    addresses.push_back(address.to_string());
  AuditEntry entry{audit_rows(addresses), request.reason};
  if (addresses.empty()) entry.what = {"every denial"};
  for (std::string& row : entry.what) {
    if (request.all && !addresses.empty()) row += " and what covers them or lies within";
    if (request.by.kind != ActorKind::unset) row += " by " + request.by.to_string();
    if (!request.via.empty()) row += " via " + request.via;
  }
  return entry;
}

// Names what ended, as far as one row of the log takes it.
std::string Unblock::outcome(const UnblockAnswer& answer) {
  constexpr std::size_t kNamed = 10;
  const auto unchanged =
      std::ranges::count_if(answer.results, [](const UnblockResult& result) { return result.ended.empty(); });
  std::string text = fmt::format("{} ended, {} unchanged", answer.ended, unchanged);
  std::size_t named = 0;
  for (const UnblockResult& result : answer.results) {
    for (const std::string& ended : result.ended) {
      if (named++ < kNamed) text += fmt::format("; {}: {}", result.address.to_string(), ended);
    }
  }
  if (answer.ended > std::min(named, kNamed))
    text += fmt::format("; and {} more", answer.ended - std::min(named, kNamed));
  return text;
}

}  // namespace sluice::control::commands
