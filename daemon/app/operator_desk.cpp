// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operator_desk.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/app/explanation.h"
#include "daemon/app/import.h"
#include "daemon/base/clock.h"

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Actor;
using decisions::ActorKind;
using decisions::Admission;
using decisions::Decision;
using decisions::Ledger;

std::string_view in_words(Admission::Outcome outcome) {
  switch (outcome) {
    case Admission::Outcome::added:
      return "added";
    case Admission::Outcome::replaced:
      return "replaced";
    case Admission::Outcome::kept:
      return "kept";
    case Admission::Outcome::overruled:
      return "overruled";
  }
  return "";
}

Ledger::Slot slot_of(const Decision& decision) {
  return decision.action == Action::allow ? Ledger::Slot::allow : Ledger::Slot::denial;
}

AuditRecord record_of(const control::Change& change, std::string_view what, std::string_view outcome) {
  AuditRecord record;
  record.time = wall_now();
  record.uid = change.uid;
  record.name = change.name;
  record.role = change.role;
  record.command = change.command;
  record.what = what;
  record.reason = change.reason;
  record.outcome = outcome;
  return record;
}

}  // namespace

// A bare IPv6 address stands for its network, as everywhere in Sluice; a length that is given is taken at its
// word.
Prefix OperatorDesk::source_of(std::string_view typed) const {
  const auto prefix = Prefix::parse(typed);
  if (!prefix)
    return {};  // the handler has checked every address: our bug, and harmless, for 0.0.0.0/0 is refused
  if (typed.find('/') != std::string_view::npos) return *prefix;
  return parts_.pipeline.detector().identify(prefix->address());
}

std::string OperatorDesk::objection(std::string_view connected_from, const Prefix& source) const {
  if (parts_.ledger.mode() == decisions::Mode::observe) {
    return "mode = \"observe\": nothing is armed, so this would not take effect; set mode = \"enforce\" in "
           "the "
           "configuration and reload";
  }
  if (const auto operator_at = Address::parse(connected_from); operator_at && source.contains(*operator_at)) {
    return fmt::format("you are connected from {}", operator_at->to_string());
  }
  return {};
}

control::AddressResult OperatorDesk::decide_one(const control::DecideRequest& request, const Prefix& source,
                                                std::string_view who) {
  control::AddressResult result;
  result.address = source.to_string();
  result.outcome = "refused";
  const auto action = decisions::parse_action(request.action);
  const bool denial = action && *action != Action::allow;
  if (denial) result.note = objection(request.connected_from, source);
  const Seconds longest = parts_.config.control.max_for;
  if (denial && result.note.empty() && request.for_seconds && Seconds(*request.for_seconds) > longest) {
    result.note = fmt::format("longer than control.max_for = \"{}\"", format_duration(longest));
  }
  if (!action) result.note = action.error().message();
  if (!result.note.empty()) return result;

  const WallTime now = wall_now();
  Decision decision;
  decision.source = source;
  decision.action = *action;
  decision.since = now;
  decision.until = kForever;
  if (request.for_seconds) {
    decision.until = now + Seconds(*request.for_seconds);
  } else if (denial) {
    decision.until = now + parts_.config.control.default_for;
  }
  decision.reason = request.reason.empty() ? "no reason given" : request.reason;
  decision.actor = Actor{ActorKind::operator_, std::string(who)};
  if (*action == Action::throttle) {
    const decisions::Rate usual = parts_.config.policy.throttle_rate;
    decision.rate = {request.rate ? static_cast<std::uint32_t>(*request.rate) : usual.packets_per_second,
                     request.burst ? static_cast<std::uint32_t>(*request.burst) : usual.burst};
  }
  const auto admitted = parts_.ledger.admit(std::move(decision), now);
  if (!admitted) {
    result.note = admitted.error().message();
    return result;
  }
  result.outcome = in_words(admitted->outcome);
  result.note = admitted->note;
  const Decision* stands = parts_.ledger.find(source, denial ? Ledger::Slot::denial : Ledger::Slot::allow);
  if (stands != nullptr) {
    result.until = stands->until;
    result.armed = stands->action == *action && parts_.ledger.in_effect(*stands);
  }
  return result;
}

control::DecideAnswer OperatorDesk::decide(const control::DecideRequest& request, std::string_view who) {
  control::DecideAnswer answer;
  for (const std::string& typed : request.addresses) {
    answer.results.push_back(decide_one(request, source_of(typed), who));
  }
  return answer;
}

control::UnblockAnswer OperatorDesk::unblock(const control::UnblockRequest& request, std::string_view) {
  control::UnblockAnswer answer;
  for (const std::string& typed : request.addresses) {
    const Prefix source = source_of(typed);
    control::UnblockResult result;
    result.address = source.to_string();
    for (const Decision& ended : parts_.ledger.withdraw(source, std::nullopt, decisions::Ending::withdrawn)) {
      result.ended.push_back(
          fmt::format("{} by {}", decisions::to_string(ended.action), to_string(ended.actor)));
    }
    for (const Decision* other : parts_.ledger.covering(source)) {
      if (other->action != Action::allow) result.still_covered.push_back(describe(*other));
    }
    const Decision* allow = parts_.ledger.find(source, Ledger::Slot::allow);
    if (allow != nullptr) {
      result.note = fmt::format("the allow stays: {}", allow->reason);
    } else if (result.ended.empty()) {
      result.note = "nothing stood for exactly this";
    }
    answer.results.push_back(std::move(result));
  }
  return answer;
}

