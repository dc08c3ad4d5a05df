// SPDX-License-Identifier: Apache-2.0
// Tells what happens: every decision that begins or ends, every new finding. It tells the log (one line an
// event, in the journal with fields of its own) and whoever subscribed. Lines that strangers can cause at any
// rate are held back in the log and counted; subscribers get all events. Owned by Daemon; decides nothing.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "daemon/app/operators/broadcast.h"
#include "daemon/base/log.h"
#include "daemon/control/protocol.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/store/state_store.h"

namespace sluice::app {

class EventPublisher final : public decisions::DecisionSink, public decisions::PipelineObserver {
 public:
  using Subscription = Broadcast<control::Event>::Subscription;

  // The store keeps earlier blocks over a restart. Both must outlive this.
  EventPublisher(const decisions::Ledger& ledger, store::StateStore& store)
      : ledger_(ledger), store_(store) {}

  [[nodiscard]] Subscription subscribe(Broadcast<control::Event>::Listener listener) {
    return events_.subscribe(std::move(listener));
  }

  // What is about the whole daemon: reload, mode, warning.
  void announce(control::EventKind event, std::string_view text);

 private:
  void begin(const decisions::Decision& decision, bool armed) override;
  void rearm(const decisions::Decision& decision, bool armed) override { begin(decision, armed); }
  void end(const decisions::Decision& decision, const decisions::End& how) override;
  void on_finding(const detection::Finding& finding, decisions::Action calls_for) override;
  void on_refusal(const decisions::Decision& decision, const Error& error) override;
  void on_block(const detection::BlockHistory& history) override;
  void on_pardon(const Prefix& source) override;

  void log(const control::Event& event);

  const decisions::Ledger& ledger_;
  store::StateStore& store_;
  Broadcast<control::Event> events_;
  LogThrottle refusals_;
  LogBudget decisions_;
};

}  // namespace sluice::app
