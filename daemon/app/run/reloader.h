// SPDX-License-Identifier: Apache-2.0
// Reads the configuration and the lists again and puts all of it in force, or nothing. Owned by Daemon; asked
// by operators and by SIGHUP. What takes time (the lists) is read in a thread of its own, and changes nothing
// until all is ready.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/app/lists/list_service.h"
#include "daemon/app/lists/list_set.h"
#include "daemon/app/operators/event_publisher.h"
#include "daemon/app/run/expiry_timer.h"
#include "daemon/app/run/filter_attachment.h"
#include "daemon/app/run/knowledge_service.h"
#include "daemon/app/run/state_keeper.h"
#include "daemon/config/changes.h"
#include "daemon/config/config.h"
#include "daemon/control/operations.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

class Reloader {
 public:
  struct Parts {
    config::Config& config;  // the one in force: a reload replaces it
    decisions::Ledger& ledger;
    ListSet& lists;
    ListService& list_service;
    KnowledgeService& knowledge;
    ExpiryTimer& expiry;
    StateKeeper& state;
    EventPublisher& publisher;
    FilterAttachment& attachment;
  };
  // The parts must outlive this.
  Reloader(std::string config_path, Parts parts) : config_path_(std::move(config_path)), parts_(parts) {}

  // `done` is told the outcome, once, perhaps within this call.
  void reload(std::string_view who, const control::Operations::ReloadDone& done);

  // Nothing is reloaded after this.
  void stop() { stopped_ = true; }

 private:
  [[nodiscard]] control::ReloadAnswer put_in_force(config::Config config);
  void adopt_lists(const config::Config& config, std::vector<std::string>& notes);
  void attach_again(const std::vector<config::Change>& changes, bool mode_changed,
                    std::vector<std::string>& notes);
  void announce(std::string_view who, const control::ReloadAnswer& answer);

  const std::string config_path_;
  Parts parts_;
  bool stopped_ = false;
};

}  // namespace sluice::app
