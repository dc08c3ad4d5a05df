// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_updates.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "daemon/app/operators/wire_types.h"
#include "daemon/lists/formats/json_ranges.h"
#include "daemon/lists/sync/crowdsec_api.h"
#include "daemon/lists/sync/schedule.h"
#include "daemon/lists/sync/source.h"

namespace sluice::app {
namespace {

using Kind = ListOutcome::Kind;

// Hosts that start together do not ask together.
constexpr auto kSpreadAtStart = std::chrono::seconds(5);
// After a start a list without any content is asked for soon, however often that failed before.
constexpr auto kLongestWithout = std::chrono::minutes(5);
constexpr auto kLongestWith = std::chrono::hours(24);  // the clock may have been set since
constexpr std::size_t kMaxSignature = 1024;            // bytes
// CrowdSec tells of a change once, and not of all: where a decision is deleted beside another of the same
// address it says nothing. So it is asked for all of them from time to time.
constexpr auto kAllDecisionsEvery = std::chrono::hours(1);
// Each time that decisions end all lists are compiled.
constexpr auto kEndingPause = std::chrono::seconds(1);

bool is_crowdsec(const lists::ListOptions& options) {
  return options.format == lists::ListFormat::crowdsec;
}

// Whether it takes a place among the texts that are fetched.
bool is_fetched(const lists::ListOptions& options) {
  return lists::is_url(options.source) && !is_crowdsec(options);
}

Nanoseconds share(Nanoseconds whole, double of) {
  return Nanoseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * of));
}

lists::FetchRequest request_for(const lists::ListOptions& options) {
  lists::FetchRequest request;
  request.url = options.source;
  request.max_bytes = options.max_bytes();
  request.timeout = options.timeout;
  request.ca = options.ca;
  return request;
}

}  // namespace

ListUpdates::Actions ListUpdates::follow(const std::vector<lists::ListOptions>& wanted,
                                         const std::vector<ListOutcome>& outcomes, WallTime now) {
  auto before = std::exchange(subscriptions_, {});
  for (const lists::ListOptions& options : wanted) {
    Subscription& subscription = subscriptions_[options.name];
    const auto known = before.find(options.name);
    if (known != before.end() && lists::is_url(options.source) &&
        reads_alike(known->second.options, options)) {
      subscription = std::move(known->second);
      subscription.options = options;
    } else {
      subscription = subscribe(options, now);
    }
  }
  kept_.clear();
  for (const ListOutcome& outcome : outcomes) {
    const auto found = subscriptions_.find(outcome.name);
    if (found == subscriptions_.end() || outcome.kind != Kind::kept) continue;
    found->second.failures = {1, outcome.note};
  }
  Actions actions;
  answer_replaced(before, actions);
  actions.emplace_back(files_to_watch());
  return actions;
}

ListUpdates::Subscription ListUpdates::subscribe(const lists::ListOptions& options, WallTime now) {
  Subscription subscription;
  subscription.options = options;
  subscription.serial = ++serial_;
  const Known known = contents_(options.name);
  if (!lists::is_url(options.source)) {
    subscription.due = now + lists::pause_after_success(options.every, random_());
  } else if (known.has_content && !is_crowdsec(options)) {
    subscription.due = std::max(known.checked + lists::pause_after_success(options.every, random_()),
                                now + share(kSpreadAtStart, random_()));
  } else {
    subscription.due = now;
  }
  take_up(subscription, known.has_content, now);
  return subscription;
}

// An earlier process has found out that the source fails.
void ListUpdates::take_up(Subscription& subscription, bool has_content, WallTime now) {
  const auto kept = std::ranges::find(kept_, subscription.options.name, &lists::Retry::name);
  if (kept == kept_.end() || kept->source != subscription.options.source) return;
  subscription.failures = {kept->failures, kept->failure};
  const WallTime latest = now + (has_content ? Nanoseconds(kLongestWith) : Nanoseconds(kLongestWithout));
  subscription.due = std::max(now, std::min(kept->due, latest));
}

// An operator does not wait for ever for a list that the reload took away.
void ListUpdates::answer_replaced(const std::map<std::string, Subscription, std::less<>>& before,
                                  Actions& actions) {
  for (const auto& [name, subscription] : before) {
    if (subscription.busy && find({name, subscription.serial}) == nullptr)
      answer_waiters({name, Kind::failed, "the configuration was changed meanwhile"}, actions);
  }
}

