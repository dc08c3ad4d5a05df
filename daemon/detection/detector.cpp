// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/detector.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/hash.h"
#include "daemon/detection/site/background.h"
#include "daemon/detection/site/probes.h"

namespace sluice::detection {
namespace {

// A verified crawler is out of scope (¶2). It is verified again every hour while it keeps coming; after a day
// without, its address may belong to somebody else.
bool is_verified_crawler(const SourceProfile& profile, LogSecond now) {
  const CrawlerTrace* crawler = profile.crawler();
  return crawler != nullptr && crawler->state == CrawlerTrace::State::verified &&
         now - crawler->checked_at < kDay;
}

// Counts the subject slots that a source gains as long as it lives, also where memory ends in between.
class SlotCount {
 public:
  SlotCount(std::size_t& all, const SourceRecord& record)
      : all_(all), record_(record), before_(record.profile.subject_slots()) {}
  SlotCount(const SlotCount&) = delete;
  SlotCount& operator=(const SlotCount&) = delete;
  ~SlotCount() { all_ += record_.profile.subject_slots() - before_; }

 private:
  std::size_t& all_;
  const SourceRecord& record_;
  std::size_t before_;
};

// The identifiers that a source asked for on a route; null: it asked for none.
const IdentifierTrail* trail_of(const SourceRecord& record, int route) {
  const SourceProfile* profile = record.profile.full();
  return profile == nullptr ? nullptr : profile->trails.find(route);
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
      discovery_({.seed = knowledge_->seed}),
      served_(knowledge_->seed),
      sources_(options.max_sources, knowledge_->seed),
      accounts_(options.max_accounts, knowledge_->seed) {}

Result<void> Detector::reconfigure(const DetectorOptions& options,
                                   std::shared_ptr<const Knowledge> knowledge) {
  // The seed stays: it makes the numbers by which accounts and user agents are known.
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
  software_found_at_ = 0;
  return {};
}

Detector::Seen Detector::observe(const Request& request) {
  Seen seen{identify(request.client), routes_.match(request, match_buffer_)};
  std::size_t forgotten_slots = 0;
  SourceRecord& record = sources_.touch(seen.source, forgotten_slots);
  subject_slots_ -= forgotten_slots;

  Visit visit{request, seen.match};
  visit.probe = !request.path_cut && !is_origin_cut(request) && is_probe(seen.match.path, request.status);
  discover(seen, request);
  find_provenance(visit);
  if (visit.match.asset && is_served(request.status))
    clients_.note_asset_referer(request.referer, record.pages);
  settle(visit, record);
  const bool by_page = visit.match.asset || visit.background;
  ClientTracker::Client client;
  if (record.profile || !visit.match.asset || visit.is_mark()) client = clients_.meet(request);
  visit.agent = client.agent;
  visit.client_is_plain = clients_.tells_only_its_agent(seen.source, client, visit.match.asset);
  visit.in_short = record.profile.fits_short(visit);
  if (!visit.in_short) keep_in_full(record);
  SourceProfile* known = record.profile.full();
  if (known != nullptr && !by_page && !knowledge_->robots.empty()) {
    ClientTracker::note_agent(*known, client.agent);
    visit.disallowed = visit.provenance != Provenance::elsewhere && disallows(*known, visit.match);
  }
  const IdentifierTrail* trail = trail_of(record, visit.match.route);
  const std::uint32_t steps_before = trail == nullptr ? 0 : trail->added();
  const Noted noted = [&] {
    const SlotCount counted(subject_slots_, record);
    return note(record, visit, subject_slots_ < options_.max_subject_slots);
  }();
  if (!noted.kept) ++subjects_not_kept_;
  if (!visit.shown.empty()) remember(seen.source, record, visit);
  if (record.profile) clients_.note(seen.source, request, by_page, client, record);
  seen.match = visit.match;
  seen.shown = visit.shown;
  seen.page = !by_page;
  seen.matters = record.profile && (seen.page || !visit.shown.empty() || visit.is_mark());
  if (SourceProfile* profile = record.profile.full()) {
    if (seen.match.robots_txt) note_robots_reader(*profile);
    if (!seen.match.asset) note_group_and_account(seen, visit, *profile, noted.subject, steps_before);
  }
  seen.may_rotate = note_network(seen, visit, record, steps_before);
  return seen;
}

bool Detector::every_page_counts() const {
  using EveryPage = RouteTableOptions::EveryPage;
  const EveryPage set = options_.routes.every_page;
  if (set != EveryPage::until_routes) return set == EveryPage::always;
  return options_.routes.has_default_routes() && !coverage_.routes_are_used();
}

void Detector::discover(const Seen& seen, const Request& request) {
  const RouteMatch& match = seen.match;
  // What a page asks for in the background counts too: the answers of an API are where a site of one page
  // shows its people. Requests of known routes show which lists lead to people.
  if (match.decoy || match.robots_txt || request.path_cut || !is_served(request.status)) return;
  // Software is known by what its pages load, too.
  if (!match.malformed) served_.note(match.path, match.query, seen.source);
  if (match.asset) return;
  // All are shown, and none is left out to save time: it takes 330 ns of the 6900 ns that a page costs, which
  // is 2 to 3 % of a line where most lines are assets (measured, -O3, a busy 2-core machine).
  // The counts have 32 bits. At 1000 pages a second they begin anew after 24 days.
  constexpr std::uint64_t kMost = std::uint64_t{1} << 31U;
  if (discovery_.counts().noted >= kMost) discovery_ = RouteDiscovery({.seed = knowledge_->seed});
  discovery_.note({match.path, match.query, {}, match.malformed}, request, seen.source, match.is_covered());
}

const std::vector<FoundSoftware>& Detector::software() const {
  if (!is_still_good(software_found_at_, served_.seen())) {
    software_ = find_software(served_, options_.known_software);
    for (FoundSoftware& found : software_) {
      found.is_in_force = std::ranges::any_of(
          options_.routes.software.routes,
          [&](const RouteOptions& route) { return route.name.starts_with(found.name + "."); });
    }
    software_found_at_ = served_.seen();
  }
  return software_;
}

void Detector::find_provenance(Visit& visit) const {
  const std::uint16_t status = visit.request.status;
  const bool is_missing = status == 403 || status == 404 || status == 410;
  if (!visit.match.decoy && !visit.probe && !is_missing) return;
  visit.provenance = provenance_of(visit.request, clients_.site().own_hosts());
  if (visit.provenance == Provenance::elsewhere) visit.probe = false;
}

void Detector::settle(Visit& visit, SourceRecord& record) {
  const Request& request = visit.request;
  RouteMatch& match = visit.match;
  const auto sensitivity_of = [&](int route) {
    return route == RouteMatch::kNone ? Sensitivity::normal
                                      : routes_.routes()[static_cast<std::size_t>(route)].sensitivity;
  };
  const Initiator initiator = initiator_of(request, match);
  if (initiator != Initiator::visitor) {
    SourceProfile* profile = record.profile.full();
    const bool claimed =
        initiator == Initiator::page || (initiator == Initiator::maybe_page && record.pages > 0);
    // A source of which little is kept yet is believed as often.
    const auto believed = [&] {
      return profile == nullptr ? record.requests < BackgroundBudget::kMost
                                : profile->background.take(log_second(request.time));
    };
    visit.background = initiator == Initiator::no_reading || (claimed && believed());
  }
  if (visit.provenance == Provenance::elsewhere) visit.background = true;
  if (!visit.background && !match.asset && !request.path_cut && is_served(request.status))
    coverage_.note(match);
  // Where every page counts, what a page loads does not.
  if (match.every_page && (visit.background || !every_page_counts())) {
    match.subject = {};
    match.subject_hash = 0;
    match.route = RouteMatch::kNone;
    match.every_page = false;
  }
  visit.sensitivity = sensitivity_of(match.route);
  if (visit.background || match.asset) visit.sensitivity = one_lower(visit.sensitivity);
  find_shown(request, match, visit.sensitivity, match_buffer_.scratch, shown_);
  visit.shown = shown_;
  // A portrait shows somebody, and is no page all the same.
  if (match.asset && !shown_.empty()) {
    match.asset = false;
    visit.background = true;
  } else if (visit.background && match.subject.empty() && shown_.empty() && !match.decoy) {
    match.asset = true;
  }
}

void Detector::keep_in_full(SourceRecord& record) {
  if (!record.profile.is_short()) return;
  const SlotCount counted(subject_slots_, record);
  if (!record.profile.unfold(subject_slots_ < options_.max_subject_slots)) ++subjects_not_kept_;
}

std::string_view Detector::shrink() {
  struct Table {
    std::string_view what;
    std::size_t bytes;
    void (*shrink)(Detector& self);
  };
  // About what each takes: the sums of AccountTable, ReachHistory and UserAgentCache, and a source with a
  // profile.
  constexpr std::size_t kBytesOfSource = 600;
  constexpr std::size_t kBytesOfAccount = 400;
  constexpr std::size_t kBytesOfAgent = 400;
  constexpr std::size_t kBytesOfReach = 2800;
  const std::array<Table, 5> tables = {
      {{"sources", sources_.size() * kBytesOfSource,
        [](Detector& self) { self.subject_slots_ -= self.sources_.shrink(); }},
       {"accounts", accounts_.accounts().size() * kBytesOfAccount,
        [](Detector& self) { self.accounts_.accounts().shrink(); }},
       {"credentials", accounts_.credentials().size() * kBytesOfAccount,
        [](Detector& self) { self.accounts_.credentials().shrink(); }},
       {"user agents", clients_.agents().size() * kBytesOfAgent,
        [](Detector& self) { self.clients_.agents().shrink(); }},
       {"weeks of sources", reach_history_.size() * kBytesOfReach,
        [](Detector& self) { self.reach_history_.shrink(); }}}};
  const Table& largest = *std::ranges::max_element(tables, {}, &Table::bytes);
  largest.shrink(*this);
  return largest.what;
}

bool Detector::note_network(const Seen& seen, const Visit& visit, const SourceRecord& record,
                            std::uint32_t steps_before) {
  const Prefix network = group_network(seen.source);
  if (!options_.scoring.heuristics.of<Rotation>().enabled || !is_network(network)) return false;
  const LogSecond now = log_second(visit.request.time);
  if (!seen.page) {
    networks_.note_asset(network);
    return false;
  }
  const SourceProfile* profile = record.profile.full();
  const CrawlerTrace* crawler = profile != nullptr ? profile->crawler() : nullptr;
  RotatingNetworks::Page page{
      .first = record.pages <= 1,
      .spared = crawler != nullptr && crawler->state != CrawlerTrace::State::contradicted,
      .route = seen.match.route};
  const IdentifierTrail* trail = trail_of(record, seen.match.route);
  page.identified = seen.match.route != RouteMatch::kNone && !seen.match.every_page &&
                    (page.first || (trail != nullptr && trail->added() != steps_before)) &&
                    identifier_of(seen.match.subject, page.identifier);
  networks_.note_page(network, page, now, groups_.table());
  const RotatingNetworks::Network* noted = networks_.find(network);
  return noted != nullptr && may_rotate(*noted, options_.scoring.heuristics.of<Rotation>());
}

void Detector::remember(const Prefix& source, const SourceRecord& record, const Visit& visit) {
  const LogSecond second = log_second(visit.request.time);
  if (!reach_history_.knows(source)) {
    const SourceProfile* profile = record.profile.full();
    if (profile == nullptr || profile->subjects.weight_ever() < ReachHistory::kNoteworthy) return;
    profile->subjects.for_each([&](std::uint32_t hash, Sensitivity sensitivity, LogSecond seen) {
      reach_history_.add(source, hash, sensitivity, seen);
    });
  }
  for (const ShownSubject& each : visit.shown)
    reach_history_.add(source, short_hash(each.hash), each.sensitivity, second);
}

std::uint64_t Detector::routes_fingerprint() const {
  constexpr std::uint64_t kScheme = 2;  // of hash_subject(): other hashes mean other subjects
  std::uint64_t hash = mix_bits(options_.identity.ipv6_prefix_length + (kScheme << 32U));
  const auto add = [&](std::string_view text) { hash = mix_bits(hash + fnv1a(text)); };
  for (const RouteOptions& route : options_.routes.all_routes()) {
    add(route.pattern);
    add(route.space);
    for (const std::string& host : route.hosts)
      add(host);
    hash = mix_bits(hash + static_cast<std::uint64_t>(route.sensitivity) + (route.fold_case ? 16U : 0U));
  }
  return hash;
}

void Detector::note_group_and_account(const Seen& seen, const Visit& visit, SourceProfile& profile,
                                      std::uint32_t subject, std::uint32_t steps_before) {
  const Request& request = visit.request;
  const LogSecond now = log_second(request.time);
  if (is_verified_crawler(profile, now)) return;
  if (const IdentifierTrail* trail = profile.trails.find(seen.match.route);
      trail != nullptr && trail->added() != steps_before) {
    if (knowledge_->systems && trail->added() == GroupTracker::kLeastSteps)
      profile.with_rare_traits().system = knowledge_->systems->number_of(request.client);
    groups_.note(seen.source, profile, *trail, now);
  }
  const std::size_t own = subject != 0 && !visit.shown.empty() ? 1 : 0;
  accounts_.note(seen.source, request, profile, subject, visit.sensitivity, visit.shown.subspan(own));
}

bool Detector::disallows(const SourceProfile& profile, const RouteMatch& match) {
  const KnownAgent* agent = clients_.agents().find(profile.agent);
  if (agent == nullptr || agent->robots_txt == nullptr) return false;
  // People do not know what robots.txt asks of robots, and follow links.
  const RobotsTrace* robots = profile.robots();
  const bool has_read = robots != nullptr && robots->reads > 0 && robots->reader == profile.agent;
  if (!has_read && !says_robot(agent->agent)) return false;
  if (match.query.empty()) return agent->robots_txt->disallows(match.path);
  robots_target_.assign(match.path).append("?").append(match.query);
  return agent->robots_txt->disallows(robots_target_);
}

void Detector::note_robots_reader(SourceProfile& profile) const {
  RobotsTrace& robots = *profile.rare->robots;
  robots.reader = profile.agent;
  const KnownAgent* agent = clients_.agents().find(profile.agent);
  const bool asks = agent != nullptr && agent->robots_txt != nullptr;
  robots.crawl_delay = asks ? static_cast<float>(agent->robots_txt->crawl_delay()) : 0;
}

bool Detector::observe(const Activity& activity) {
  SourceRecord* record = sources_.find(activity.source);
  if (record == nullptr || !record->profile) return false;
  record->profile.add(activity);
  return activity.attempts > 0;
}

Finding Detector::evaluate(const Prefix& source, WallTime now, const BlockHistory& earlier) const {
  if (is_network(source)) return evaluate_network(source, now, earlier);
  Finding finding{source, now, 0, {}, {}};
  const SourceRecord* record = sources_.find(source);
  if (record == nullptr || !record->profile) return finding;
  const ProfileView view = record->profile.view();
  const SourceProfile& profile = *view;
  if (is_verified_crawler(profile, log_second(now))) {
    finding.exempt = fmt::format("a verified crawler: it {}", profile.crawler()->text);
    return finding;
  }
  const LogSecond second = log_second(now);
  SourceView shown{.source = source,
                   .record = *record,
                   .profile = profile,
                   .routes = routes_.routes(),
                   .site = clients_.site(),
                   .groups = groups_,
                   .now = second,
                   .agent = clients_.agents().find(profile.agent),
                   .accounts = accounts_.view(profile),
                   .reach = reach_history_.reach(source, second),
                   .earlier = earlier};
  judge_order(shown, options_.scoring.heuristics.of<Enumeration>());
  detection::evaluate(shown, options_.scoring, finding);
  return finding;
}

Finding Detector::evaluate_network(const Prefix& source, WallTime now, const BlockHistory& earlier) const {
  Finding finding{source, now, 0, {}, {}};
  const RotatingNetworks::Network* network = networks_.find(source);
  if (network == nullptr) return finding;
  const NetworkView shown{.prefix = source,
                          .network = *network,
                          .groups = groups_.table(),
                          .routes = routes_.routes(),
                          .now = log_second(now),
                          .earlier = earlier};
  detection::evaluate(shown, options_.scoring, finding);
  return finding;
}

Exposure Detector::network_exposure(const Prefix& source) const {
  const RotatingNetworks::Network* network = networks_.find(source);
  if (network == nullptr) return {};
  std::uint64_t subjects = 0;
  for (std::size_t route = 0; route < routes_.routes().size(); ++route) {
    const GroupNumber number = RotatingNetworks::number_of(source, static_cast<int>(route));
    if (const auto* group = groups_.table().find(number, network->last)) subjects += group->subjects;
  }
  return {std::uint64_t{network->pages} + network->assets, network->pages, subjects};
}

Exposure Detector::exposure(const Prefix& source) const {
  if (is_network(source)) return network_exposure(source);
  const SourceRecord* record = sources_.find(source);
  if (record == nullptr) return {};
  std::uint64_t subjects = record->profile.subjects_ever();
  // The exact set is full: use the estimate, which is right to within HyperLogLog::kStandardError.
  if (const SourceProfile* profile = record->profile.full();
      profile != nullptr && profile->subjects.saturated()) {
    const ReachHistory::Reach reach = reach_history_.reach(source, log_second(record->last_seen));
    subjects = std::max(subjects, static_cast<std::uint64_t>(reach.subjects));
  }
  return {record->requests, record->pages, subjects};
}

void Detector::reset_after_block(const Prefix& source) {
  if (is_network(source)) networks_.forget(source, routes_.routes().size(), groups_.table());
  reach_history_.forget(source);
  SourceRecord* record = sources_.find(source);
  if (record == nullptr || !record->profile) return;
  keep_in_full(*record);
  subject_slots_ -= record->profile.subject_slots();
  SourceProfile& known = *record->profile.full();
  accounts_.reset_after_block(known);
  // The client stays known; its actions are forgotten.
  auto fresh = std::make_unique<SourceProfile>();
  fresh->agent = known.agent;
  fresh->style.logged = known.style.logged;
  fresh->tls = std::move(known.tls);
  if (fresh->tls) fresh->tls->pages_before = 0;
  fresh->clients = known.clients;
  if (known.rare) {
    RareTraits& rare = fresh->with_rare_traits();
    rare.account = known.rare->account;
    rare.credential = known.rare->credential;
    rare.crawler = std::move(known.rare->crawler);
    if (rare.crawler) rare.crawler->pages = 0;
  }
  record->profile.replace(std::move(fresh));
  record->reported_score = record->paid_score = 0;
}

}  // namespace sluice::detection
