// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/list_updates.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/app/wire_types.h"
#include "daemon/lists/crowdsec_api.h"
#include "daemon/lists/json_ranges.h"
#include "daemon/lists/schedule.h"
#include "daemon/lists/source.h"

namespace sluice::app {
namespace {

using Kind = ListOutcome::Kind;

// The wall clock may be set: what is due is never slept through for longer.
constexpr auto kLongestSleep = std::chrono::minutes(5);
// After a start, so that hosts which start together do not ask together.
constexpr auto kSpreadAtStart = std::chrono::seconds(5);
// By so much the time of a file may lag behind the clock, on file systems with coarse times.
constexpr auto kCoarseTime = std::chrono::seconds(2);
// What has no content at all is worth a question soon after a start, however often it failed before it.
constexpr auto kLongestWithout = std::chrono::minutes(5);
constexpr auto kLongestWith = std::chrono::hours(24);  // the clock may have been set since
constexpr std::size_t kMaxSignature = 1024;
// Texts that are fetched, or wait for the set, at a time: so many are in memory.
constexpr std::size_t kMaxTexts = 4;
// Beyond this the operator is to come back.
constexpr std::size_t kMaxWaiters = 64;
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

std::string retries_path(const std::string& folder) {
  return folder + "/.retries";
}

}  // namespace

Result<std::unique_ptr<ListUpdates>> ListUpdates::create(boost::asio::any_io_executor executor, Parts parts) {
  auto fetcher = lists::Fetcher::create(executor);
  if (!fetcher) return fetcher.error();
  auto asker = lists::Fetcher::create(executor);
  if (!asker) return asker.error();
  return std::unique_ptr<ListUpdates>(
      new ListUpdates(std::move(executor), std::move(parts), *std::move(fetcher), *std::move(asker)));
}

ListUpdates::ListUpdates(boost::asio::any_io_executor executor, Parts parts,
                         std::unique_ptr<lists::Fetcher> fetcher, std::unique_ptr<lists::Fetcher> asker)
    : executor_(std::move(executor)),
      parts_(std::move(parts)),
      fetcher_(std::move(fetcher)),
      asker_(std::move(asker)),
      kept_(lists::load_retries(retries_path(parts_.lists.folder()))),
      timer_(executor_) {}

void ListUpdates::follow(const std::vector<lists::ListOptions>& wanted,
                         const std::vector<ListOutcome>& outcomes) {
  const WallTime now = parts_.now();
  auto before = std::exchange(subscriptions_, {});
  for (const lists::ListOptions& options : wanted) {
    Subscription& subscription = subscriptions_[options.name];
    const auto known = before.find(options.name);
    const bool is_remote = lists::is_url(options.source);
    if (known != before.end() && is_remote && reads_alike(known->second.options, options)) {
      subscription = std::move(known->second);
      subscription.options = options;
      continue;
    }
    subscription.options = options;
    subscription.serial = ++serial_;
    const ReadList* list = parts_.lists.list(options.name);
    if (!is_remote) {
      subscription.due = now + lists::pause_after_success(options.every, parts_.random());
    } else if (list != nullptr && list->content && !is_crowdsec(options)) {
      subscription.due = std::max(list->checked + lists::pause_after_success(options.every, parts_.random()),
                                  now + share(kSpreadAtStart, parts_.random()));
    } else {
      subscription.due = now;
    }
    take_up(subscription, list != nullptr && list->content, now);
  }
  kept_.clear();
  for (const ListOutcome& outcome : outcomes) {
    const auto found = subscriptions_.find(outcome.name);
    if (found == subscriptions_.end() || outcome.kind != Kind::kept) continue;
    found->second.failure = outcome.note;
    found->second.failures = 1;
  }
  // Who waits for a list that is gone, or another now, is not to wait for ever.
  for (const auto& [name, subscription] : before) {
    const auto found = subscriptions_.find(name);
    if (subscription.busy && (found == subscriptions_.end() || found->second.serial != subscription.serial))
      answer_waiters({name, Kind::failed, "the configuration was changed meanwhile"});
  }
  watch_files();
  set_timer();
}

void ListUpdates::take_up(Subscription& subscription, bool has_content, WallTime now) {
  const auto kept = std::ranges::find(kept_, subscription.options.name, &lists::Retry::name);
  if (kept == kept_.end() || kept->source != subscription.options.source) return;
  subscription.failures = kept->failures;
  subscription.failure = kept->failure;
  const WallTime latest = now + (has_content ? Nanoseconds(kLongestWith) : Nanoseconds(kLongestWithout));
  subscription.due = std::max(now, std::min(kept->due, latest));
}

void ListUpdates::keep_retries() const {
  std::vector<lists::Retry> retries;
  for (const auto& [name, subscription] : subscriptions_) {
    const std::string& source = subscription.options.source;
    if (subscription.failures > 0 && lists::is_url(source))
      retries.push_back({name, source, subscription.failures, subscription.due, subscription.failure});
  }
  // Only how soon a restart asks depends on it, and status tells of a disk that refuses already.
  (void)lists::save_retries(retries_path(parts_.lists.folder()), retries);
}

void ListUpdates::watch_files() {
  files_.reset();
  std::vector<std::string> sources;
  for (const auto& [name, subscription] : subscriptions_) {
    if (!lists::is_url(subscription.options.source)) sources.push_back(subscription.options.source);
  }
  if (sources.empty()) return;
  auto watch = lists::FileWatch::start(
      executor_, sources, [this](const std::vector<std::string>& changed) { read_now(changed); });
  if (!watch) {
    spdlog::warn("lists: changed files are read at their intervals alone: {}", watch.error().message());
    return;
  }
  files_.emplace(*std::move(watch));
  // What was changed after it was read, and before it was watched.
  for (auto& [name, subscription] : subscriptions_) {
    const ReadList* list = parts_.lists.list(name);
    if (lists::is_url(subscription.options.source) || list == nullptr || !list->content) continue;
    if (lists::changed_since(subscription.options.source, list->loaded - kCoarseTime))
      subscription.due = parts_.now();
  }
}

void ListUpdates::read_now(const std::vector<std::string>& sources) {
  for (auto& [name, subscription] : subscriptions_) {
    if (std::ranges::find(sources, subscription.options.source) == sources.end()) continue;
    subscription.again = subscription.busy;
    subscription.due = parts_.now();
  }
  begin_due();
}

void ListUpdates::set_timer() {
  std::optional<WallTime> first;
  for (const auto& [name, subscription] : subscriptions_) {
    // What waits for its turn begins when another is done.
    const bool waits = is_fetched(subscription.options) && !may_fetch();
    if (!subscription.busy && !waits) first = std::min(first.value_or(subscription.due), subscription.due);
    if (const auto ending = ending_due(subscription)) first = std::min(first.value_or(*ending), *ending);
  }
  if (!first) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::clamp<Nanoseconds>(*first - parts_.now(), Nanoseconds(0), kLongestSleep));
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (!error && *alive) begin_due();
  });
}

