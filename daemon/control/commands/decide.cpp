// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/commands/decide.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/control/protocol/limits.h"

namespace sluice::control {

void check_reason(const std::string& reason, std::string_view place, Faults& faults) {
  if (reason.size() > kMaxReason) faults.add(place, fmt::format("at most {} bytes", kMaxReason));
  if (std::ranges::any_of(reason, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    faults.add(place, "must hold no control characters");
}

void check_via(const std::string& via, std::string_view place, Faults& faults) {
  const auto is_known = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (via.size() > kMaxVia || !std::ranges::all_of(via, is_known))
    faults.add(place, fmt::format("at most {} of a-z, 0-9, '.', '_' and '-'", kMaxVia));
}

std::string operator_name(std::string_view caller, std::string_view via) {
  return via.empty() ? std::string(caller) : fmt::format("{} via {}", caller, via);
}

void check_range(const std::optional<std::int64_t>& value, std::int64_t largest, std::string_view place,
                 Faults& faults) {
  if (value && (*value < 1 || *value > largest))
    faults.add(place, fmt::format("must be from 1 to {}", largest));
}

namespace commands {

DecideRequest Decide::request_of(std::string_view name) {
  DecideRequest request;
  request.action = from_text<Action>(name).value_or(Action::unset);
  return request;
}

std::string Decide::in_words(const DecideRequest& request) {
  return fmt::format("{}{}", name_of(request), is_endless(request) ? " without end" : "");
}

void Decide::check(const DecideRequest& request, Faults& faults) {
  if (request.addresses.empty()) faults.add("addresses", "at least one is needed");
  check_range(request.for_seconds, kMaxForSeconds, "for_seconds", faults);
  check_range(request.rate, kMaxRate, "rate", faults);
  check_range(request.burst, kMaxRate, "burst", faults);
  if (request.action != Action::throttle && (request.rate || request.burst))
    faults.add("rate, burst", "belong to throttle alone");
  check_reason(request.reason, "reason", faults);
  check_via(request.via, "via", faults);
}

std::optional<AuditEntry> Decide::audit_entry(const DecideRequest& request) {
  std::vector<std::string> addresses;
  for (const WrittenPrefix& address : request.addresses)
    addresses.push_back(address.to_string());
  AuditEntry entry{audit_rows(addresses), request.reason};
  for (std::string& row : entry.what) {
    if (is_endless(request)) {
      row += " without end";
    } else {
      row += fmt::format(
          " for {}", request.for_seconds ? format_duration(Seconds(*request.for_seconds)) : "the usual time");
    }
    if (!request.via.empty()) row += " via " + request.via;
  }
  return entry;
}

std::string Decide::outcome(const DecideAnswer& answer) {
  const auto count = [&](Outcome outcome) {
    return std::ranges::count(answer.results, outcome, &AddressResult::outcome);
  };
  return fmt::format("{} added, {} replaced, {} kept, {} overruled, {} refused", count(Outcome::added),
                     count(Outcome::replaced), count(Outcome::kept), count(Outcome::overruled),
                     count(Outcome::refused));
}

}  // namespace commands
}  // namespace sluice::control
