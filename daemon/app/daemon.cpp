// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/daemon.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/app/knowledge.h"
#include "daemon/app/metrics.h"
#include "daemon/app/proxies.h"
#include "daemon/app/status_report.h"
#include "daemon/app/wanted_interfaces.h"
#include "daemon/base/audit_record.h"
#include "daemon/base/clock.h"
#include "daemon/base/notify.h"
#include "daemon/base/printable.h"
#include "daemon/config/changes.h"
#include "daemon/config/load.h"
#include "daemon/kernel/counters.h"
#include "daemon/kernel/host_addresses.h"

namespace sluice::app {
namespace {

constexpr auto kHousekeeping = std::chrono::seconds(5);
constexpr auto kAfterLinkChange = std::chrono::milliseconds(500);
constexpr auto kForgetting = std::chrono::hours(1);
// What a process that is killed loses of what its sources read in weeks.
constexpr auto kReachKept = std::chrono::minutes(5);
constexpr auto kClockStep =
    std::chrono::seconds(2);  // beyond what slewing a clock does between two looks at it

// Both families' tables have max_decisions entries each; the ledger holds both.
decisions::LedgerLimits ledger_limits(const config::Config& config) {
  return {2 * std::size_t{config.filter.max_decisions}, 2 * std::size_t{config.filter.max_allows}};
}

store::StateStore::Oldest oldest_kept(const config::Config& config, WallTime now) {
  return {now - config.policy.memory, now - config.retention.accounts, now - config.retention.reach,
          now - config.retention.audit};
}

// What the daemon itself does, for the audit log.
AuditRecord own_record(std::string_view command, std::string what, std::string outcome) {
  AuditRecord record;
  record.time = wall_now();
  record.name = "sluiced";
  record.command = command;
  record.what = std::move(what);
  record.outcome = std::move(outcome);
  return record;
}

// "ok", or what is wrong with it.
control::StateOrFault<control::StoreState> store_state(const store::StateStore::State& state) {
  using State = control::StateOrFault<control::StoreState>;
  if (!state.failing.empty())
    return State::fault(fmt::format("{} ({} changes wait)", state.failing, state.waiting));
  if (state.lost > 0)
    return State::fault(fmt::format("{} changes were given up while the disk failed", state.lost));
  return control::StoreState::ok;
}

void log_hello(const detection::Hello& hello) {
  spdlog::debug("{} port {} begins TLS with port {}: a hello of {} bytes{}", hello.client.to_string(),
                hello.client_port, hello.port, hello.bytes.size(), hello.whole ? "" : ", not whole");
}

double random_share() {
  static std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>()(engine);
}

LogSet::Proxies trust(const std::vector<Prefix>& networks, const config::Config& config) {
  return std::make_shared<const intake::TrustedProxies>(networks, config.proxies.header);
}

kernel::Clocks real_clocks() {
  return {wall_now, kernel_now};
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::create(boost::asio::io_context& io, std::string config_path,
                                               config::Config config) {
  auto maps = kernel::FilterMaps::open(config.filter.bpf_fs);
  if (!maps) return maps.error();
  auto lock = kernel::lock_maps(config.filter.bpf_fs);
  if (!lock) return lock.error();
  std::unique_ptr<Daemon> daemon(
      new Daemon(io, std::move(config_path), std::move(config), *std::move(lock), *std::move(maps)));
  if (auto started = daemon->start(); !started) return started.error();
  return daemon;
}

Daemon::Daemon(boost::asio::io_context& io, std::string config_path, config::Config config, UniqueFd lock,
               kernel::FilterMaps maps)
    : io_(io),
      config_path_(std::move(config_path)),
      config_(std::move(config)),
      started_(wall_now()),
      wall_ahead_(started_.time_since_epoch() - Nanoseconds(static_cast<std::int64_t>(kernel_now().ns))),
      lock_(std::move(lock)),
      maps_(std::move(maps)),
      ledger_(ledger_limits(config_), config_.mode),
      feed_(ledger_),
      lists_(io.get_executor(), maps_, lists_folder(config_.store.path)),
      expiry_(io),
      house_(io) {}

Daemon::~Daemon() = default;

Result<void> Daemon::start() {
  auto verdicts = kernel::VerdictTable::create(maps_, real_clocks());
  if (!verdicts) return verdicts.error();
  verdicts_ = *std::move(verdicts);
  ledger_.add_sink(*verdicts_);
  // Those who must be reachable first, then what was decided before: nothing that would hit them comes back.
  read_lists();
  auto proxies = trusted_networks(config_.proxies, lists_.roles());
  if (!proxies) return proxies.error();
  proxies_ = *std::move(proxies);
  if (auto done = ledger_.set_mode(mode_in_force()); !done) return done.error();
  if (auto done = protect(config_); !done) return done.error();
  arm_lists();
  if (auto opened = open_store(); !opened) return opened.error();
  std::vector<Error> unread;
  knowledge_ = load_knowledge_that_can_be(config_.knowledge, unread);
  for (const Error& error : unread)
    spdlog::error("{}", error.message());
  // Accounts are known by the same numbers as before the restart.
  auto seeded = std::make_shared<detection::Knowledge>(*with_lists(knowledge_, lists_.roles()));
  seeded->seed = store_->account_secret();
  auto resolver = resolve::Resolver::create(io_.get_executor(), {});
  if (!resolver) return resolver.error();
  resolver_ = *std::move(resolver);
  auto made = decisions::Pipeline::create(config_.detector, std::move(seeded), *resolver_, config_.policy,
                                         ledger_, feed_);
  if (!made) return made.error();
  pipeline_ = *std::move(made);
  auto positions = restore();
  if (!positions) return positions.error();

  auto events = kernel::EventSource::create(io_.get_executor(), maps_, real_clocks(),
                                            {.activity = [this](const auto& a) { pipeline_->observe(a); },
                                             .hello =
                                                 [this](const auto& h) {
                                                   log_hello(h);
                                                   pipeline_->observe(h);
                                                 },
                                             .dropped =
                                                 [this](const auto& f) {
                                                   if (frames_) frames_->take(f);
                                                 }});
  if (!events) return events.error();
  events_.emplace(*std::move(events));
  follow_logs(*positions);
  if (auto done = keep_lists_up_to_date(); !done) return done.error();
  store_->note_audit(own_record("start", "sluiced " SLUICE_VERSION, store_->set_aside().value_or("running")));
  note_configuration();
  if (auto done = serve_operators(); !done) return done.error();
  if (auto done = serve_metrics(); !done) return done.error();
  feed_.set_publish([this](const control::Event& event) { on_event(event); });
  rearm_expiry();
  auto links = kernel::LinkWatch::create(io_.get_executor(), [this] {
    if (stopped_) return;
    look_at_interfaces();
    // An attach changes interfaces first, and the maps at its end.
    if (house_.expiry() - std::chrono::steady_clock::now() > kAfterLinkChange)
      await_housekeeping(kAfterLinkChange);
  });
  if (!links) return links.error();
  links_.emplace(*std::move(links));
  await_housekeeping(Nanoseconds(0));  // on the loop, when it is known who attaches
  return {};
}

void Daemon::read_lists() {
  for (const Error& error : lists_.read_what_can_be(config_.lists))
    spdlog::error("{}", error.message());
  for (const control::ListStatus& list : lists_.status().lists) {
    if (list.bad_lines > 0)
      spdlog::warn("list {}: {}: {} lines are left out", list.name, list.source, list.bad_lines);
  }
  for (const std::string& name : lists_.roles().missing_proxies)
    spdlog::error("list {}: nothing is armed before its trusted proxies are known", name);
}

void Daemon::arm_lists() {
  if (auto done = lists_.arm(config_.mode); !done) spdlog::error("lists: {}", done.error().message());
}

Result<void> Daemon::keep_lists_up_to_date() {
  auto updates = ListUpdates::create(
      io_.get_executor(),
      {lists_, [this] { return config_.mode; },
       [this](const ListOutcome& outcome, bool is_news) { tell_of_list(outcome, is_news); },
       [this] { take_list_roles(); }, wall_now, random_share});
  if (!updates) return updates.error();
  updates_ = *std::move(updates);
  updates_->follow(config_.lists, {});
  return {};
}

void Daemon::tell_of_list(const ListOutcome& outcome, bool is_news) {
  using Kind = ListOutcome::Kind;
  if (!is_news) return;
  if (outcome.kind == Kind::updated || outcome.kind == Kind::unchanged) {
    const ReadList* list = lists_.list(outcome.name);
    const std::size_t entries = list != nullptr && list->content ? list->content->size() : 0;
    spdlog::info("list {}: {}, {} entries{}{}", outcome.name, to_string(outcome.kind), entries,
                 outcome.note.empty() ? "" : "; ", printable(outcome.note));
    return;
  }
  const std::string text =
      fmt::format("list {}: {}: {}", outcome.name,
                  outcome.kind == Kind::kept ? "the last good content stays in force" : "not in force",
                  printable(outcome.note));
  spdlog::warn("{}", text);
  feed_.announce(control::EventKind::warning, text);
}

void Daemon::take_list_roles() {
  const ListRoles roles = lists_.roles();
  if (auto proxies = trusted_networks(config_.proxies, roles); !proxies) {
    spdlog::error("{}", proxies.error().message());
  } else if (*proxies != proxies_) {
    proxies_ = *std::move(proxies);
    for (const Error& error : logs_->follow_what_can_be(config_.logs, trust(proxies_, config_)))
      spdlog::error("{}", error.message());
    if (auto done = protect(config_); !done) spdlog::error("{}", done.error().message());
  }
  // Only now that no proxy can be hit any more.
  if (const decisions::Mode mode = mode_in_force(); mode != ledger_.mode()) {
    if (auto done = ledger_.set_mode(mode); !done) spdlog::error("{}", done.error().message());
  }
  auto done = pipeline_->reconfigure(config_.detector, with_lists(knowledge_, roles), config_.policy);
  if (!done) spdlog::error("{}", done.error().message());
}

control::ListsAnswer Daemon::lists_status() const {
  control::ListsAnswer answer = lists_.status();
  if (updates_) updates_->annotate(answer);
  // Trusted proxies are allowed one by one: what those allows let pass is what the list was hit with.
  for (control::ListStatus& row : answer.lists) {
    const ReadList* list = lists_.list(row.name);
    if (list->options.action != lists::ListAction::trusted_proxy || !list->content) continue;
    kernel::Traffic sum;
    for (const Prefix& network : lists::prefixes_of(list->content->entries)) {
      const auto usage = verdicts_->usage(network, decisions::Ledger::Slot::allow);
      if (!usage || !*usage) continue;
      sum.packets += (*usage)->packets;
      sum.bytes += (*usage)->bytes;
    }
    row.packets = sum.packets;
    row.bytes = sum.bytes;
  }
  return answer;
}

Result<void> Daemon::open_store() {
  auto opened = store::StateStore::open(config_.store.path, wall_now());
  if (!opened) return opened.error();
  store_ = *std::move(opened);
  if (store_->set_aside())
    spdlog::error("the stored state was unreadable, a new one is begun: {}", *store_->set_aside());
  return {};
}

Result<std::map<std::string, std::string>> Daemon::restore() {
  const WallTime now = wall_now();
  auto restored = store_->load(now, oldest_kept(config_, now), pipeline_->detector().routes_fingerprint());
  if (!restored) return restored.error();
  if (restored->unreadable > 0) spdlog::error("{} stored decisions could not be read", restored->unreadable);

  std::size_t left_out = 0;
  for (const decisions::Decision& decision : restored->decisions) {
    if (!take_in(decision, now)) ++left_out;
  }
  if (left_out > 0)
    spdlog::error("{} stored decisions are not in force: there is no room for them", left_out);
  // From here on the store mirrors the ledger: what it has just given is not written back.
  ledger_.add_sink(store_->sink());
  for (const detection::BlockHistory& offence : restored->offences)
    pipeline_->remember(offence);
  for (const detection::ReachHistory::Record& record : restored->reach)
    pipeline_->reach_history().restore(record);
  pipeline_->recall(restored->accounts.ages, restored->accounts.begun);
  feed_.set_remember([this](const detection::BlockHistory& offence) { store_->remember(offence); });
  ledger_.add_sink(feed_);
  // Last, so that packets never pass for want of a decision that is about to come back.
  auto removed = verdicts_->reconcile(ledger_.all());
  if (!removed) return removed.error();
  if (*removed > 0) spdlog::warn("{} decisions in the kernel that nobody stands for were removed", *removed);
  return std::move(restored->positions);
}

bool Daemon::take_in(const decisions::Decision& decision, WallTime now) {
  const auto admitted = ledger_.admit(decision, now);
  const bool is_protected = ledger_.protected_by(decision.source) != nullptr;
  // What protection now stands against has ended, and must not come back when that is lifted one day.
  if (is_protected && (!admitted || admitted->outcome == decisions::Admission::Outcome::kept)) {
    spdlog::warn("the {} of {} by {} is ended: {}", to_string(decision.action), decision.source.to_string(),
                 to_string(decision.actor), admitted ? admitted->note : admitted.error().message());
    store_->sink().withdraw(decision, decisions::Ending::withdrawn);
    return true;
  }
  return static_cast<bool>(admitted);
}

void Daemon::follow_logs(const std::map<std::string, std::string>& stored) {
  LogSet::Positions left;
  for (const auto& [path, text] : stored) {
    if (auto position = intake::parse_position(text)) {
      left.emplace(path, *position);
    } else {
      spdlog::error("{}: {}; reading goes on at its end", path, position.error().message());
    }
  }
  logs_.emplace(
      io_.get_executor(),
      [this](const detection::Request& request) {
        proxy_hint_.note(request);
        (void)pipeline_->observe(request, wall_now());
      },
      std::move(left));
  for (const Error& error : logs_->follow_what_can_be(config_.logs, trust(proxies_, config_)))
    spdlog::error("{}", error.message());
}

Result<void> Daemon::serve_operators() {
  desk_.emplace(OperatorDesk::Parts{
      config_, ledger_, *pipeline_, *verdicts_, [this] { return status(); },
      [this](std::string_view who, const control::Operations::ReloadDone& done) { reload(who, done); },
      lists_, [this] { return lists_status(); },
      [this](const control::RefreshRequest& request, control::Operations::RefreshDone done) {
        updates_->refresh(request, std::move(done));
      },
      [this] { save(); }, *store_,
      [this](std::vector<AuditRecord> records) {
        note_places();
        return store_->audit(std::move(records));
      },
      [this](AuditRecord record) { store_->note_audit(std::move(record)); }});
  control::ServerOptions options;
  options.path = config_.control.socket;
  options.group = config_.control.group;
  options.operators = config_.control.operators;
  options.viewers = config_.control.viewers;
  auto server = control::Server::create(io_, options, *desk_);
  if (!server) return server.error();
  server_ = *std::move(server);
  frames_.emplace(io_, maps_, *server_);
  return {};
}

Result<void> Daemon::serve_metrics() {
  if (config_.metrics.listen.empty()) return {};
  auto server = gate::HttpServer::create(
      io_, {.listen = config_.metrics.listen}, [this](std::string_view target) -> gate::HttpAnswer {
        if (target != "/metrics") return {};
        return {200, std::string(kMetricsContentType), metrics_text(status(), lists_status(), wall_now())};
      });
  if (!server) return Error(fmt::format("metrics.listen: {}", server.error().message()));
  metrics_ = *std::move(server);
  return {};
}

void Daemon::on_event(const control::Event& event) {
  server_->publish(event);
  settle_soon();
}

// What the lines up to these places led to was noted before: they are written together.
void Daemon::note_places() {
  for (const detection::AccountAge& age : pipeline_->take_account_news())
    store_->remember(age);
  for (const auto& [path, position] : logs_->positions())
    store_->set_position(path, intake::to_string(position));
}

void Daemon::save() {
  note_places();
  (void)store_->flush(kernel_now());  // a failure is told of by the store, and tried again with the next
}

void Daemon::settle_soon() {
  if (std::exchange(settling_, true)) return;
  boost::asio::post(io_, [this] {
    settling_ = false;
    if (stopped_) return;
    rearm_expiry();
    save();
  });
}

Result<void> Daemon::protect(const config::Config& config) {
  auto networks = kernel::host_addresses();
  if (!networks) return networks.error();
  for (const Prefix& network : config.management)
    networks->push_back({network, "a management network"});
  for (const Prefix& network : proxies_)
    networks->push_back({network, "a trusted proxy"});
  return ledger_.protect(*std::move(networks), wall_now());
}

void Daemon::rearm_expiry() {
  const auto next = ledger_.next_deadline();
  if (next == expiry_at_) return;
  expiry_at_ = next;
  if (!next) {
    expiry_.cancel();
    return;
  }
  // The deadline is the wall clock's, which may be set: never sleep through more than a minute of it.
  const auto wait = std::clamp<Nanoseconds>(*next - wall_now(), Nanoseconds(0), std::chrono::minutes(1));
  expiry_.expires_after(wait);
  expiry_.async_wait([this](const boost::system::error_code& error) {
    // A timer that had fired already can no longer be cancelled: its handler comes all the same.
    if (error || stopped_) return;
    (void)ledger_.expire(wall_now());
    expiry_at_.reset();
    rearm_expiry();
  });
}

void Daemon::keep_reach() {
  store_->remember(pipeline_->reach_history().take_changes(), pipeline_->detector().routes_fingerprint());
}

void Daemon::listen_for_silence() {
  const auto counters = kernel::read_counters(maps_);
  if (!counters) return;  // status says so
  std::uint64_t lines = 0;
  for (const control::LogStatus& log : logs_->status())
    lines += log.lines;
  silence_.look(counters->reasons[SLUICE_PASS_DEFAULT].packets, lines, kernel_now());
}

void Daemon::keep_house() {
  const WallTime now = wall_now();
  listen_for_silence();
  if (now - reach_kept_ >= kReachKept) {
    reach_kept_ = now;
    keep_reach();
  }
  save();
  if (now - forgotten_ >= kForgetting) {
    forgotten_ = now;
    auto done = store_->forget(now, oldest_kept(config_, now));
    if (!done) spdlog::error("{}", done.error().message());
  }
  for (const std::string& path : logs_->retry())
    spdlog::info("{}: can be read now", path);
  if (auto done = protect(config_); !done) {
    if (const auto held_back = protect_failures_.admit(kernel_now()))
      spdlog::error("{}", done.error().message());
  }
  follow_clock();
  if (!follow_filter()) return;
  look_at_interfaces();
  await_housekeeping(kHousekeeping);
}

void Daemon::await_housekeeping(Nanoseconds wait) {
  house_.expires_after(wait);
  house_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) keep_house();
  });
}

