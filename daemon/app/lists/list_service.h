// SPDX-License-Identifier: Apache-2.0
// Keeps the lists of the configuration up to date while the daemon runs, and tells what becomes of them.
// Owned by Daemon. When a source is asked is list_updates.h; what is in force is list_set.h.
#pragma once

#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/app/lists/list_set.h"
#include "daemon/app/lists/list_updates.h"
#include "daemon/app/run/event_publisher.h"
#include "daemon/app/run/knowledge_service.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"
#include "daemon/kernel/verdict_table.h"

namespace sluice::app {

class ListService {
 public:
  struct Parts {
    const config::Config& config;  // the one in force, also after a reload
    ListSet& lists;
    const kernel::VerdictTable& verdicts;
    KnowledgeService& knowledge;  // is told when a list of crawlers or proxies has changed
    EventPublisher& publisher;
  };
  // Begins to ask the sources of the lists. The parts must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<ListService>> create(
      const boost::asio::any_io_executor& executor, Parts parts);

  // The lists as the set has read them for a reload, with what became of each.
  void follow(const std::vector<lists::ListOptions>& wanted, const std::vector<ListOutcome>& outcomes);

  // As control::Operations::refresh_lists.
  void refresh(const control::RefreshRequest& request, control::Operations::RefreshDone done);

  [[nodiscard]] control::ListsAnswer status() const;

  // No source is asked after this; whoever waits for a refresh is told.
  void stop();

 private:
  explicit ListService(Parts parts) : parts_(parts) {}
  void tell(const ListOutcome& outcome, bool is_news);

  Parts parts_;
  std::unique_ptr<ListUpdates> updates_;
};

}  // namespace sluice::app
