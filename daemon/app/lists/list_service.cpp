// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_service.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"
#include "daemon/base/printable.h"
#include "daemon/lists/sync/crowdsec_api.h"

namespace sluice::app {
namespace {

// The wall clock may be set: what is due is never slept through for longer.
constexpr auto kLongestSleep = std::chrono::minutes(5);
// The time of a file may be so much behind the clock, on file systems with coarse times.
constexpr auto kCoarseTime = std::chrono::seconds(2);

// Sources that an update is judged by: those of the last week, the newest of them.
constexpr auto kLately = std::chrono::hours(7 * 24);
constexpr std::size_t kMostSeen = 65'536;

double random_share() {
  static std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>()(engine);
}

std::string retries_path(const ListSet& lists) {
  return lists.folder() + "/.retries";
}

ListUpdates::Known known_of(const ListSet& lists, std::string_view name) {
  ListUpdates::Known known;
  const ReadList* list = lists.list(name);
  if (list == nullptr || !list->content) return known;
  known.has_content = true;
  known.entries = list->content->size();
  known.version = list->version;
  known.loaded = list->loaded;
  known.checked = list->checked;
  known.next_end = next_end(*list);
  return known;
}

}  // namespace

Result<std::unique_ptr<ListService>> ListService::create(const boost::asio::any_io_executor& executor,
                                                         Parts parts) {
  auto fetcher = lists::Fetcher::create(executor);
  if (!fetcher) return fetcher.error();
  auto asker = lists::Fetcher::create(executor);
  if (!asker) return asker.error();
  return std::unique_ptr<ListService>(
      new ListService(executor, parts, *std::move(fetcher), *std::move(asker)));
}

ListService::ListService(const boost::asio::any_io_executor& executor, Parts parts,
                         std::unique_ptr<lists::Fetcher> fetcher, std::unique_ptr<lists::Fetcher> asker)
    : executor_(executor),
      parts_(parts),
      fetcher_(std::move(fetcher)),
      asker_(std::move(asker)),
      timer_(executor),
      updates_([&lists = parts.lists](std::string_view name) { return known_of(lists, name); }, random_share,
               lists::load_retries(retries_path(parts.lists))) {
  follow(parts.config.lists, {});
}

void ListService::follow(const std::vector<lists::ListOptions>& wanted,
                         const std::vector<ListOutcome>& outcomes) {
  perform(updates_.follow(wanted, outcomes, wall_now()));
}

void ListService::refresh(const control::RefreshRequest& request, control::Operations::RefreshDone done) {
  waiters_.emplace(++last_waiter_, std::move(done));
  perform(updates_.refresh(last_waiter_, request, wall_now()));
}

void ListService::perform(ListUpdates::Actions actions) {
  std::ranges::move(actions, std::back_inserter(to_do_));
  if (std::exchange(performing_, true)) return;
  while (!to_do_.empty()) {
    ListUpdates::Action action = std::move(to_do_.front());
    to_do_.pop_front();
    std::visit([this](auto& one) { act(one); }, action);
  }
  performing_ = false;
  if (*alive_) set_timer();
}

// A wait ends with an error where stop() or a newer wait has taken its place: nothing is lost.
void ListService::set_timer() {
  const auto next = updates_.next();
  if (!next) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::clamp<Nanoseconds>(*next - wall_now(), Nanoseconds(0), kLongestSleep));
  timer_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (!error && *alive) perform(updates_.tick(wall_now()));
  });
}

void ListService::act(ListUpdates::ReadKey& read) {
  perform(updates_.key_read(read.ticket, lists::read_crowdsec_key(read.path), wall_now()));
}

void ListService::act(ListUpdates::Fetch& fetch) {
  lists::Fetcher& fetcher = fetch.part == ListUpdates::Part::decisions ? *asker_ : *fetcher_;
  fetcher.get(std::move(fetch.request), [this, ticket = fetch.ticket, part = fetch.part](
                                            lists::FetchAnswer* answer, const lists::FetchFailure* failure) {
    perform(answer != nullptr ? updates_.fetched(ticket, part, std::move(*answer), wall_now())
                              : updates_.fetch_failed(ticket, part, *failure, wall_now()));
  });
}

