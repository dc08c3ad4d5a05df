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
  const CrawlerTrace* crawler = habits.crawler();
  return crawler != nullptr && crawler->state == CrawlerTrace::State::verified &&
         now - crawler->checked_at < kDay;
}

// The identifiers that a source asked for on a route; null: none.
const IdentifierTrail* trail_of(const Features& features, int route) {
  const Habits* habits = features.habits.full();
  return habits == nullptr ? nullptr : habits->trails.find(route);
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
      sources_(options.max_sources, knowledge_->seed),
      accounts_(options.max_accounts, knowledge_->seed) {}

Result<void> Detector::reconfigure(const DetectorOptions& options,
                                   std::shared_ptr<const Knowledge> knowledge) {
  // The seed stays: accounts, and sources' user agents, are known by numbers that it makes.
  if (knowledge != knowledge_) {
    auto merged = std::make_shared<Knowledge>(*knowledge);
    merged->seed = knowledge_->seed;
    knowledge = std::move(merged);
  }
  const bool same_meaning = options.identity == options_.identity && options.routes == options_.routes &&
                            options.max_sources == options_.max_sources;
  if (!same_meaning) {
    auto made = create(options, std::move(knowledge), *names_);
    if (!made) return made.error();
    made->accounts_ = std::move(accounts_);
    made->accounts_.set_capacity(options.max_accounts);
    *this = *std::move(made);
    return {};
  }
  if (knowledge != knowledge_) {
    knowledge_ = std::move(knowledge);
    clients_.renew(*knowledge_);
  }
  accounts_.set_capacity(options.max_accounts);
  options_ = options;
  return {};
}

Detector::Seen Detector::observe(const Request& request) {
  Seen seen{identify(request.client), routes_.match(request.target)};
  std::size_t forgotten_slots = 0;
  Features& features = sources_.touch(seen.source, forgotten_slots);
  subject_slots_ -= forgotten_slots;

  Visit visit{request, seen.match};
  if (seen.match.route != RouteMatch::kNone) {
    visit.sensitivity = routes_.routes()[static_cast<std::size_t>(seen.match.route)].sensitivity;
  }
  visit.probe = is_probe(seen.match.path, request.status);
  ClientWatch::Client client;
  if (features.habits || !seen.match.asset || visit.is_mark()) client = clients_.meet(request);
  visit.plain = is_plain(features.habits, visit, client.agent) &&
                clients_.is_plain(seen.source, client, seen.match.asset);
  if (!visit.plain) keep_in_full(features);
  Habits* known = features.habits.full();
  if (known != nullptr && !seen.match.asset && !knowledge_->robots.empty()) {
    ClientWatch::note_agent(*known, client.agent);
    visit.disallowed = disallows(*known, request, seen.match);
  }
  const IdentifierTrail* trail = trail_of(features, seen.match.route);
  const std::uint32_t steps_before = trail == nullptr ? 0 : trail->added();
  const std::size_t slots_before = features.subject_slots();
  const Noted noted = note(features, visit, subject_slots_ < options_.max_subject_slots);
  if (!noted.kept) ++subjects_not_kept_;
  subject_slots_ += features.subject_slots() - slots_before;
  if (noted.subject != 0) remember(seen.source, features, visit, noted.subject);
  if (features.habits) clients_.note(seen.source, request, seen.match.asset, client, features);
  if (Habits* habits = features.habits.full()) {
    if (seen.match.robots_txt) note_robots_reader(*habits);
    if (!seen.match.asset) note_company(seen, visit, *habits, noted.subject, steps_before);
  }
  seen.may_rotate = note_network(seen, request, features, steps_before);
  return seen;
}

void Detector::keep_in_full(Features& features) {
  if (features.habits.first_page() == nullptr) return;
  if (!features.habits.unfold(subject_slots_ < options_.max_subject_slots)) ++subjects_not_kept_;
  subject_slots_ += features.subject_slots();
}

bool Detector::note_network(const Seen& seen, const Request& request, const Features& features,
                            std::uint32_t steps_before) {
  const Prefix network = group_network(seen.source);
  if (!options_.rotation.enabled || !is_network(network)) return false;
  const LogSecond now = log_second(request.time);
  if (seen.match.asset) {
    networks_.note_asset(network);
    return false;
  }
  const Habits* habits = features.habits.full();
  const CrawlerTrace* crawler = habits != nullptr ? habits->crawler() : nullptr;
  NetworkWatch::Page page{.first = features.pages <= 1,
                          .spared = crawler != nullptr && crawler->state != CrawlerTrace::State::contradicted,
                          .route = seen.match.route};
  const IdentifierTrail* trail = trail_of(features, seen.match.route);
  page.identified = seen.match.route != RouteMatch::kNone &&
                    (page.first || (trail != nullptr && trail->added() != steps_before)) &&
                    identifier_of(seen.match.subject, page.identifier);
  networks_.note_page(network, page, now, groups_.table());
  const NetworkWatch::Network* noted = networks_.find(network);
  return noted != nullptr && may_rotate(*noted, options_.rotation);
}

void Detector::remember(const Prefix& source, const Features& features, const Visit& visit,
                        std::uint32_t subject) {
  if (!long_memory_.knows(source)) {
    if (features.subjects_ever() < LongMemory::kNoteworthy) return;
    features.habits.full()->subjects.for_each(
        [&](std::uint32_t hash, Sensitivity sensitivity, LogSecond second) {
          long_memory_.add(source, hash, sensitivity, second);
        });
  }
  long_memory_.add(source, subject, visit.sensitivity, log_second(visit.request.time));
}

std::uint64_t Detector::meaning() const {
  std::uint64_t hash = options_.identity.ipv6_prefix_length;
  for (const RouteOptions& route : options_.routes.routes)
    hash = hash * 31 + hash_subject(static_cast<int>(route.sensitivity), route.pattern);
  return hash;
}

void Detector::note_company(const Seen& seen, const Visit& visit, Habits& habits, std::uint32_t subject,
                            std::uint32_t steps_before) {
  const Request& request = visit.request;
  const LogSecond now = log_second(request.time);
  if (is_verified_crawler(habits, now)) return;
  if (const IdentifierTrail* trail = habits.trails.find(seen.match.route);
      trail != nullptr && trail->added() != steps_before) {
    if (knowledge_->systems && trail->added() == GroupWatch::kLeastSteps)
      habits.with_traces().system = knowledge_->systems->number_of(request.client);
    groups_.note(seen.source, habits, *trail, now);
  }
  accounts_.note(seen.source, request, habits, subject, visit.sensitivity);
}

bool Detector::disallows(const Habits& habits, const Request& request, const RouteMatch& match) const {
  const KnownAgent* agent = clients_.agents().find(habits.agent);
  if (agent == nullptr || agent->wishes == nullptr) return false;
  // People do not know what robots.txt asks of robots, and follow links.
  const RobotsTrace* robots = habits.robots();
  const bool has_read = robots != nullptr && robots->reads > 0 && robots->reader == habits.agent;
  if (!has_read && !says_robot(agent->agent)) return false;
  const bool is_path = request.target.starts_with('/');  // a proxy's target has scheme and host before it
  return agent->wishes->disallows(is_path ? request.target.substr(0, request.target.find('#')) : match.path);
}

void Detector::note_robots_reader(Habits& habits) const {
  RobotsTrace& robots = *habits.traces->robots;
  robots.reader = habits.agent;
  const KnownAgent* agent = clients_.agents().find(habits.agent);
  const bool asks = agent != nullptr && agent->wishes != nullptr;
  robots.crawl_delay = asks ? static_cast<float>(agent->wishes->crawl_delay()) : 0;
}

void Detector::observe(const Activity& activity) {
  Features* features = sources_.find(activity.source);
  if (features == nullptr) return;
  const auto attempts = static_cast<std::uint32_t>(activity.attempts);
  if (FirstPage* first = features->habits.first_page()) first->attempts += attempts;
  if (Habits* habits = features->habits.full()) habits->connections.attempts += attempts;
}

Finding Detector::evaluate(const Prefix& source, WallTime now, const Offence& earlier) const {
  if (is_network(source)) return evaluate_network(source, now, earlier);
  Finding finding{source, now, 0, {}, {}};
  const Features* features = sources_.find(source);
  if (features == nullptr || !features->habits) return finding;
  const HabitsView view = features->habits.view();
  const Habits& habits = *view;
  if (is_verified_crawler(habits, log_second(now))) {
    finding.exempt = fmt::format("a verified crawler: it {}", habits.crawler()->text);
    return finding;
  }
  Evidence evidence{*features,
                    habits,
                    routes_.routes(),
                    clients_.site(),
                    log_second(now),
                    clients_.agents().find(habits.agent),
                    long_memory_.reach(source, log_second(now)),
                    earlier};
  const auto add = [&](Cause cause, std::optional<Signal> signal) {
    if (!signal) return;
    signal->cause = cause;
    rescale(*signal, options_);
    finding.signals.push_back(*std::move(signal));
  };
  auto ordered = enumeration(evidence, options_.enumeration);
  // Of a few identifiers in a row one of many may be the author. What goes on for longer than that leaves no
  // room for others, whose pages would lie between.
  constexpr double kBeyondTheLimit = 1.0;
  evidence.one_hand = ordered && ordered->weight >= options_.enumeration.weight + kBeyondTheLimit;
  add(Cause::reach, breadth(evidence, options_.breadth));
  add(Cause::order, std::move(ordered));
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
  add(Cause::reach, group(evidence, source, groups_, options_.group));
  const AccountEvidence accounts = accounts_.evidence(habits);
  add(Cause::reach, new_account(evidence, accounts, options_.new_account));
  // An account is one person's: whoever else acts with it is not who it says.
  add(Cause::disguise, shared_account(evidence, accounts, options_.shared_account));
  // Alone it says nothing, and need not be told.
  if (!finding.signals.empty()) add(Cause::history, returning(earlier, options_.returning));
  sum_up(finding, options_.most_supporting);
  return finding;
}

Finding Detector::evaluate_network(const Prefix& source, WallTime now, const Offence& earlier) const {
  Finding finding{source, now, 0, {}, {}};
  const NetworkWatch::Network* network = networks_.find(source);
  if (network == nullptr) return finding;
  auto signal =
      rotation(source, *network, groups_.table(), routes_.routes(), log_second(now), options_.rotation);
  if (!signal) return finding;
  signal->cause = Cause::reach;
  rescale(*signal, options_);
  finding.signals.push_back(*std::move(signal));
  if (auto again = returning(earlier, options_.returning)) {
    again->cause = Cause::history;
    rescale(*again, options_);
    finding.signals.push_back(*std::move(again));
  }
  sum_up(finding, options_.most_supporting);
  return finding;
}

Exposure Detector::network_exposure(const Prefix& source) const {
  const NetworkWatch::Network* network = networks_.find(source);
  if (network == nullptr) return {};
  std::uint64_t subjects = 0;
  for (std::size_t route = 0; route < routes_.routes().size(); ++route) {
    const GroupNumber number = NetworkWatch::number_of(source, static_cast<int>(route));
    if (const auto* group = groups_.table().find(number, network->last)) subjects += group->subjects;
  }
  return {std::uint64_t{network->pages} + network->assets, network->pages, subjects};
}

Exposure Detector::exposure(const Prefix& source) const {
  if (is_network(source)) return network_exposure(source);
  const Features* features = sources_.find(source);
  if (features == nullptr) return {};
  std::uint64_t subjects = features->subjects_ever();
  // Beyond what is known exactly, to within Sketch::kStandardError.
  if (const Habits* habits = features->habits.full(); habits != nullptr && habits->subjects.saturated()) {
    const LongMemory::Reach reach = long_memory_.reach(source, log_second(features->last_seen));
    subjects = std::max(subjects, static_cast<std::uint64_t>(reach.subjects));
  }
  return {features->requests, features->pages, subjects};
}

void Detector::forgive(const Prefix& source) {
  if (is_network(source)) networks_.forget(source, routes_.routes().size(), groups_.table());
  long_memory_.forget(source);
  Features* features = sources_.find(source);
  if (features == nullptr || !features->habits) return;
  keep_in_full(*features);
  subject_slots_ -= features->subject_slots();
  Habits& known = *features->habits.full();
  accounts_.forgive(known);
  // Who it is stays known; what it did is paid for.
  auto fresh = std::make_unique<Habits>();
  fresh->agent = known.agent;
  fresh->manners.told = known.manners.told;
  fresh->tls = std::move(known.tls);
  if (fresh->tls) fresh->tls->pages_before = 0;
  fresh->clients = known.clients;
  if (known.traces) {
    Traces& traces = fresh->with_traces();
    traces.account = known.traces->account;
    traces.credential = known.traces->credential;
    traces.crawler = std::move(known.traces->crawler);
    if (traces.crawler) traces.crawler->pages = 0;
  }
  features->habits.replace(std::move(fresh));
  features->told_score = features->served_score = 0;
}

}  // namespace sluice::pipeline