control::ImportAnswer OperatorDesk::import_decisions(const control::ImportRequest& request,
                                                     std::string_view who) {
  const Import way{parts_.ledger,
                   parts_.config.control.default_for,
                   parts_.config.control.max_for,
                   parts_.config.policy.throttle_rate,
                   [this](std::string_view typed) { return source_of(typed); },
                   [&](const Prefix& source) { return objection(request.connected_from, source); }};
  return app::import_decisions(way, request, who, wall_now());
}

Result<void> OperatorDesk::begin_change(const control::Change& change) {
  std::vector<AuditRecord> records;
  for (const std::string& what : change.what)
    records.push_back(record_of(change, what, "asked"));
  return parts_.record(std::move(records));
}

void OperatorDesk::end_change(const control::Change& change, std::string_view outcome) {
  parts_.record_later(record_of(change, "", outcome));
  parts_.changed();
}

Result<control::AuditAnswer> OperatorDesk::audit(const control::AuditRequest& request) {
  auto page = parts_.store.audit_page(request.after, request.since);
  if (!page) return page.error();
  const auto& head = parts_.store.audit_head();
  return control::AuditAnswer{std::move(page->rows), page->more,       head.seq, head.hash,
                              page->anchor.seq,      page->anchor.hash};
}

control::DecisionRow OperatorDesk::row_of(const Decision& decision) const {
  control::DecisionRow row;
  row.source = decision.source.to_string();
  row.action = decisions::to_string(decision.action);
  row.armed = parts_.ledger.in_effect(decision);
  row.since = decision.since;
  row.until = decision.until;
  row.reason = decision.reason;
  row.actor = to_string(decision.actor);
  row.score = decision.score;
  row.rate = decision.rate.packets_per_second;
  row.burst = decision.rate.burst;
  if (const auto usage = parts_.verdicts.usage(decision.source, slot_of(decision)); usage && *usage) {
    row.packets = (*usage)->packets;
    row.bytes = (*usage)->bytes;
  }
  return row;
}

control::ListAnswer OperatorDesk::list(const control::ListRequest& request) {
  control::ListAnswer answer;
  const bool by_source = !request.source.empty();
  const Prefix source = by_source ? source_of(request.source) : Prefix();
  for (const Decision* decision : parts_.ledger.all()) {
    const std::string actor = to_string(decision->actor);
    if (by_source && !decision->source.overlaps(source)) continue;
    if (!request.action.empty() && request.action != decisions::to_string(decision->action)) continue;
    if (!request.actor.empty() && request.actor != actor && !actor.starts_with(request.actor + " ")) continue;
    answer.decisions.push_back(row_of(*decision));
  }
  return answer;
}

control::TestListsAnswer OperatorDesk::test_lists(const control::TestListsRequest& request) {
  control::TestListsAnswer answer;
  for (const std::string& typed : request.addresses) {
    // As typed: what a list holds does not depend on whom we hold to account.
    const auto prefix = Prefix::parse(typed);
    if (prefix) answer.results.push_back({prefix->to_string(), parts_.lists.holding(*prefix)});
  }
  return answer;
}

control::ExplainAnswer OperatorDesk::explain(const control::ExplainRequest& request) {
  const auto asked = Prefix::parse(request.address);
  if (!asked) return {};
  const Prefix source = source_of(request.address);

  control::ExplainAnswer answer;
  answer.address = asked->to_string();
  answer.source = source.to_string();
  answer.mode = decisions::to_string(parts_.ledger.mode());
  answer.throttle_score = parts_.config.policy.throttle_score;
  answer.block_score = parts_.config.policy.block_score;
  const std::vector<const Decision*> covering = parts_.ledger.covering(*asked);
  for (const Decision* decision : covering)
    answer.in_force.push_back(detail_of(*decision, row_of(*decision)));
  answer.verdict = verdict_of(parts_.ledger, covering);
  // A network is answered for by its first address. Decisions count before lists.
  answer.list = parts_.lists.find(asked->address());
  const bool decided = !covering.empty() && parts_.ledger.armed(*covering.front());
  if (answer.list && !decided) answer.verdict = verdict_of(*answer.list);
  answer.known = known_of(parts_.pipeline, source, wall_now());
  answer.what_would_change = what_would_change(parts_.ledger, parts_.pipeline, covering, source, wall_now());
  if (answer.list && !answer.list->remedy.empty()) answer.what_would_change.push_back(answer.list->remedy);
  return answer;
}

}  // namespace sluice::app
