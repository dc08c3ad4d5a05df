// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/detector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/pipeline/probes.h"

namespace sluice::pipeline {
namespace {

// What is out of scope (¶2). Found again every hour while it comes; a day later its address may be another's.
bool is_verified_crawler(const Habits& habits, LogSecond now) {
  constexpr LogSecond kDay = 86'400;
  return habits.crawler && habits.crawler->state == CrawlerTrace::State::verified &&
         now - habits.crawler->checked_at < kDay;
}

}  // namespace

Result<Detector> Detector::create(const DetectorOptions& options, std::shared_ptr<const Knowledge> knowledge,
                                  NameOracle& names) {
  auto routes = RouteTable::create(options.routes);
  if (!routes) return routes.error();
  return Detector(options, std::move(knowledge), names, *std::move(routes));
}

Detector::Detector(const DetectorOptions& options, std::shared_ptr<const Knowledge> knowledge,
                   NameOracle& names, RouteTable routes)
    : options_(options),
      knowledge_(std::move(knowledge)),
      names_(&names),
      clients_(*knowledge_, names),
      routes_(std::move(routes)),
      sources_(options.max_sources) {}

Result<void> Detector::reconfigure(const DetectorOptions& options,
                                   std::shared_ptr<const Knowledge> knowledge) {
  const bool same_meaning = options.identity == options_.identity && options.routes == options_.routes &&
                            options.max_sources == options_.max_sources;
  if (!same_meaning) {
    auto made = create(options, std::move(knowledge), *names_);
    if (!made) return made.error();
    *this = *std::move(made);
    return {};
  }
  // The seed stays: sources keep the numbers of their user agents, which the new book learns as they come.
  if (knowledge != knowledge_) {
    auto merged = std::make_shared<Knowledge>(*knowledge);
    merged->seed = knowledge_->seed;
    knowledge_ = std::move(merged);
    clients_.renew(*knowledge_);
  }
  options_ = options;
  return {};
}

Detector::Seen Detector::observe(const Request& request) {
  const Seen seen{identify(request.client), routes_.match(request.target)};
  std::size_t forgotten_slots = 0;
  Features& features = sources_.touch(seen.source, forgotten_slots);
  subject_slots_ -= forgotten_slots;

  Visit visit{request, seen.match};
  if (seen.match.route != RouteMatch::kNone) {
    visit.sensitivity = routes_.routes()[static_cast<std::size_t>(seen.match.route)].sensitivity;
  }
  if (features.habits && !seen.match.asset && !knowledge_->robots.empty()) {
    clients_.meet(*features.habits, request);
    visit.disallowed = disallows(*features.habits, request, seen.match);
  }
  visit.probe = is_probe(seen.match.path, request.status);
  const std::size_t slots_before = features.subject_slots();
  if (!note(features, visit, subject_slots_ < kMaxSubjectSlots)) ++subjects_not_kept_;
  subject_slots_ += features.subject_slots() - slots_before;
  if (features.habits) {
    clients_.note(seen.source, request, seen.match.asset, features);
    if (seen.match.robots_txt) note_robots_reader(*features.habits);
  }
  return seen;
}

bool Detector::disallows(const Habits& habits, const Request& request, const RouteMatch& match) const {
  const KnownAgent* agent = clients_.agents().find(habits.agent);
  if (agent == nullptr || agent->wishes == nullptr) return false;
  // People do not know what robots.txt asks of robots, and follow links.
  const bool has_read = habits.robots && habits.robots->reads > 0 && habits.robots->reader == habits.agent;
  if (!has_read && !says_robot(agent->agent)) return false;
  const bool is_path = request.target.starts_with('/');  // a proxy's target has scheme and host before it
  return agent->wishes->disallows(is_path ? request.target.substr(0, request.target.find('#')) : match.path);
}

void Detector::note_robots_reader(Habits& habits) const {
  habits.robots->reader = habits.agent;
  const KnownAgent* agent = clients_.agents().find(habits.agent);
  const bool asks = agent != nullptr && agent->wishes != nullptr;
  habits.robots->crawl_delay = asks ? static_cast<float>(agent->wishes->crawl_delay()) : 0;
}

void Detector::observe(const Activity& activity) {
  Features* features = sources_.find(activity.source);
  if (features == nullptr || !features->habits) return;
  Connections& connections = features->habits->connections;
  connections.packets += activity.packets;
  connections.bytes += activity.bytes;
  connections.attempts += static_cast<std::uint32_t>(activity.attempts);
}

Finding Detector::evaluate(const Prefix& source, WallTime now) const {
  Finding finding{source, now, 0, {}, {}};
  const Features* features = sources_.find(source);
  if (features == nullptr || !features->habits) return finding;
  const Habits& habits = *features->habits;
  if (is_verified_crawler(habits, log_second(now))) {
    finding.exempt = fmt::format("a verified crawler: it {}", habits.crawler->text);
    return finding;
  }
  const Evidence evidence{*features,       habits,          routes_.routes(),
                          clients_.site(), log_second(now), clients_.agents().find(habits.agent)};
  const auto add = [&](Cause cause, std::optional<Signal> signal) {
    if (!signal) return;
    signal->cause = cause;
    rescale(*signal, options_);
    finding.signals.push_back(*std::move(signal));
  };
  add(Cause::reach, breadth(evidence, options_.breadth));
  add(Cause::order, enumeration(evidence, options_.enumeration));
  add(Cause::trap, decoy(evidence, options_.decoy));
  add(Cause::probing, probing(evidence, options_.probing));
  add(Cause::wishes, robots(evidence, options_.robots));
  add(Cause::pace, timing(evidence, options_.timing));
  add(Cause::pace, volume(evidence, options_.volume));
  add(Cause::order, coverage(evidence, options_.coverage));
  add(Cause::client, connections(evidence, options_.connections));
  add(Cause::pace, page_rate(evidence, options_.page_rate));
  add(Cause::client, user_agent(evidence, options_.user_agent));
  add(Cause::client, client_habits(evidence, options_.client_habits));
  add(Cause::disguise, crawler(evidence, options_.crawler));
  add(Cause::disguise, tls_claim(evidence, options_.tls_claim));
  sum_up(finding, options_.most_supporting);
  return finding;
}

Exposure Detector::exposure(const Prefix& source) const {
  const Features* features = sources_.find(source);
  if (features == nullptr) return {};
  return {features->requests, features->pages, features->subjects_ever()};
}

void Detector::forgive(const Prefix& source) {
  Features* features = sources_.find(source);
  if (features == nullptr || !features->habits) return;
  subject_slots_ -= features->subject_slots();
  // Who it is stays known; what it did is paid for.
  auto fresh = std::make_unique<Habits>();
  fresh->agent = features->habits->agent;
  fresh->manners.told = features->habits->manners.told;
  fresh->tls = std::move(features->habits->tls);
  if (fresh->tls) fresh->tls->pages_before = 0;
  fresh->crawler = std::move(features->habits->crawler);
  if (fresh->crawler) fresh->crawler->pages = 0;
  features->habits = std::move(fresh);
  features->told_score = 0;
}

}  // namespace sluice::pipeline
