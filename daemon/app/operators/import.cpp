// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/import.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "daemon/app/operators/role_bounds.h"
#include "daemon/app/operators/wire_types.h"

namespace sluice::app {
namespace {

using control::ImportRow;
using decisions::Action;
using decisions::Admission;
using decisions::Decision;
using decisions::Ledger;

Ledger::Slot slot_of(Action action) {
  return action == Action::allow ? Ledger::Slot::allow : Ledger::Slot::denial;
}

Result<Decision> decision_of(const Import& way, const ImportRow& row, const control::Caller& caller,
                             WallTime now) {
  const Action action = from_wire(row.action);
  Decision decision;
  decision.source = way.source_of(*row.source);
  decision.action = action;
  decision.since = now;
  decision.until = row.until.value_or(action == Action::allow ? kForever : now + way.bounds.default_for);
  decision.reason = row.reason.empty() ? "imported, no reason given" : row.reason;
  decision.actor = {decisions::ActorKind::operator_, caller.name};
  if (action == Action::throttle) {
    decision.rate = {row.rate ? static_cast<std::uint32_t>(*row.rate) : way.usual_rate.packets_per_second,
                     row.burst ? static_cast<std::uint32_t>(*row.burst) : way.usual_rate.burst};
  }
  std::string objection = action == Action::allow ? std::string() : way.objection(decision.source);
  if (objection.empty()) objection = beyond_role(caller, way.bounds, way.ledger, decision, now);
  if (!objection.empty()) return Error(std::move(objection));
  return decision;
}

bool stands_already(const Ledger& ledger, const Decision& decision) {
  const Decision* former = ledger.find(decision.source, slot_of(decision.action), decision.actor);
  return former != nullptr && former->action >= decision.action && former->until >= decision.until;
}

}  // namespace

control::ImportAnswer import_decisions(const Import& way, const control::ImportRequest& request,
                                       const control::Caller& caller, WallTime now) {
  control::ImportAnswer answer;
  for (std::size_t i = 0; i < request.decisions.size(); ++i) {
    const ImportRow& row = request.decisions[i];
    const auto note = [&](control::Outcome outcome, std::string why) {
      answer.notes.push_back(
          {static_cast<std::int64_t>(i), way.source_of(*row.source), outcome, std::move(why)});
    };
    auto decision = decision_of(way, row, caller, now);
    if (!decision) {
      ++answer.refused;
      note(control::Outcome::refused, decision.error().message());
      continue;
    }
    if (stands_already(way.ledger, *decision)) {
      ++answer.kept;
      continue;
    }
    const auto admitted = request.dry_run ? way.ledger.would_admit(*decision, now)
                                          : way.ledger.admit(*std::move(decision), now);
    if (!admitted) {
      ++answer.refused;
      note(control::Outcome::refused, admitted.error().message());
      continue;
    }
    switch (admitted->outcome) {
      case Admission::Outcome::added:
        ++answer.added;
        break;
      case Admission::Outcome::replaced:
        ++answer.replaced;
        break;
      case Admission::Outcome::kept:
        ++answer.kept;
        break;
      case Admission::Outcome::overruled:
        ++answer.overruled;
        note(control::Outcome::overruled, admitted->note);
        break;
    }
  }
  return answer;
}

}  // namespace sluice::app