void ListUpdates::begin_due() {
  const WallTime now = parts_.now();
  for (auto& [name, subscription] : subscriptions_) {
    if (const auto ending = ending_due(subscription); ending && *ending <= now) leave_out_ended(subscription);
    if (subscription.busy || subscription.due > now) continue;
    if (!is_fetched(subscription.options) || may_fetch()) begin(subscription);
  }
  set_timer();
}

void ListUpdates::begin(Subscription& subscription) {
  subscription.busy = true;
  const lists::ListOptions& options = subscription.options;
  if (is_crowdsec(options)) {
    ask_crowdsec(subscription);
    return;
  }
  if (!lists::is_url(options.source)) {
    hand_over(subscription, {options.name, options.source, std::nullopt, {}, false});
    return;
  }
  lists::FetchRequest request;
  request.url = options.source;
  request.max_bytes = options.max_bytes();
  request.timeout = options.timeout;
  request.ca = options.ca;
  const ReadList* list = parts_.lists.list(options.name);
  if (list != nullptr && list->content && !subscription.force) request.version = list->version;
  fetcher_->get(std::move(request), [this, name = options.name, serial = subscription.serial](
                                        lists::FetchAnswer* answer, const lists::FetchFailure* failure) {
    if (answer != nullptr) {
      on_text(name, serial, *answer);
      return;
    }
    fail(name, serial, failure->error.message(), failure->retry_after);
  });
}

void ListUpdates::fail(const std::string& name, std::uint64_t serial, std::string why, Seconds retry_after) {
  const ReadList* had = parts_.lists.list(name);
  const Kind kind = had != nullptr && had->content ? Kind::kept : Kind::failed;
  finish(name, serial, {name, kind, std::move(why)}, retry_after);
}

void ListUpdates::ask_crowdsec(Subscription& subscription) {
  const lists::ListOptions& options = subscription.options;
  auto key = lists::read_crowdsec_key(options.key_file);
  if (!key) {
    // Later, for whoever is being begun may stand in a loop over all subscriptions.
    boost::asio::post(executor_, [this, alive = alive_, name = options.name, serial = subscription.serial,
                                  why = key.error().message()] {
      if (*alive) fail(name, serial, why, {});
    });
    return;
  }
  const bool all = subscription.force || !subscription.knows_all || subscription.api_key != *key ||
                   parts_.now() >= subscription.all_due;
  subscription.api_key = *key;
  lists::FetchRequest request;
  request.url = lists::crowdsec_url(options.source, all);
  request.max_bytes = std::min(options.max_bytes(), lists::kMaxJsonBytes);
  request.timeout = options.timeout;
  request.ca = options.ca;
  request.api_key = *std::move(key);
  request.user_agent = "sluice/" SLUICE_VERSION;
  asker_->get(std::move(request), [this, name = options.name, serial = subscription.serial, all](
                                      lists::FetchAnswer* answer, const lists::FetchFailure* failure) {
    if (answer != nullptr) {
      on_decisions(name, serial, all, *answer);
      return;
    }
    std::string why = failure->error.message();
    if (const auto remedy = lists::crowdsec_remedy(failure->status); !remedy.empty())
      why += fmt::format("; {}", remedy);
    fail(name, serial, std::move(why), failure->retry_after);
  });
}