ListUpdates::WatchFiles ListUpdates::files_to_watch() const {
  WatchFiles watch;
  for (const auto& [name, subscription] : subscriptions_) {
    if (lists::is_url(subscription.options.source)) continue;
    const Known known = contents_(name);
    watch.files.push_back(
        {subscription.options.source, known.has_content ? std::optional(known.loaded) : std::nullopt});
  }
  return watch;
}

void ListUpdates::changed_before_watch(const std::vector<std::string>& sources, WallTime now) {
  for (auto& [name, subscription] : subscriptions_) {
    if (std::ranges::find(sources, subscription.options.source) != sources.end()) subscription.due = now;
  }
}

ListUpdates::Actions ListUpdates::files_changed(const std::vector<std::string>& sources, WallTime now) {
  for (auto& [name, subscription] : subscriptions_) {
    if (std::ranges::find(sources, subscription.options.source) == sources.end()) continue;
    subscription.again = subscription.busy;
    subscription.due = now;
  }
  return tick(now);
}

std::optional<WallTime> ListUpdates::next() const {
  std::optional<WallTime> first;
  const auto take = [&first](WallTime time) { first = std::min(first.value_or(time), time); };
  for (const auto& [name, subscription] : subscriptions_) {
    // A list that waits for its turn begins when another one is done.
    const bool waits = is_fetched(subscription.options) && !may_fetch();
    if (!subscription.busy && !waits) take(subscription.due);
    if (const auto ending = ending_due(subscription)) take(*ending);
  }
  return first;
}

ListUpdates::Actions ListUpdates::tick(WallTime now) {
  Actions actions;
  begin_due(now, actions);
  return actions;
}

void ListUpdates::begin_due(WallTime now, Actions& actions) {
  for (auto& [name, subscription] : subscriptions_) {
    if (const auto ending = ending_due(subscription); ending && *ending <= now) {
      subscription.crowdsec.is_ending = true;
      ListNews ended{name, subscription.options.source, {}, {}, false, ListNews::Of::ended_decisions};
      hand_over(subscription, std::move(ended), actions);
    }
    if (subscription.busy || subscription.due > now) continue;
    if (!is_fetched(subscription.options) || may_fetch()) begin(subscription, actions);
  }
}

std::optional<WallTime> ListUpdates::ending_due(const Subscription& subscription) const {
  if (subscription.crowdsec.is_ending || !is_crowdsec(subscription.options)) return std::nullopt;
  const auto end = contents_(subscription.options.name).next_end;
  return end ? std::optional(std::max(*end, subscription.crowdsec.next_ending)) : std::nullopt;
}

void ListUpdates::begin(Subscription& subscription, Actions& actions) {
  subscription.busy = true;
  const lists::ListOptions& options = subscription.options;
  const Ticket ticket{options.name, subscription.serial};
  if (is_crowdsec(options)) {
    actions.emplace_back(ReadKey{ticket, options.key_file});
    return;
  }
  if (!lists::is_url(options.source)) {
    hand_over(subscription, {options.name, options.source, std::nullopt, {}, false}, actions);
    return;
  }
  lists::FetchRequest request = request_for(options);
  const Known known = contents_(options.name);
  if (known.has_content && !subscription.force) request.version = known.version;
  actions.emplace_back(Fetch{ticket, Part::text, std::move(request)});
}

ListUpdates::Actions ListUpdates::key_read(const Ticket& ticket, const Result<std::string>& key,
                                           WallTime now) {
  Actions actions;
  Subscription* subscription = find(ticket);
  if (subscription == nullptr) return actions;
  if (!key) {
    fail(*subscription, key.error().message(), {}, now, actions);
    return actions;
  }
  Crowdsec& crowdsec = subscription->crowdsec;
  crowdsec.asked_all =
      subscription->force || !crowdsec.knows_all || crowdsec.api_key != *key || now >= crowdsec.all_due;
  crowdsec.api_key = *key;
  lists::FetchRequest request = request_for(subscription->options);
  request.url = lists::crowdsec_url(subscription->options.source, crowdsec.asked_all);
  request.max_bytes = std::min(request.max_bytes, lists::kMaxJsonBytes);
  request.api_key = *key;
  request.user_agent = "sluice/" SLUICE_VERSION;
  actions.emplace_back(Fetch{ticket, Part::decisions, std::move(request)});
  return actions;
}

