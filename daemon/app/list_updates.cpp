// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/list_updates.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

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
  return std::unique_ptr<ListUpdates>(
      new ListUpdates(std::move(executor), std::move(parts), *std::move(fetcher)));
}

ListUpdates::ListUpdates(boost::asio::any_io_executor executor, Parts parts,
                         std::unique_ptr<lists::Fetcher> fetcher)
    : executor_(std::move(executor)),
      parts_(std::move(parts)),
      fetcher_(std::move(fetcher)),
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
    } else if (list != nullptr && list->content) {
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
    const bool waits = lists::is_url(subscription.options.source) && !may_fetch();
    if (!subscription.busy && !waits) first = std::min(first.value_or(subscription.due), subscription.due);
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
    if (subscription.busy || subscription.due > now) continue;
    if (!lists::is_url(subscription.options.source) || may_fetch()) begin(subscription);
  }
  set_timer();
}

void ListUpdates::begin(Subscription& subscription) {
  subscription.busy = true;
  const lists::ListOptions& options = subscription.options;
  if (!lists::is_url(options.source)) {
    hand_over(subscription, {options.name, options.source, std::nullopt, {}, false});
    return;
  }
  lists::FetchRequest request{options.source, {}, options.max_bytes(), options.timeout, options.ca};
  const ReadList* list = parts_.lists.list(options.name);
  if (list != nullptr && list->content && !subscription.force) request.version = list->version;
  fetcher_->get(std::move(request), [this, name = options.name, serial = subscription.serial](
                                        lists::FetchAnswer* answer, const lists::FetchFailure* failure) {
    if (answer != nullptr) {
      on_text(name, serial, *answer);
      return;
    }
    const ReadList* had = parts_.lists.list(name);
    const Kind kind = had != nullptr && had->content ? Kind::kept : Kind::failed;
    finish(name, serial, {name, kind, failure->error.message()}, failure->retry_after);
  });
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
  lists::FetchRequest request{options.source + ".sig", {}, kMaxSignature, options.timeout, options.ca};
  fetcher_->get(std::move(request), [this, serial = subscription.serial, news](
                                        lists::FetchAnswer* answer, const lists::FetchFailure* failure) {
    const Subscription* asked = still(news->name, serial);
    if (asked == nullptr) return;
    if (failure != nullptr) {
      const ReadList* had = parts_.lists.list(news->name);
      const Kind kind = had != nullptr && had->content ? Kind::kept : Kind::failed;
      finish(news->name, serial, {news->name, kind, failure->error.message()}, failure->retry_after);
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
  const auto done = [this, alive = alive_,
                     serials = std::exchange(pending_serials_, {})](std::vector<ListOutcome> outcomes) {
    if (!*alive) return;
    handing_ = false;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const std::string name = outcomes[i].name;
      finish(name, serials[i], std::move(outcomes[i]), {});
    }
    if (!handing_ && !pending_.empty()) hand_pending();
  };
  parts_.lists.update(std::exchange(pending_, {}), parts_.mode(), done);
}

bool ListUpdates::may_fetch() const {
  const auto fetched = std::ranges::count_if(subscriptions_, [](const auto& entry) {
    return entry.second.busy && lists::is_url(entry.second.options.source);
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
      result.outcome = to_string(Kind::failed);
      result.note = "the configuration in force has no list of this name; `sluicectl lists` shows them";
    } else if (waiters_.size() >= kMaxWaiters) {
      result.outcome = to_string(Kind::failed);
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
      result.outcome = to_string(outcome.kind);
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
  for (const auto& [name, subscription] : std::exchange(subscriptions_, {}))
    answer_waiters({name, Kind::failed, "sluiced is stopping"});
}

}  // namespace sluice::app
