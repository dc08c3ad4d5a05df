// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/replay_results.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace sluice::app {

void ReplayResults::note(const pipeline::Request& request, const Prefix& source,
                         const pipeline::RouteMatch& match) {
  note(request, sources_[source], source, match);
  if (!has_networks_ || source.family() != Family::ipv6) return;
  const Prefix network = pipeline::group_network(source);
  const auto at = network == source ? sources_.end() : sources_.find(network);
  if (at != sources_.end()) note(request, at->second, network, match);
}

void ReplayResults::note(const pipeline::Request& request, SourceResult& result, const Prefix& source,
                         const pipeline::RouteMatch& match) {
  if (result.requests == 0) {
    result.source = source;
    result.first_seen = request.time;
  }
  result.first_seen = std::min(result.first_seen, request.time);
  ++result.requests;
  if (match.asset) return;
  ++result.pages;
  if (match.subject.empty() || !pipeline::is_served(request.status)) return;
  result.subjects.insert(pipeline::hash_subject(match.route, match.subject));
}

Result<void> ReplayResults::apply(const pipeline::Decision& decision, bool) {
  // Whom nobody may hit is no visitor, unless it comes.
  if (decision.actor.kind != pipeline::ActorKind::detector && !sources_.contains(decision.source)) return {};
  SourceResult& result = of(decision.source, decision.since);
  if (decision.action <= result.action) return {};
  result.action = decision.action;
  result.decided_at = decision.since;
  result.score = decision.score;
  result.signals = decision.signals;
  result.subjects_before = result.subjects.size();
  return {};
}

// Who is new here is a network that was found out whole: what it did is what its sources did. Goes through
// all of them, which happens once a network.
SourceResult& ReplayResults::of(const Prefix& source, WallTime time) {
  if (const auto at = sources_.find(source); at != sources_.end()) return at->second;
  SourceResult whole;
  whole.source = source;
  whole.first_seen = time;
  for (const auto& [member, result] : sources_) {
    if (!source.contains(member)) continue;
    whole.first_seen = std::min(whole.first_seen, result.first_seen);
    whole.requests += result.requests;
    whole.pages += result.pages;
    whole.subjects.insert(result.subjects.begin(), result.subjects.end());
  }
  has_networks_ = true;
  return sources_.emplace(source, std::move(whole)).first->second;
}

void ReplayResults::on_finding(const pipeline::Finding& finding, pipeline::Action) {
  SourceResult& result = of(finding.source, finding.time);
  if (result.decided_at || finding.score <= result.score) return;
  result.score = finding.score;
  result.signals = finding.signals;
}

std::vector<const SourceResult*> ReplayResults::sorted() const {
  std::vector<const SourceResult*> sources;
  sources.reserve(sources_.size());
  for (const auto& [source, result] : sources_)
    sources.push_back(&result);
  std::ranges::sort(sources, [](const SourceResult* a, const SourceResult* b) {
    return std::tie(b->action, b->score, b->requests, a->source) <
           std::tie(a->action, a->score, a->requests, b->source);
  });
  return sources;
}

}  // namespace sluice::app