ListUpdates::Actions ListUpdates::fetched(const Ticket& ticket, Part part, lists::FetchAnswer answer,
                                          WallTime now) {
  Actions actions;
  Subscription* subscription = find(ticket);
  if (subscription == nullptr) return actions;
  const lists::ListOptions& options = subscription->options;
  if (part == Part::signature) {
    subscription->unsigned_news->signature = std::move(answer.text);
    hand_over(*subscription, *std::exchange(subscription->unsigned_news, {}), actions);
    return actions;
  }
  if (answer.unchanged) {
    actions.emplace_back(Confirm{options.name});
    finish(*subscription, {options.name, Kind::unchanged, {}}, {}, now, actions);
    return actions;
  }
  ListNews news{options.name,
                options.source,
                lists::Copy{std::move(answer.text), std::move(answer.version), {}, now, now},
                {},
                false};
  if (part == Part::decisions) {
    const bool all = subscription->crowdsec.asked_all;
    news.of = all ? ListNews::Of::all_decisions : ListNews::Of::changed_decisions;
    if (all) subscription->crowdsec.all_due = now + kAllDecisionsEvery;
  } else if (!options.public_key.empty()) {
    subscription->unsigned_news = std::move(news);
    lists::FetchRequest request = request_for(options);
    request.url += ".sig";
    request.max_bytes = kMaxSignature;
    actions.emplace_back(Fetch{ticket, Part::signature, std::move(request)});
    return actions;
  }
  hand_over(*subscription, std::move(news), actions);
  return actions;
}

ListUpdates::Actions ListUpdates::fetch_failed(const Ticket& ticket, Part part,
                                               const lists::FetchFailure& failure, WallTime now) {
  Actions actions;
  Subscription* subscription = find(ticket);
  if (subscription == nullptr) return actions;
  subscription->unsigned_news.reset();
  std::string why = failure.error.message();
  if (part == Part::decisions) {
    if (const auto remedy = lists::crowdsec_remedy(failure.status); !remedy.empty())
      why += fmt::format("; {}", remedy);
  }
  fail(*subscription, std::move(why), failure.retry_after, now, actions);
  return actions;
}

void ListUpdates::hand_over(const Subscription& subscription, ListNews news, Actions& actions) {
  news.force = subscription.force;
  pending_.push_back({std::move(news), subscription.serial});
  if (in_hand_.empty()) hand_pending(actions);
}

void ListUpdates::hand_pending(Actions& actions) {
  Update update;
  for (Handed& handed : std::exchange(pending_, {})) {
    in_hand_.push_back({{handed.news.name, handed.serial}, handed.news.of == ListNews::Of::ended_decisions});
    update.news.push_back(std::move(handed.news));
  }
  actions.emplace_back(std::move(update));
}

ListUpdates::Actions ListUpdates::updated(const std::vector<ListOutcome>& outcomes, WallTime now) {
  Actions actions;
  const std::vector<InHand> handed = std::exchange(in_hand_, {});
  for (std::size_t i = 0; i < handed.size() && i < outcomes.size(); ++i) {
    Subscription* subscription = find(handed[i].ticket);
    if (subscription == nullptr) continue;
    if (handed[i].is_ending) {
      subscription->crowdsec.is_ending = false;
      subscription->crowdsec.next_ending = now + kEndingPause;
    } else {
      finish(*subscription, outcomes[i], {}, now, actions);
    }
  }
  if (in_hand_.empty() && !pending_.empty()) hand_pending(actions);
  return actions;
}

bool ListUpdates::may_fetch() const {
  const auto fetched = std::ranges::count_if(subscriptions_, [](const auto& entry) {
    return entry.second.busy && is_fetched(entry.second.options);
  });
  return static_cast<std::size_t>(fetched) < kMaxTexts;
}

ListUpdates::Subscription* ListUpdates::find(const Ticket& ticket) {
  const auto found = subscriptions_.find(ticket.name);
  return found != subscriptions_.end() && found->second.serial == ticket.serial ? &found->second : nullptr;
}

void ListUpdates::fail(Subscription& subscription, std::string why, Seconds retry_after, WallTime now,
                       Actions& actions) {
  const std::string& name = subscription.options.name;
  const Kind kind = contents_(name).has_content ? Kind::kept : Kind::failed;
  finish(subscription, {name, kind, std::move(why)}, retry_after, now, actions);
}

