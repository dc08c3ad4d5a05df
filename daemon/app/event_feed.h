// SPDX-License-Identifier: Apache-2.0
// Tells what happens: every decision that begins or ends, every finding that is new, in the log and to those
// who watch. One line an event, in the journal with fields of its own. What strangers can cause at any rate
// is held back there and counted; watchers get all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "daemon/base/log.h"
#include "daemon/control/protocol.h"
#include "daemon/pipeline/ledger.h"
#include "daemon/pipeline/pipeline.h"

namespace sluice::app {

class EventFeed final : public pipeline::DecisionSink, public pipeline::Witness {
 public:
  using Publish = std::function<void(const control::Event&)>;
  using RememberOffence = std::function<void(const pipeline::Offence&)>;

  explicit EventFeed(const pipeline::Ledger& ledger) : ledger_(ledger) {}

  // Where events go beside the log; until it is set, nowhere.
  void set_publish(Publish publish) { publish_ = std::move(publish); }
  // Who keeps offences over a restart.
  void set_remember(RememberOffence remember) { remember_ = std::move(remember); }

  // What is about the whole daemon: reload, mode, warning.
  void announce(control::EventKind event, std::string_view text);

 private:
  [[nodiscard]] Result<void> apply(const pipeline::Decision& decision, bool armed) override;
  void withdraw(const pipeline::Decision& decision, pipeline::Ending ending) override;
  void on_finding(const pipeline::Finding& finding, pipeline::Action calls_for) override;
  void on_refusal(const pipeline::Decision& decision, const Error& error) override;
  void on_offence(const pipeline::Offence& offence) override;

  void publish(const control::Event& event) const;
  void log(const control::Event& event);

  const pipeline::Ledger& ledger_;
  Publish publish_;
  RememberOffence remember_;
  LogThrottle refusals_;
  LogBudget decisions_;
};

}  // namespace sluice::app
