// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/offline/replay_results.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace sluice::app {

template <class F>
void ReplayResults::for_each_of(const Prefix& source, F&& act) {
  act(sources_[source], source);
  if (!has_networks_ || source.family() != Family::ipv6) return;
  const Prefix network = detection::group_network(source);
  const auto at = network == source ? sources_.end() : sources_.find(network);
  if (at != sources_.end()) act(at->second, network);
}

void ReplayResults::begin(const detection::Request& request, const Prefix& source) {
  decided_.clear();
  for_each_of(source, [&](SourceResult& result, const Prefix& whose) {
    if (result.requests == 0) {
      result.source = whose;
      result.first_seen = request.time;
    }
    result.first_seen = std::min(result.first_seen, request.time);
    ++result.requests;
  });
}

void ReplayResults::end(const Prefix& source, const detection::Detector::Seen& seen) {
  for_each_of(source, [&](SourceResult& result, const Prefix&) {
    if (seen.page) ++result.pages;
    for (const detection::ShownSubject& each : seen.shown) {
      if (each.sensitivity != detection::Sensitivity::page) result.subjects.insert(each.hash);
    }
  });
  for (SourceResult* result : decided_)
    result->subjects_before = result->subjects.size();
}

void ReplayResults::begin(const decisions::Decision& decision, bool) {
  // A protected network is in the ledger too. It is shown only if it sends requests.
  if (decision.actor.kind != decisions::ActorKind::detector && !sources_.contains(decision.source)) return;
  SourceResult& result = of(decision.source, decision.since);
  if (decision.action <= result.action) return;
  result.action = decision.action;
  result.decided_at = decision.since;
  result.score = decision.score;
  result.signals = decision.signals;
  result.subjects_before = result.subjects.size();
  decided_.push_back(&result);
}

// A source that is new here is a network whose sources rotate: it did what they did. Goes through all
// sources, once for each network.
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

void ReplayResults::on_finding(const detection::Finding& finding, decisions::Action) {
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