void ListUpdates::finish(Subscription& subscription, const ListOutcome& outcome, Seconds retry_after,
                         WallTime now, Actions& actions) {
  const bool well = outcome.kind == Kind::updated || outcome.kind == Kind::unchanged;
  const Failures before = std::exchange(
      subscription.failures, well ? Failures{} : Failures{subscription.failures.count + 1, outcome.note});
  subscription.busy = false;
  subscription.force = false;
  subscription.crowdsec.knows_all = well;
  const lists::ListOptions& options = subscription.options;
  const Seconds pause =
      well ? lists::pause_after_success(options.every, random_())
           : lists::pause_after_failure(subscription.failures.count, options.every, retry_after, random_());
  subscription.due = now + (std::exchange(subscription.again, false) ? Seconds(0) : pause);
  if (lists::is_url(options.source) && (!well || before.count > 0)) actions.emplace_back(retries_to_keep());
  const bool is_updated = outcome.kind == Kind::updated;
  if (is_updated && !lists::is_for_packets(options.action)) actions.emplace_back(RolesChanged{});
  actions.emplace_back(Tell{outcome, is_updated || subscription.failures.last != before.last});
  answer_waiters(outcome, actions);
}

ListUpdates::KeepRetries ListUpdates::retries_to_keep() const {
  KeepRetries keep;
  for (const auto& [name, subscription] : subscriptions_) {
    const std::string& source = subscription.options.source;
    const Failures& failures = subscription.failures;
    if (failures.count > 0 && lists::is_url(source))
      keep.retries.push_back({name, source, failures.count, subscription.due, failures.last});
  }
  return keep;
}

ListUpdates::Actions ListUpdates::refresh(std::uint64_t waiter, const control::RefreshRequest& request,
                                          WallTime now) {
  std::vector<std::string> names = request.names;
  if (names.empty()) {
    for (const auto& [name, subscription] : subscriptions_)
      names.push_back(name);
  }
  Waiter asked{waiter, {}, {}};
  for (const std::string& name : names) {
    control::RefreshResult& result = asked.answer.results.emplace_back();
    result.name = name;
    const auto found = subscriptions_.find(name);
    if (found == subscriptions_.end()) {
      result.outcome = to_wire(Kind::failed);
      result.note = "the configuration in force has no list of this name; `sluicectl lists` shows them";
    } else if (waiters_.size() >= kMaxWaiters) {
      result.outcome = to_wire(Kind::failed);
      result.note = "too many refreshes are being waited for; try again when they are done";
    } else {
      asked.open.push_back(asked.answer.results.size() - 1);
      found->second.force = found->second.force || request.force;
      found->second.due = now;
    }
  }
  Actions actions;
  if (asked.open.empty()) {
    actions.emplace_back(Answer{waiter, std::move(asked.answer)});
    return actions;
  }
  waiters_.push_back(std::move(asked));
  begin_due(now, actions);
  return actions;
}

void ListUpdates::answer_waiters(const ListOutcome& outcome, Actions& actions) {
  const Known known = contents_(outcome.name);
  for (Waiter& waiter : waiters_) {
    std::erase_if(waiter.open, [&](std::size_t index) {
      control::RefreshResult& result = waiter.answer.results[index];
      if (result.name != outcome.name) return false;
      result.outcome = to_wire(outcome.kind);
      result.note = outcome.note;
      if (known.has_content) result.entries = known.entries;
      return true;
    });
    if (waiter.open.empty()) actions.emplace_back(Answer{waiter.id, std::move(waiter.answer)});
  }
  std::erase_if(waiters_, [](const Waiter& waiter) { return waiter.open.empty(); });
}

void ListUpdates::annotate(control::ListsAnswer& answer) const {
  for (control::ListStatus& row : answer.lists) {
    const auto found = subscriptions_.find(row.name);
    if (found == subscriptions_.end()) continue;
    row.next = found->second.due;
    if (!found->second.failures.last.empty()) row.failure = found->second.failures.last;
    row.failures = found->second.failures.count;
  }
}

ListUpdates::Actions ListUpdates::stop() {
  Actions actions;
  pending_.clear();
  for (const auto& [name, subscription] : std::exchange(subscriptions_, {}))
    answer_waiters({name, Kind::failed, "sluiced is stopping"}, actions);
  return actions;
}

}  // namespace sluice::app
