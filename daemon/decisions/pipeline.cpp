// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/pipeline.h"

#include <algorithm>
#include <utility>

namespace sluice::decisions {
namespace {

constexpr auto kStale = std::chrono::hours(24);
// A new throttle needs this much more score than the last one that ended. Where a weight grows by a point
// with each doubling that means 41 % more.
constexpr double kFreshEvidence = 0.5;

}  // namespace

Result<std::unique_ptr<Pipeline>> Pipeline::create(const detection::DetectorOptions& detector,
                                                   std::shared_ptr<const detection::Knowledge> knowledge,
                                                   detection::NameOracle& names, const PolicyOptions& policy,
                                                   Ledger& ledger, PipelineObserver& observer) {
  auto made = detection::Detector::create(detector, std::move(knowledge), names);
  if (!made) return made.error();
  return std::unique_ptr<Pipeline>(new Pipeline(*std::move(made), policy, ledger, observer));
}

Pipeline::Pipeline(detection::Detector detector, const PolicyOptions& policy, Ledger& ledger,
                   PipelineObserver& observer)
    : detector_(std::move(detector)), policy_(policy), ledger_(ledger), observer_(observer) {
  ledger_.add_sink(*this);
}

detection::Detector::Seen Pipeline::observe(const detection::Request& request, WallTime now) {
  const detection::Detector::Seen seen = detector_.observe(request);
  if (!seen.matters) return seen;
  detection::SourceRecord& record = *detector_.find(seen.source);
  consider(seen.source, std::max(request.time, record.last_seen), request.time, now,
           {record.reported_score, record.paid_score, record.forwarded});
  if (seen.may_rotate) {
    const Prefix network = detection::group_network(seen.source);
    detection::RotatingNetworks::Network& noted = *detector_.find_network(network);
    consider(network, request.time, request.time, now,
             {noted.reported_score, noted.paid_score, request.forwarded});
  }
  return seen;
}

void Pipeline::observe(const detection::Activity& activity, WallTime now) {
  if (!detector_.observe(activity)) return;
  detection::SourceRecord& record = *detector_.find(activity.source);
  // The log's evidence is as old as its last line, however new the report of the kernel is.
  consider(activity.source, std::max(activity.time, record.last_seen), record.last_seen, now,
           {record.reported_score, record.paid_score, record.forwarded});
}

void Pipeline::consider(const Prefix& source, WallTime as_of, WallTime log_time, WallTime now,
                        const Standing& standing) {
  const detection::Finding finding = evaluate(source, as_of);
  if (!finding.exempt.empty()) {
    let_go(source);
    return;
  }
  const bool is_fresh = standing.paid_score == 0 || finding.score >= standing.paid_score + kFreshEvidence;
  standing.paid_score = std::min(standing.paid_score, static_cast<float>(finding.score));
  if (finding.signals.empty()) return;

  const Action calls_for = policy_.action_for(finding.score);
  if (finding.score >= standing.reported_score + 1) {
    standing.reported_score = static_cast<float>(finding.score);
    observer_.on_finding(finding, calls_for);
  }
  if (calls_for == Action::none || (calls_for == Action::throttle && !is_fresh)) return;
  // What a source did counts for a day. In a log that is read later, an address may belong to somebody else
  // by now.
  if (now - log_time > kStale) return;
  // Allow beats everything: no decision is made for a source that is allowed.
  if (ledger_.allow_over(source) != nullptr) return;

  const Decision* in_force = ledger_.find(source, Ledger::Slot::denial);
  const bool was_forwarded = in_force == nullptr || in_force->forwarded;
  auto decision = policy_.judge(finding, detector_.exposure(source), in_force, now);
  if (!decision) {
    // So far only a proxy had named it, and now it comes itself: its own packets can be dropped.
    if (in_force == nullptr || !in_force->forwarded || standing.forwarded) return;
    decision = *in_force;
  }
  // To come through a proxy is a fact of a request: it must not free the others.
  decision->forwarded = standing.forwarded && was_forwarded;
  put_in_force(*decision, now);
}

void Pipeline::put_in_force(const Decision& decision, WallTime now) {
  const auto admitted = ledger_.admit(decision, now);
  if (!admitted) {
    observer_.on_refusal(decision, admitted.error());
    return;
  }
  // In observe mode nobody was blocked, so there is no block to remember.
  if (decision.action == Action::block && admitted->outcome != Admission::Outcome::kept &&
      ledger_.in_effect(decision)) {
    observer_.on_block(policy_.remember_block(decision));
  }
}

// A decision may have been made before DNS answered, or before a list of the operator named the crawler.
void Pipeline::let_go(const Prefix& source) {
  const Decision* denial = ledger_.find(source, Ledger::Slot::denial);
  if (denial == nullptr || denial->actor.kind != ActorKind::detector) return;
  (void)ledger_.withdraw(source, Ledger::Slot::denial, Ending::withdrawn);
}

void Pipeline::withdraw(const Decision& decision, Ending ending) {
  if (ending == Ending::replaced || decision.action == Action::allow) return;
  // A throttle does not reset what the source did: if it goes on it is blocked in the end.
  if (decision.action == Action::throttle && ending == Ending::expired &&
      decision.actor.kind == ActorKind::detector) {
    const auto score = static_cast<float>(decision.score);
    detection::SourceRecord* record = detector_.find(decision.source);
    if (record != nullptr && record->profile) record->paid_score = score;
    if (auto* network = detector_.find_network(decision.source)) network->paid_score = score;
    return;
  }
  detector_.reset_after_block(decision.source);
}

void Pipeline::recall(const std::vector<detection::AccountAge>& accounts, detection::LogSecond begun) {
  detection::AccountTable& table = detector_.accounts().accounts();
  for (const detection::AccountAge& age : accounts)
    table.recall(age);
  table.set_begun(begun);
  table.keep_news();
}

Result<void> Pipeline::reconfigure(const detection::DetectorOptions& detector,
                                   std::shared_ptr<const detection::Knowledge> knowledge,
                                   const PolicyOptions& policy) {
  if (auto taken = detector_.reconfigure(detector, std::move(knowledge)); !taken) return taken.error();
  policy_.set_options(policy);
  return {};
}

}  // namespace sluice::decisions