void ListUpdates::on_decisions(const std::string& name, std::uint64_t serial, bool all,
                               lists::FetchAnswer& answer) {
  Subscription* subscription = still(name, serial);
  if (subscription == nullptr) return;
  const WallTime now = parts_.now();
  ListNews news{name,
                subscription->options.source,
                lists::Copy{std::move(answer.text), {}, {}, now, now},
                {},
                false,
                all ? ListNews::Of::all_decisions : ListNews::Of::changed_decisions};
  if (all) subscription->all_due = now + kAllDecisionsEvery;
  hand_over(*subscription, std::move(news));
}

std::optional<WallTime> ListUpdates::ending_due(const Subscription& subscription) const {
  if (subscription.ending || !is_crowdsec(subscription.options)) return std::nullopt;
  const ReadList* list = parts_.lists.list(subscription.options.name);
  const auto end = list == nullptr ? std::nullopt : next_end(*list);
  return end ? std::optional(std::max(*end, subscription.ending_after)) : std::nullopt;
}

void ListUpdates::leave_out_ended(Subscription& subscription) {
  subscription.ending = true;
  hand_over(subscription, {subscription.options.name,
                           subscription.options.source,
                           std::nullopt,
                           {},
                           false,
                           ListNews::Of::ended_decisions});
}

void ListUpdates::finish_ending(const std::string& name, std::uint64_t serial) {
  if (Subscription* subscription = still(name, serial)) {
    subscription->ending = false;
    subscription->ending_after = parts_.now() + kEndingPause;
  }
  set_timer();
}

void ListUpdates::on_text(const std::string& name, std::uint64_t serial, lists::FetchAnswer& answer) {
  const Subscription* subscription = still(name, serial);
  if (subscription == nullptr) return;
  const WallTime now = parts_.now();
  if (answer.unchanged) {
    parts_.lists.confirm(name, now);
    finish(name, serial, {name, Kind::unchanged, {}}, {});
    return;
  }
  ListNews news{name,
                subscription->options.source,
                lists::Copy{std::move(answer.text), std::move(answer.version), {}, now, now},
                {},
                false};
  if (subscription->options.public_key.empty()) {
    hand_over(*subscription, std::move(news));
  } else {
    fetch_signature(*subscription, std::make_shared<ListNews>(std::move(news)));
  }
}

void ListUpdates::fetch_signature(const Subscription& subscription, const std::shared_ptr<ListNews>& news) {
  const lists::ListOptions& options = subscription.options;
  lists::FetchRequest request;
  request.url = options.source + ".sig";
  request.max_bytes = kMaxSignature;
  request.timeout = options.timeout;
  request.ca = options.ca;
  fetcher_->get(std::move(request), [this, serial = subscription.serial, news](
                                        lists::FetchAnswer* answer, const lists::FetchFailure* failure) {
    const Subscription* asked = still(news->name, serial);
    if (asked == nullptr) return;
    if (failure != nullptr) {
      fail(news->name, serial, failure->error.message(), failure->retry_after);
      return;
    }
    news->signature = std::move(answer->text);
    hand_over(*asked, std::move(*news));
  });
}

void ListUpdates::hand_over(const Subscription& subscription, ListNews news) {
  news.force = subscription.force;
  pending_.push_back(std::move(news));
  pending_serials_.push_back(subscription.serial);
  if (!handing_) hand_pending();
}

void ListUpdates::hand_pending() {
  handing_ = true;
  std::vector<bool> endings;
  for (const ListNews& one : pending_)
    endings.push_back(one.of == ListNews::Of::ended_decisions);
  const auto done = [this, alive = alive_, endings,
                     serials = std::exchange(pending_serials_, {})](std::vector<ListOutcome> outcomes) {
    if (!*alive) return;
    handing_ = false;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const std::string name = outcomes[i].name;
      if (endings[i]) {
        finish_ending(name, serials[i]);
        continue;
      }
      finish(name, serials[i], std::move(outcomes[i]), {});
    }
    if (!handing_ && !pending_.empty()) hand_pending();
  };
  parts_.lists.update(std::exchange(pending_, {}), parts_.mode(), done);
}

