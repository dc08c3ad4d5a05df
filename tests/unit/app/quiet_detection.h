// SPDX-License-Identifier: Apache-2.0
// A detector with its ledger, of whose findings nobody hears.
#pragma once

#include <memory>

#include "daemon/decisions/pipeline.h"

namespace sluice::app {

class NobodyListens final : public decisions::PipelineObserver {
 public:
  void on_finding(const detection::Finding&, decisions::Action) override {}
  void on_refusal(const decisions::Decision&, const Error&) override {}
  void on_block(const detection::BlockHistory&) override {}
};

struct Detection {
  detection::NoNames names;
  decisions::Ledger ledger{decisions::LedgerLimits(), decisions::Mode::enforce};
  NobodyListens observer;
  std::unique_ptr<decisions::Pipeline> pipeline = *decisions::Pipeline::create(
      {}, std::make_shared<const detection::Knowledge>(), names, {}, ledger, observer);
};

}  // namespace sluice::app