bool Daemon::follow_filter() {
  if (outdated_) return false;
  const auto settings = kernel::read_settings(maps_.bpf_fs);
  sluice_settings known = maps_.settings;
  if (settings) known.loaded_ns = settings->loaded_ns;  // the same once more says nothing new
  if (settings && maps_.still_pinned() && std::memcmp(&known, &*settings, sizeof known) == 0) {
    maps_.settings = known;
    return true;
  }
  spdlog::warn("the filter was {}",
               settings ? "attached anew, with other maps or settings: taking them over" : "detached");
  outdated_ = true;
  if (on_outdated_) on_outdated_();
  return false;
}

void Daemon::look_at_interfaces() {
  const auto wanted = wanted_interfaces(config_.filter);
  const auto changes = wanted ? coverage_.look(maps_.bpf_fs, *wanted) : wanted.error();
  if (!changes) {
    spdlog::error("where the filter stands cannot be told: {}", changes.error().message());
    return;
  }
  if (const bool none = wanted->empty(); none != std::exchange(nowhere_, none) && none)
    spdlog::warn("filter.interfaces is \"auto\" and there is no default route: nothing is filtered yet");
  bool came_back = false;
  bool ask = false;
  for (const Coverage::Change& change : *changes) {
    if (change.filtered) {
      spdlog::info("{}: filtered again", change.interface);
    } else if (!change.exists) {
      spdlog::warn("{}: the interface is gone", change.interface);
    } else if (change.is_new && attach_) {
      came_back = true;
    } else if (change.is_new && ask_attach_) {
      spdlog::warn("{}: not filtered, asking for an attach", change.interface);
      ask = true;
    } else {
      spdlog::error("{}: not filtered; run `sluiced attach` (systemctl reload sluice-filter)",
                    change.interface);
    }
  }
  if (ask) {
    if (auto asked = ask_attach_(); !asked) spdlog::error("{}", asked.error().message());
  }
  if (!came_back) return;
  if (auto attached = attach_(config_); !attached) spdlog::error("{}", attached.error().message());
  look_at_interfaces();  // what came back is known now, and is not attached to again
}

