// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/detector.h"

#include <algorithm>
#include <utility>

namespace sluice::pipeline {

Result<Detector> Detector::create(const DetectorOptions& options) {
  auto routes = RouteTable::create(options.routes);
  if (!routes) return routes.error();
  return Detector(options, *std::move(routes));
}

Detector::Detector(const DetectorOptions& options, RouteTable routes)
    : options_(options), routes_(std::move(routes)), sources_(options.max_sources) {}

Result<void> Detector::reconfigure(const DetectorOptions& options) {
  const bool same_meaning = options.identity == options_.identity && options.routes == options_.routes &&
                            options.max_sources == options_.max_sources;
  if (!same_meaning) {
    auto made = create(options);
    if (!made) return made.error();
    *this = *std::move(made);
  }
  options_ = options;
  return {};
}

Detector::Seen Detector::observe(const Request& request) {
  const Seen seen{identify(request.client), routes_.match(request.target)};
  std::size_t forgotten_slots = 0;
  Features& features = sources_.touch(seen.source, forgotten_slots);
  subject_slots_ -= forgotten_slots;
  if (features.requests == 0) features.first_seen = request.time;
  // Logs go backwards in places: the latest time counts.
  features.last_seen = std::max(features.last_seen, request.time);
  ++features.requests;
  features.bytes += request.bytes;
  if (request.status == 404) ++features.not_found;

  PageView view{seen.match, log_second(request.time), request.status};
  if (seen.match.route != RouteMatch::kNone) {
    view.sensitivity = routes_.routes()[static_cast<std::size_t>(seen.match.route)].sensitivity;
  }
  const std::size_t slots_before = features.subjects.slots();
  if (!note(features, view, subject_slots_ < kMaxSubjectSlots)) ++subjects_not_kept_;
  subject_slots_ += features.subjects.slots() - slots_before;
  return seen;
}

void Detector::observe(const Activity& activity) {
  Features* features = sources_.find(activity.source);
  if (features == nullptr) return;
  features->packets += activity.packets;
  features->packet_bytes += activity.bytes;
  features->attempts += activity.attempts;
}

Finding Detector::evaluate(const Prefix& source, WallTime now) const {
  Finding finding{source, now, 0, {}};
  const Features* features = sources_.find(source);
  if (features == nullptr) return finding;
  const Evidence evidence{*features, routes_.routes(), log_second(now)};
  const auto add = [&](std::optional<Signal> signal) {
    if (!signal) return;
    finding.score += signal->weight;
    finding.signals.push_back(*std::move(signal));
  };
  add(page_rate(evidence, options_.page_rate));
  add(breadth(evidence, options_.breadth));
  add(enumeration(evidence, options_.enumeration));
  add(decoy(evidence, options_.decoy));
  return finding;
}

Exposure Detector::exposure(const Prefix& source) const {
  const Features* features = sources_.find(source);
  if (features == nullptr) return {};
  return {features->requests, features->pages, features->subjects.ever()};
}

void Detector::forgive(const Prefix& source) {
  Features* features = sources_.find(source);
  if (features == nullptr) return;
  subject_slots_ -= features->subjects.slots();
  features->pages_by_minute = MinuteCount();
  features->subjects = SubjectSet();
  features->trails.clear();
  features->decoys = 0;
  features->decoy.reset();
  features->told_score = 0;
}

}  // namespace sluice::pipeline
