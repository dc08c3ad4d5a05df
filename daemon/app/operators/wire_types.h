// SPDX-License-Identifier: Apache-2.0
// The daemon's own types as the control protocol has them, and back. Used by what answers operators. A new
// enumerator without its counterpart does not compile (-Wswitch).
#pragma once

#include "daemon/app/lists/list_reading.h"
#include "daemon/control/protocol.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/ledger.h"
#include "daemon/kernel/attach/filter.h"
#include "daemon/lists/options.h"

namespace sluice::app {

[[nodiscard]] constexpr control::Action to_wire(decisions::Action action) {
  switch (action) {
    case decisions::Action::none:
      return control::Action::none;
    case decisions::Action::allow:
      return control::Action::allow;
    case decisions::Action::throttle:
      return control::Action::throttle;
    case decisions::Action::challenge:
      return control::Action::challenge;
    case decisions::Action::block:
      return control::Action::block;
  }
  return control::Action::unset;
}

[[nodiscard]] constexpr decisions::Action from_wire(control::Action action) {
  switch (action) {
    case control::Action::unset:
    case control::Action::none:
      return decisions::Action::none;
    case control::Action::allow:
      return decisions::Action::allow;
    case control::Action::throttle:
      return decisions::Action::throttle;
    case control::Action::challenge:
      return decisions::Action::challenge;
    case control::Action::block:
      return decisions::Action::block;
  }
  return decisions::Action::none;
}

[[nodiscard]] constexpr control::Mode to_wire(decisions::Mode mode) {
  return mode == decisions::Mode::observe ? control::Mode::observe : control::Mode::enforce;
}

[[nodiscard]] inline control::Actor to_wire(const decisions::Actor& actor) {
  switch (actor.kind) {
    case decisions::ActorKind::detector:
      return {control::ActorKind::detector, actor.name};
    case decisions::ActorKind::operator_:
      return {control::ActorKind::operator_, actor.name};
    case decisions::ActorKind::list:
      return {control::ActorKind::list, actor.name};
    case decisions::ActorKind::grant:
      return {control::ActorKind::grant, actor.name};
  }
  return {};
}

[[nodiscard]] constexpr control::Outcome to_wire(decisions::Admission::Outcome outcome) {
  using Outcome = decisions::Admission::Outcome;
  switch (outcome) {
    case Outcome::added:
      return control::Outcome::added;
    case Outcome::replaced:
      return control::Outcome::replaced;
    case Outcome::kept:
      return control::Outcome::kept;
    case Outcome::overruled:
      return control::Outcome::overruled;
  }
  return control::Outcome::unset;
}

[[nodiscard]] constexpr control::HowEnded to_wire(decisions::Ending ending) {
  switch (ending) {
    case decisions::Ending::expired:
      return control::HowEnded::expired;
    case decisions::Ending::withdrawn:
      return control::HowEnded::withdrawn;
    case decisions::Ending::replaced:
      return control::HowEnded::replaced;
    case decisions::Ending::merged:
      return control::HowEnded::merged;
    case decisions::Ending::displaced:
      return control::HowEnded::displaced;
    case decisions::Ending::pardoned:
      return control::HowEnded::pardoned;
  }
  return control::HowEnded::unset;
}

// Without what the kernel counted, and whether it is in effect.
[[nodiscard]] inline control::DecisionRow decision_row(const decisions::Decision& decision) {
  control::DecisionRow row;
  row.source = decision.source;
  row.action = to_wire(decision.action);
  row.since = decision.since;
  row.until = decision.until;
  row.reason = decision.reason;
  row.actor = to_wire(decision.actor);
  row.score = decision.score;
  row.rate = decision.rate.packets_per_second;
  row.burst = decision.rate.burst;
  return row;
}

[[nodiscard]] constexpr control::ListAction to_wire(lists::ListAction action) {
  switch (action) {
    case lists::ListAction::block:
      return control::ListAction::block;
    case lists::ListAction::throttle:
      return control::ListAction::throttle;
    case lists::ListAction::allow:
      return control::ListAction::allow;
    case lists::ListAction::verify_crawler:
      return control::ListAction::verify_crawler;
    case lists::ListAction::trusted_proxy:
      return control::ListAction::trusted_proxy;
  }
  return control::ListAction::unset;
}

[[nodiscard]] constexpr control::RefreshOutcome to_wire(ListOutcome::Kind kind) {
  switch (kind) {
    case ListOutcome::Kind::updated:
      return control::RefreshOutcome::updated;
    case ListOutcome::Kind::unchanged:
      return control::RefreshOutcome::unchanged;
    case ListOutcome::Kind::kept:
      return control::RefreshOutcome::kept;
    case ListOutcome::Kind::failed:
      return control::RefreshOutcome::failed;
  }
  return control::RefreshOutcome::unset;
}

// The mode that was obtained; automatic is none.
[[nodiscard]] constexpr control::XdpMode to_wire(kernel::XdpMode mode) {
  switch (mode) {
    case kernel::XdpMode::automatic:
      return control::XdpMode::unset;
    case kernel::XdpMode::native:
      return control::XdpMode::native;
    case kernel::XdpMode::generic:
      return control::XdpMode::generic;
  }
  return control::XdpMode::unset;
}

[[nodiscard]] constexpr control::Placement to_wire(kernel::Placement placement) {
  return placement == kernel::Placement::dispatcher ? control::Placement::dispatcher
                                                    : control::Placement::single_program;
}

}  // namespace sluice::app