void ListService::act(ListUpdates::Confirm& confirm) {
  parts_.lists.confirm(confirm.name, wall_now());
}

void ListService::act(ListUpdates::Update& update) {
  parts_.lists.update(std::move(update.news), parts_.config.mode, bystanders(),
                      [this, alive = alive_](const std::vector<ListOutcome>& outcomes) {
                        if (*alive) perform(updates_.updated(outcomes, wall_now()));
                      });
}

// Only how soon a restart asks depends on it, and status tells of a disk that refuses already.
void ListService::act(ListUpdates::KeepRetries& keep) {
  (void)lists::save_retries(retries_path(parts_.lists), keep.retries);
}

void ListService::act(ListUpdates::WatchFiles& watch) {
  files_.reset();
  if (watch.files.empty()) return;
  std::vector<std::string> sources;
  for (const ListUpdates::WatchedFile& file : watch.files)
    sources.push_back(file.source);
  auto started = lists::FileWatch::start(executor_, sources, [this](const std::vector<std::string>& changed) {
    perform(updates_.files_changed(changed, wall_now()));
  });
  if (!started) {
    spdlog::warn("lists: changed files are read at their intervals alone: {}", started.error().message());
    return;
  }
  files_.emplace(*std::move(started));
  std::vector<std::string> changed;
  for (const ListUpdates::WatchedFile& file : watch.files) {
    if (file.read && lists::changed_since(file.source, *file.read - kCoarseTime))
      changed.push_back(file.source);
  }
  updates_.changed_before_watch(changed, wall_now());
}

void ListService::act(ListUpdates::RolesChanged&) {
  parts_.knowledge.follow_lists();
}

void ListService::act(ListUpdates::Tell& tell) {
  using Kind = ListOutcome::Kind;
  const ListOutcome& outcome = tell.outcome;
  if (!tell.is_news) return;
  if (outcome.kind == Kind::updated || outcome.kind == Kind::unchanged) {
    spdlog::info("list {}: {}, {} entries{}{}", outcome.name, to_string(outcome.kind),
                 known_of(parts_.lists, outcome.name).entries, outcome.note.empty() ? "" : "; ",
                 printable(outcome.note));
    return;
  }
  const std::string text =
      fmt::format("list {}: {}: {}", outcome.name,
                  outcome.kind == Kind::kept ? "the last good content stays in force" : "not in force",
                  printable(outcome.note));
  spdlog::warn("{}", text);
  parts_.publisher.announce(control::EventKind::warning, text);
}

void ListService::act(ListUpdates::Answer& answer) {
  const auto waiter = waiters_.extract(answer.waiter);
  waiter.mapped()(std::move(answer.answer));
}

Bystanders ListService::bystanders() const {
  const WallTime since = wall_now() - kLately;
  return {parts_.pipeline.detector().sources().seen_since(since, kMostSeen),
          parts_.knowledge.files().crawlers};
}

control::ListsAnswer ListService::status() const {
  control::ListsAnswer answer = parts_.lists.status();
  updates_.annotate(answer);
  // Trusted proxies are allowed one by one: what those allows let pass is what the list was hit with.
  for (control::ListStatus& row : answer.lists) {
    const ReadList* list = parts_.lists.list(row.name);
    if (list->options.action != lists::ListAction::trusted_proxy || !list->content) continue;
    kernel::Traffic sum;
    for (const Prefix& network : lists::prefixes_of(list->content->entries)) {
      const auto usage = parts_.verdicts.usage(network, decisions::Ledger::Slot::allow);
      if (!usage || !*usage) continue;
      sum.packets += (*usage)->packets;
      sum.bytes += (*usage)->bytes;
    }
    row.packets = sum.packets;
    row.bytes = sum.bytes;
  }
  return answer;
}

void ListService::stop() {
  if (!std::exchange(*alive_, false)) return;
  timer_.cancel();
  files_.reset();
  fetcher_->stop();
  asker_->stop();
  perform(updates_.stop());
}

}  // namespace sluice::app
