// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/tally.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace sluice::app {

void Tally::note(const pipeline::Request& request, const Prefix& source, const pipeline::RouteMatch& match) {
  SourceTally& tally = sources_[source];
  if (tally.requests == 0) {
    tally.source = source;
    tally.first_seen = request.time;
  }
  tally.first_seen = std::min(tally.first_seen, request.time);
  ++tally.requests;
  if (match.asset) return;
  ++tally.pages;
  if (match.subject.empty() || !pipeline::is_served(request.status)) return;
  tally.subjects.insert(pipeline::hash_subject(match.route, match.subject));
}

Result<void> Tally::apply(const pipeline::Decision& decision, bool) {
  const auto at = sources_.find(decision.source);
  if (at == sources_.end() || decision.action <= at->second.action) return {};
  SourceTally& tally = at->second;
  tally.action = decision.action;
  tally.decided_at = decision.since;
  tally.score = decision.score;
  tally.signals = decision.signals;
  tally.subjects_before = tally.subjects.size();
  return {};
}

void Tally::on_finding(const pipeline::Finding& finding, pipeline::Action) {
  SourceTally& tally = sources_[finding.source];
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
