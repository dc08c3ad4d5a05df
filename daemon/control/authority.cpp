// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/authority.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace sluice::control {
namespace {

// So that a row of the log stays readable, and a page of it within one message.
constexpr std::size_t kSourcesARow = 100;

bool is_endless(const ImportRow& row) {
  return row.action == "allow" && row.until.value_or(kForever) == kForever;
}

struct Needs {
  Role operator()(const StatusRequest&) const { return Role::viewer; }
  Role operator()(const ListRequest&) const { return Role::viewer; }
  Role operator()(const ExplainRequest&) const { return Role::viewer; }
  Role operator()(const ListsRequest&) const { return Role::viewer; }
  Role operator()(const TestListsRequest&) const { return Role::viewer; }
  // What the configuration names already, and at most what its source says now.
  Role operator()(const RefreshRequest&) const { return Role::operator_; }
  Role operator()(const VersionRequest&) const { return Role::viewer; }
  Role operator()(const AuditRequest&) const { return Role::viewer; }
  Role operator()(const WatchRequest& request) const {
    return request.frames == "captures" ? Role::policy_owner : Role::viewer;
  }
  Role operator()(const DecideRequest& request) const {
    return allows_without_end(request) ? Role::policy_owner : Role::operator_;
  }
  Role operator()(const UnblockRequest&) const { return Role::operator_; }
  Role operator()(const ImportRequest& request) const {
    return allows_without_end(request) ? Role::policy_owner : Role::operator_;
  }
  template <class Other>
  Role operator()(const Other&) const {
    return Role::policy_owner;
  }
};

// The words that `describe` has for each, so many a row.
template <class T, class Describe>
std::vector<std::string> rows_of(const std::vector<T>& all, Describe describe) {
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % kSourcesARow == 0) rows.emplace_back();
    rows.back() += (rows.back().empty() ? "" : " ") + describe(all[i]);
  }
  return rows;
}

Change with(std::vector<std::string> what) {
  Change change;
  change.what = std::move(what);
  return change;
}

std::string as_it_is(const std::string& source) {
  return source;
}

std::string duration_of(const DecideRequest& request) {
  return request.for_seconds ? format_duration(Seconds(*request.for_seconds)) : "the usual time";
}

struct Describe {
  std::optional<Change> operator()(const DecideRequest& request) const {
    Change change = with(rows_of(request.addresses, as_it_is));
    change.reason = request.reason;
    for (std::string& row : change.what)
      row += allows_without_end(request) ? " without end" : " for " + duration_of(request);
    return change;
  }
  std::optional<Change> operator()(const UnblockRequest& request) const {
    return with(rows_of(request.addresses, as_it_is));
  }
  std::optional<Change> operator()(const ImportRequest& request) const {
    if (request.dry_run) return std::nullopt;
    return with(rows_of(request.decisions, [](const ImportRow& row) {
      const std::string end = row.until ? fmt::format(" until {}", format_time(*row.until)) : "";
      return fmt::format("{} {}{};", row.action, row.source, end);
    }));
  }
  std::optional<Change> operator()(const WatchRequest& request) const {
    if (request.frames != "captures") return std::nullopt;
    return with({"dropped frames, whole"});
  }
  std::optional<Change> operator()(const StatusRequest&) const { return std::nullopt; }
  std::optional<Change> operator()(const ListRequest&) const { return std::nullopt; }
  std::optional<Change> operator()(const ExplainRequest&) const { return std::nullopt; }
  std::optional<Change> operator()(const ListsRequest&) const { return std::nullopt; }
  std::optional<Change> operator()(const TestListsRequest&) const { return std::nullopt; }
  std::optional<Change> operator()(const RefreshRequest& request) const {
    Change change = request.names.empty() ? with({"all lists"}) : with(rows_of(request.names, as_it_is));
    for (std::string& row : change.what)
      row += request.force ? ", though it shrank" : "";
    return change;
  }
  std::optional<Change> operator()(const VersionRequest&) const { return std::nullopt; }
  std::optional<Change> operator()(const AuditRequest&) const { return std::nullopt; }
  template <class Other>
  std::optional<Change> operator()(const Other&) const {
    return with({""});
  }
};

}  // namespace

bool allows_without_end(const Request& request) {
  if (const auto* decide = std::get_if<DecideRequest>(&request)) {
    return decide->action == "allow" && !decide->for_seconds;
  }
  const auto* imported = std::get_if<ImportRequest>(&request);
  return imported != nullptr && std::ranges::any_of(imported->decisions, is_endless);
}

Role required_role(const Request& request) {
  return std::visit(Needs{}, request);
}

std::optional<Change> change_of(const Request& request, const Peer& peer, Role role) {
  std::optional<Change> change = std::visit(Describe{}, request);
  if (!change) return change;
  change->uid = peer.uid;
  change->name = peer.name;
  change->role = to_string(role);
  change->command = command_name(request);
  if (change->command == "watch") change->command = "capture";
  return change;
}

std::string outcome_of(const DecideAnswer& answer) {
  const auto count = [&](std::string_view outcome) {
    return std::ranges::count(answer.results, outcome, &AddressResult::outcome);
  };
  return fmt::format("{} added, {} replaced, {} kept, {} overruled, {} refused", count("added"),
                     count("replaced"), count("kept"), count("overruled"), count("refused"));
}

std::string outcome_of(const UnblockAnswer& answer) {
  const auto ended = std::ranges::count_if(answer.results,
                                           [](const UnblockResult& result) { return !result.ended.empty(); });
  return fmt::format("{} ended, {} unchanged", ended,
                     static_cast<std::ptrdiff_t>(answer.results.size()) - ended);
}

std::string outcome_of(const ImportAnswer& answer) {
  return fmt::format("{} added, {} replaced, {} kept, {} overruled, {} refused", answer.added,
                     answer.replaced, answer.kept, answer.overruled, answer.refused);
}

std::string outcome_of(const RefreshAnswer& answer) {
  const auto count = [&](std::string_view outcome) {
    return std::ranges::count(answer.results, outcome, &RefreshResult::outcome);
  };
  return fmt::format("{} updated, {} unchanged, {} kept, {} failed", count("updated"), count("unchanged"),
                     count("kept"), count("failed"));
}

std::string outcome_of(const ReloadAnswer& answer) {
  return answer.ok ? "in force" : fmt::format("refused: {} faults", answer.faults.size());
}

}  // namespace sluice::control
