// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/pipeline.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sluice::decisions {
namespace {

constexpr auto kStale = std::chrono::hours(24);
// A new throttle needs this much more score than the last one that ended. Where a weight grows by a point
// with each doubling that means 41 % more.
constexpr double kFreshEvidence = 0.5;

const Actor kDetector{ActorKind::detector, {}};

bool is_by_detector(const Decision& decision) {
  return decision.actor.kind == ActorKind::detector;
}

// Whether the decision is one of those that one decision for their network may replace.
bool counts_for_network(const Decision& decision) {
  return is_by_detector(decision) && decision.action == Action::block && !decision.forwarded;
}

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
  if (const Decision* block = ledger_.block_over(seen.source)) {
    still_served_.note(*block, {request.client, request.time, request.status, request.forwarded});
  }
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
    let_go(source, finding.exempt);
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
  const std::vector<const Decision*> covering = ledger_.covering(source);
  const auto settles = [&](const Decision* decision) {
    // Allow beats everything: no decision is made for a source that is allowed. Nor is one needed where one
    // block of the network around it took the place of those of its sources.
    return decision->action == Action::allow ||
           (counts_for_network(*decision) && decision->source != source &&
            crowded_.is_merged(decision->source));
  };
  if (std::ranges::any_of(covering, settles)) return;

  const Decision* in_force = ledger_.find(source, Ledger::Slot::denial, kDetector);
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
  if (counts_for_network(decision)) merge_around(decision.source, now);
}

void Pipeline::merge_around(const Prefix& source, WallTime now) {
  // What was merged may make the network around it due.
  while (const auto network = crowded_.due_around(source)) {
    const std::vector<Prefix> members = crowded_.members(*network);
    if (members.size() < 2 || has_bystanders(*network)) {
      crowded_.put_off(*network);
    } else {
      merge(*network, members, now);
    }
    // Asked again only where one took the place of the others.
    if (ledger_.find(*network, Ledger::Slot::denial, kDetector) == nullptr) return;
  }
}

bool Pipeline::has_bystanders(const Prefix& network) const {
  return detector_.sources().any_within(
      network, [&](const Prefix& source, const detection::SourceRecord& record) {
        if (record.pages == 0) return false;
        const auto covering = ledger_.covering(source);
        return covering.empty() || covering.front()->action == Action::allow;
      });
}

void Pipeline::merge(const Prefix& network, const std::vector<Prefix>& members, WallTime now) {
  const std::size_t blocks = crowded_.blocks(network);
  Decision whole;
  for (const Prefix& member : members) {
    const Decision* one = ledger_.find(member, Ledger::Slot::denial, kDetector);
    if (one == nullptr) continue;
    if (one->score >= whole.score) {
      whole.score = one->score;
      whole.signals = one->signals;
      whole.reason = one->reason;
    }
    whole.until = std::max(whole.until, one->until);
    whole.exposure.requests += one->exposure.requests;
    whole.exposure.pages += one->exposure.pages;
    whole.exposure.subjects += one->exposure.subjects;
  }
  whole.source = network;
  whole.action = Action::block;
  whole.since = now;
  whole.actor = kDetector;
  whole.reason = fmt::format(
      "{} of its addresses or networks were blocked and nobody else was seen there; one of them: {}", blocks,
      whole.reason);
  crowded_.add(network, blocks);  // before it begins as one
  if (const auto admitted = ledger_.admit(whole, now); !admitted) {
    observer_.on_refusal(whole, admitted.error());
    crowded_.remove(network);
    crowded_.put_off(network);
    return;
  }
  const End merged(Ending::merged, kDetector, fmt::format("into the block of {}", network.to_string()));
  for (const Prefix& member : members) {
    (void)ledger_.withdraw(member, Ledger::Slot::denial, merged,
                           [](const Decision& decision) { return is_by_detector(decision); });
  }
}

unsigned Pipeline::pardon(const Prefix& source, WallTime now) {
  const unsigned blocks = policy_.blocks_before(source, now);
  policy_.forget(source);
  detector_.reset_after_block(source);
  observer_.on_pardon(source);
  return blocks;
}

// A decision may have been made before DNS answered, or before a list of the operator named the crawler.
void Pipeline::let_go(const Prefix& source, const std::string& why) {
  if (ledger_.find(source, Ledger::Slot::denial, kDetector) == nullptr) return;
  (void)ledger_.withdraw(source, Ledger::Slot::denial, {Ending::withdrawn, kDetector, why}, is_by_detector);
}

void Pipeline::begin(const Decision& decision, bool) {
  if (counts_for_network(decision)) crowded_.add(decision.source);
}

void Pipeline::end(const Decision& decision, const End& how) {
  const Ending ending = how.ending;
  if (decision.action == Action::allow) return;
  if (counts_for_network(decision) && ending != Ending::replaced) crowded_.remove(decision.source);
  // Whose place was needed, or was taken by a decision for its network, is not forgiven.
  if (ending == Ending::replaced || ending == Ending::merged || ending == Ending::displaced) return;
  // A throttle does not reset what the source did: if it goes on it is blocked in the end.
  if (decision.action == Action::throttle && ending == Ending::expired && is_by_detector(decision)) {
    const auto score = static_cast<float>(decision.score);
    detection::SourceRecord* record = detector_.find(decision.source);
    if (record != nullptr && record->profile) record->paid_score = score;
    if (auto* network = detector_.find_network(decision.source)) network->paid_score = score;
    return;
  }
  // While somebody else denies it, what the detector knows stays.
  if (is_by_detector(decision) || ledger_.find(decision.source, Ledger::Slot::denial) == nullptr)
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