bool ListUpdates::may_fetch() const {
  const auto fetched = std::ranges::count_if(subscriptions_, [](const auto& entry) {
    return entry.second.busy && is_fetched(entry.second.options);
  });
  return static_cast<std::size_t>(fetched) < kMaxTexts;
}

ListUpdates::Subscription* ListUpdates::still(const std::string& name, std::uint64_t serial) {
  const auto found = subscriptions_.find(name);
  return found != subscriptions_.end() && found->second.serial == serial ? &found->second : nullptr;
}

void ListUpdates::finish(const std::string& name, std::uint64_t serial, ListOutcome outcome,
                         Seconds retry_after) {
  Subscription* subscription = still(name, serial);
  if (subscription == nullptr) return;
  const bool well = outcome.kind == Kind::updated || outcome.kind == Kind::unchanged;
  const std::string failure = well ? std::string() : outcome.note;
  const bool had_failed = subscription->failures > 0;
  const bool is_news = outcome.kind == Kind::updated || failure != subscription->failure;
  subscription->busy = false;
  subscription->force = false;
  subscription->failure = failure;
  subscription->failures = well ? 0 : subscription->failures + 1;
  subscription->knows_all = well;
  const Seconds every = subscription->options.every;
  const Seconds pause =
      well ? lists::pause_after_success(every, parts_.random())
           : lists::pause_after_failure(subscription->failures, every, retry_after, parts_.random());
  subscription->due = parts_.now() + (std::exchange(subscription->again, false) ? Seconds(0) : pause);
  if (lists::is_url(subscription->options.source) && (!well || had_failed)) keep_retries();
  if (outcome.kind == Kind::updated && !lists::is_for_packets(subscription->options.action)) parts_.changed();
  parts_.tell(outcome, is_news);
  answer_waiters(outcome);
  set_timer();
}

void ListUpdates::refresh(const control::RefreshRequest& request, control::Operations::RefreshDone done) {
  std::vector<std::string> names = request.names;
  if (names.empty()) {
    for (const auto& [name, subscription] : subscriptions_)
      names.push_back(name);
  }
  Waiter waiter;
  waiter.done = std::move(done);
  for (const std::string& name : names) {
    control::RefreshResult& result = waiter.answer.results.emplace_back();
    result.name = name;
    if (!subscriptions_.contains(name)) {
      result.outcome = to_wire(Kind::failed);
      result.note = "the configuration in force has no list of this name; `sluicectl lists` shows them";
    } else if (waiters_.size() >= kMaxWaiters) {
      result.outcome = to_wire(Kind::failed);
      result.note = "too many refreshes are being waited for; try again when they are done";
    } else {
      waiter.open.push_back(waiter.answer.results.size() - 1);
    }
  }
  if (waiter.open.empty()) {
    waiter.done(std::move(waiter.answer));
    return;
  }
  const std::vector<std::size_t> open = waiter.open;
  waiters_.push_back(std::move(waiter));
  for (const std::size_t index : open) {
    Subscription& subscription = subscriptions_.find(names[index])->second;
    subscription.force = subscription.force || request.force;
    subscription.due = parts_.now();
  }
  begin_due();
}

void ListUpdates::answer_waiters(const ListOutcome& outcome) {
  const ReadList* list = parts_.lists.list(outcome.name);
  for (Waiter& waiter : waiters_) {
    std::erase_if(waiter.open, [&](std::size_t index) {
      control::RefreshResult& result = waiter.answer.results[index];
      if (result.name != outcome.name) return false;
      result.outcome = to_wire(outcome.kind);
      result.note = outcome.note;
      if (list != nullptr && list->content) result.entries = list->content->size();
      return true;
    });
  }
  // Apart: an answer may bring a new waiter.
  std::vector<Waiter> ready;
  for (Waiter& waiter : waiters_) {
    if (waiter.open.empty()) ready.push_back(std::move(waiter));
  }
  std::erase_if(waiters_, [](const Waiter& waiter) { return waiter.open.empty(); });
  for (Waiter& waiter : ready)
    waiter.done(std::move(waiter.answer));
}

void ListUpdates::annotate(control::ListsAnswer& answer) const {
  for (control::ListStatus& row : answer.lists) {
    const auto found = subscriptions_.find(row.name);
    if (found == subscriptions_.end()) continue;
    row.next = found->second.due;
    row.failure = found->second.failure;
    row.failures = found->second.failures;
  }
}

void ListUpdates::stop() {
  if (!std::exchange(*alive_, false)) return;
  timer_.cancel();
  files_.reset();
  fetcher_->stop();
  asker_->stop();
  for (const auto& [name, subscription] : std::exchange(subscriptions_, {}))
    answer_waiters({name, Kind::failed, "sluiced is stopping"});
}

}  // namespace sluice::app