// The kernel keeps deadlines in its own time, which does not step: after the wall clock was set they are
// written anew.
void Daemon::follow_clock() {
  const Nanoseconds ahead =
      wall_now().time_since_epoch() - Nanoseconds(static_cast<std::int64_t>(kernel_now().ns));
  const Nanoseconds step = ahead - std::exchange(wall_ahead_, ahead);
  if (std::chrono::abs(step) < kClockStep) return;
  spdlog::warn("the clock was set by {} s: the deadlines in the kernel follow", step.count() / 1'000'000'000);
  for (const decisions::Decision* decision : ledger_.all()) {
    const auto written = verdicts_->apply(*decision, ledger_.armed(*decision));
    if (!written) spdlog::error("{}", written.error().message());
  }
  expiry_at_.reset();
  rearm_expiry();
}

void Daemon::reload(std::string_view who, const control::Operations::ReloadDone& done) {
  if (stopped_) {
    done({false, {"sluiced is stopping"}, {}});
    return;
  }
  notify_reloading();
  const auto finish = [this, who = std::string(who), done](const control::ReloadAnswer& answer) {
    announce_reload(who, answer);
    done(answer);
  };
  auto loaded = config::load(config_path_);
  if (!loaded) {
    control::ReloadAnswer answer;
    for (const config::Fault& fault : loaded.error())
      answer.faults.push_back(config::to_string(fault));
    finish(answer);
    return;
  }
  // What takes time comes first, off the loop, and changes nothing.
  lists_.prepare(loaded->lists, loaded->mode, [this, config = *loaded, finish](const Result<void>& ready) {
    finish(ready ? put_in_force(config) : control::ReloadAnswer{false, {ready.error().message()}, {}});
  });
}

void Daemon::announce_reload(std::string_view who, const control::ReloadAnswer& answer) {
  for (const std::string& fault : answer.faults)
    spdlog::error("reload: {}", fault);
  for (const std::string& note : answer.notes)
    spdlog::info("reload: {}", note);
  const std::string text =
      answer.ok ? fmt::format("configuration reloaded by {}", who)
                : fmt::format("reload by {} refused, the former configuration stays in force: {}", who,
                              fmt::join(answer.faults, "; "));
  if (answer.ok) {
    spdlog::info("{}", text);
  } else {
    spdlog::error("{}", text);
  }
  feed_.announce(control::EventKind::reload, text);
  if (answer.ok) {
    note_configuration();
  } else {
    store_->note_audit(own_record("configuration", fmt::format("reload by {}", who), "refused"));
  }
  if (!stopped_) notify_ready(summary());
}

void Daemon::note_configuration() {
  store_->note_audit(own_record("configuration", fmt::format("sha256 {}", sha256(config::to_text(config_))),
                                fmt::format("in force, mode {}", decisions::to_string(config_.mode))));
}

control::ReloadAnswer Daemon::put_in_force(config::Config config) {
  control::ReloadAnswer answer;
  // What can fail comes first, and each undoes itself; from the mode on nothing is refused any more.
  const auto refuse = [&](const Error& error) {
    answer.faults.push_back(error.message());
    return answer;
  };
  auto knowledge = load_knowledge(config.knowledge);
  if (!knowledge) return refuse(knowledge.error());
  const ListRoles roles = lists_.prepared_roles();
  auto proxies = trusted_networks(config.proxies, roles);
  if (!proxies) return refuse(proxies.error());
  if (auto done = logs_->follow(config.logs, trust(*proxies, config)); !done) return refuse(done.error());
  if (auto done = pipeline_->reconfigure(config.detector, with_lists(*knowledge, roles), config.policy);
      !done) {
    (void)logs_->follow_what_can_be(config_.logs, trust(proxies_, config_));
    return refuse(done.error());
  }
  knowledge_ = *std::move(knowledge);
  proxies_ = *std::move(proxies);
  if (auto done = protect(config); !done) answer.notes.push_back(done.error().message());
  const std::vector<ListOutcome> outcomes = lists_.adopt();
  updates_->follow(config.lists, outcomes);
  for (const ListOutcome& outcome : outcomes) {
    if (outcome.note.empty()) continue;
    const bool kept = outcome.kind == ListOutcome::Kind::kept;
    answer.notes.push_back(fmt::format("list {}: {}{}", outcome.name, kept ? "keeps what it had: " : "",
                                       printable(outcome.note)));
  }
  for (const std::string& name : roles.missing_proxies)
    answer.notes.push_back(
        fmt::format("list {}: nothing is armed before its trusted proxies are known", name));
  const decisions::Mode mode = ListSet::mode_with(roles, config.mode);
  if (auto done = ledger_.set_mode(mode); !done) answer.notes.push_back(done.error().message());
  const auto changes = config::changes(config_, config);
  for (const config::Change& change : changes) {
    const std::string_view when = change.at_attach    ? (attach_ ? "" : ", at the next `sluiced attach`")
                                  : change.at_restart ? ", at the next start of sluiced"
                                                      : "";
    answer.notes.push_back(fmt::format("{}: {} becomes {}{}", change.key, change.before, change.after, when));
  }
  // An attach in observe mode leaves the limits out.
  const bool limits_follow = config.mode != config_.mode && !config.filter.limits.empty();
  if (limits_follow && !attach_)
    answer.notes.emplace_back("limit: follows the mode at the next `sluiced attach`");
  spdlog::set_level(spdlog::level::from_str(config.log_level));
  config_ = std::move(config);
  rearm_expiry();
  if (attach_ && (limits_follow || std::ranges::any_of(changes, &config::Change::at_attach))) {
    if (auto attached = attach_(config_); !attached) answer.notes.push_back(attached.error().message());
    // New maps and settings are taken over a little later, as after anybody's attach: this one has its answer
    // to give first.
  }
  answer.ok = true;
  return answer;
}

void Daemon::stop() {
  if (std::exchange(stopped_, true)) return;
  expiry_.cancel();
  house_.cancel();
  updates_->stop();
  lists_.stop();
  links_.reset();
  feed_.set_publish({});
  server_->stop();
  if (metrics_) metrics_->stop();
  keep_reach();
  store_->note_audit(own_record("stop", "sluiced " SLUICE_VERSION, "stopped in order"));
  save();
  logs_.reset();
  events_.reset();
  if (frames_) frames_->stop();
  resolver_->cancel();  // nobody asks any more, and the loop must not wait for answers
}

std::string Daemon::summary() const {
  return fmt::format("{}, {} denials and {} allows in force, {} logs", decisions::to_string(ledger_.mode()),
                     ledger_.size(decisions::Ledger::Slot::denial),
                     ledger_.size(decisions::Ledger::Slot::allow), config_.logs.size());
}

control::StatusAnswer Daemon::status() {
  return report_status({config_, maps_, *verdicts_, *events_, ledger_, *pipeline_, logs_->status(),
                        lists_status(), store_state(store_->state()), server_->status(),
                        resolver_->counters(), std::chrono::duration_cast<Seconds>(wall_now() - started_),
                        wall_now(), proxy_hint_.suspect(), silence_.suspicious()});
}

}  // namespace sluice::app
