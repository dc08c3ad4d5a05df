// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/tally.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace sluice::app {

void Tally::note(const detection::Request& request, const Prefix& source, const detection::RouteMatch& match) {
  note(request, sources_[source], source, match);
  if (!has_networks_ || source.family() != Family::ipv6) return;
  const Prefix network = detection::group_network(source);
  const auto at = network == source ? sources_.end() : sources_.find(network);
  if (at != sources_.end()) note(request, at->second, network, match);
}

void Tally::note(const detection::Request& request, SourceTally& tally, const Prefix& source,
                 const detection::RouteMatch& match) {
  if (tally.requests == 0) {
    tally.source = source;
    tally.first_seen = request.time;
  }
  tally.first_seen = std::min(tally.first_seen, request.time);
  ++tally.requests;
  if (match.asset) return;
  ++tally.pages;
  if (match.subject.empty() || !detection::is_served(request.status)) return;
  tally.subjects.insert(detection::hash_subject(match.route, match.subject));
}

Result<void> Tally::apply(const decisions::Decision& decision, bool) {
  // Whom nobody may hit is no visitor, unless it comes.
  if (decision.actor.kind != decisions::ActorKind::detector && !sources_.contains(decision.source)) return {};
  SourceTally& tally = of(decision.source, decision.since);
  if (decision.action <= tally.action) return {};
  tally.action = decision.action;
  tally.decided_at = decision.since;
  tally.score = decision.score;
  tally.signals = decision.signals;
  tally.subjects_before = tally.subjects.size();
  return {};
}

// Who is new here is a network that was found out whole: what it did is what its sources did. Goes through
// all of them, which happens once a network.
SourceTally& Tally::of(const Prefix& source, WallTime time) {
  if (const auto at = sources_.find(source); at != sources_.end()) return at->second;
  SourceTally whole;
  whole.source = source;
  whole.first_seen = time;
  for (const auto& [member, tally] : sources_) {
    if (!source.contains(member)) continue;
    whole.first_seen = std::min(whole.first_seen, tally.first_seen);
    whole.requests += tally.requests;
    whole.pages += tally.pages;
    whole.subjects.insert(tally.subjects.begin(), tally.subjects.end());
  }
  has_networks_ = true;
  return sources_.emplace(source, std::move(whole)).first->second;
}

void Tally::on_finding(const detection::Finding& finding, decisions::Action) {
  SourceTally& tally = of(finding.source, finding.time);
  if (tally.decided_at || finding.score <= tally.score) return;
  tally.score = finding.score;
  tally.signals = finding.signals;
}

std::vector<const SourceTally*> Tally::sorted() const {
  std::vector<const SourceTally*> sources;
  sources.reserve(sources_.size());
  for (const auto& [source, tally] : sources_)
    sources.push_back(&tally);
  std::ranges::sort(sources, [](const SourceTally* a, const SourceTally* b) {
    return std::tie(b->action, b->score, b->requests, a->source) <
           std::tie(a->action, a->score, a->requests, b->source);
  });
  return sources;
}

}  // namespace sluice::app
