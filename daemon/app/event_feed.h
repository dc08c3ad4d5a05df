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
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"

namespace sluice::app {

class EventFeed final : public decisions::DecisionSink, public decisions::PipelineObserver {
 public:
  using Publish = std::function<void(const control::Event&)>;
  using RememberOffence = std::function<void(const detection::BlockHistory&)>;

  explicit EventFeed(const decisions::Ledger& ledger) : ledger_(ledger) {}

  // Where events go beside the log; until it is set, nowhere.
  void set_publish(Publish publish) { publish_ = std::move(publish); }
  // Who keeps offences over a restart.
  void set_remember(RememberOffence remember) { remember_ = std::move(remember); }

  // What is about the whole daemon: reload, mode, warning.
  void announce(control::EventKind event, std::string_view text);

 private:
  [[nodiscard]] Result<void> apply(const decisions::Decision& decision, bool armed) override;
  void withdraw(const decisions::Decision& decision, decisions::Ending ending) override;
  void on_finding(const detection::Finding& finding, decisions::Action calls_for) override;
  void on_refusal(const decisions::Decision& decision, const Error& error) override;
  void on_block(const detection::BlockHistory& offence) override;

  void publish(const control::Event& event) const;
  void log(const control::Event& event);

  const decisions::Ledger& ledger_;
  Publish publish_;
  RememberOffence remember_;
  LogThrottle refusals_;
  LogBudget decisions_;
};

}  // namespace sluice::app
