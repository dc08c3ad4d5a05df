// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_service.h"

#include <random>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"
#include "daemon/base/printable.h"

namespace sluice::app {
namespace {

double random_share() {
  static std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>()(engine);
}

}  // namespace

Result<std::unique_ptr<ListService>> ListService::create(const boost::asio::any_io_executor& executor,
                                                         Parts parts) {
  std::unique_ptr<ListService> made(new ListService(parts));
  auto updates = ListUpdates::create(
      executor,
      {parts.lists, [&config = parts.config] { return config.mode; },
       [self = made.get()](const ListOutcome& outcome, bool is_news) { self->tell(outcome, is_news); },
       [&knowledge = parts.knowledge] { knowledge.follow_lists(); }, wall_now, random_share});
  if (!updates) return updates.error();
  made->updates_ = *std::move(updates);
  made->follow(parts.config.lists, {});
  return made;
}

void ListService::follow(const std::vector<lists::ListOptions>& wanted,
                         const std::vector<ListOutcome>& outcomes) {
  updates_->follow(wanted, outcomes);
}

void ListService::refresh(const control::RefreshRequest& request, control::Operations::RefreshDone done) {
  updates_->refresh(request, std::move(done));
}

void ListService::tell(const ListOutcome& outcome, bool is_news) {
  using Kind = ListOutcome::Kind;
  if (!is_news) return;
  if (outcome.kind == Kind::updated || outcome.kind == Kind::unchanged) {
    const ReadList* list = parts_.lists.list(outcome.name);
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
  parts_.publisher.announce("warning", text);
}

control::ListsAnswer ListService::status() const {
  control::ListsAnswer answer = parts_.lists.status();
  updates_->annotate(answer);
  // Trusted proxies are allowed one by one: what those allows let pass is what the list was hit with.
  for (control::ListStatus& row : answer.lists) {
    const ReadList* list = parts_.lists.list(row.name);
    if (list->options.action != lists::ListAction::trusted_proxy || !list->content) continue;
    kernel::Traffic sum;
    for (const Prefix& network : lists::prefixes_of(list->content->entries)) {
      const auto usage = parts_.verdicts.usage(network, pipeline::Ledger::Slot::allow);
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
  updates_->stop();
}

}  // namespace sluice::app
