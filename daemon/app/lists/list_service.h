// SPDX-License-Identifier: Apache-2.0
// Keeps the lists of the configuration up to date while the daemon runs: does what list_updates.h says is to
// be done, with fetchers, a watch on files, a timer and the list set, and tells what becomes of each list.
// Owned by Daemon. A source that fails keeps its last good content and is asked again later; it ends nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/lists/list_set.h"
#include "daemon/app/lists/list_updates.h"
#include "daemon/app/operators/event_publisher.h"
#include "daemon/app/run/knowledge_service.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/kernel/maps/verdict_table.h"
#include "daemon/lists/sync/fetcher.h"
#include "daemon/lists/sync/file_watch.h"

namespace sluice::app {

class ListService {
 public:
  struct Parts {
    const config::Config& config;  // the one in force, also after a reload
    ListSet& lists;
    const kernel::VerdictTable& verdicts;
    const decisions::Pipeline& pipeline;
    KnowledgeService& knowledge;  // is told when a list of crawlers or proxies has changed
    EventPublisher& publisher;
  };
  // Begins to ask the sources of the lists. The parts must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<ListService>> create(
      const boost::asio::any_io_executor& executor, Parts parts);
  ListService(const ListService&) = delete;
  ListService& operator=(const ListService&) = delete;
  ~ListService() { stop(); }

  // The lists as the set has read them for a reload, with what became of each.
  void follow(const std::vector<lists::ListOptions>& wanted, const std::vector<ListOutcome>& outcomes);

  // As control::Operations::refresh_lists.
  void refresh(const control::RefreshRequest& request, control::Operations::RefreshDone done);

  [[nodiscard]] control::ListsAnswer status() const;

  // For ListSet: visitors and crawlers that an update must not cover many of at once.
  [[nodiscard]] Bystanders bystanders() const;

  // No source is asked after this; whoever waits for a refresh is told.
  void stop();

 private:
  ListService(const boost::asio::any_io_executor& executor, Parts parts,
              std::unique_ptr<lists::Fetcher> fetcher, std::unique_ptr<lists::Fetcher> asker);

  // Does these, and what follows from them. Actions that come meanwhile are done after those before them.
  void perform(ListUpdates::Actions actions);
  void act(ListUpdates::ReadKey& read);
  void act(ListUpdates::Fetch& fetch);
  void act(ListUpdates::Confirm& confirm);
  void act(ListUpdates::Update& update);
  void act(ListUpdates::KeepRetries& keep);
  void act(ListUpdates::WatchFiles& watch);
  void act(ListUpdates::RolesChanged& changed);
  void act(ListUpdates::Tell& tell);
  void act(ListUpdates::Answer& answer);
  void set_timer();

  boost::asio::any_io_executor executor_;
  Parts parts_;
  std::unique_ptr<lists::Fetcher> fetcher_;
  std::unique_ptr<lists::Fetcher> asker_;  // of CrowdSec: it does not wait behind what is large or far away
  std::optional<lists::FileWatch> files_;
  boost::asio::steady_timer timer_;
  std::map<std::uint64_t, control::Operations::RefreshDone> waiters_;
  std::uint64_t last_waiter_ = 0;
  ListUpdates updates_;
  std::deque<ListUpdates::Action> to_do_;
  bool performing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // false: what comes later is for nobody
};

}  // namespace sluice::app
