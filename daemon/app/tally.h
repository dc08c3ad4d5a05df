// SPDX-License-Identifier: Apache-2.0
// What a replay remembers of every source: what it asked for, what was decided upon it, whose data it had
// reached before and reached only afterwards. Unlike the detector's features it is exact and forgets nothing:
// it lives as long as one replay.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"
#include "daemon/detection/detector.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"

namespace sluice::app {

struct SourceTally {
  Prefix source;
  WallTime first_seen;
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;
  decisions::Action action = decisions::Action::none;  // the strictest decided
  std::optional<WallTime> decided_at;                // when that was first decided
  double score = 0;                       // then; where nothing was decided, the highest that was told
  std::vector<detection::Signal> signals;  // those behind the score
  std::uint64_t subjects_before = 0;      // different people reached by decided_at
  boost::unordered_flat_set<std::uint64_t> subjects;

  // Different people reached only after the decision, whom it would have spared.
  [[nodiscard]] std::uint64_t subjects_after() const {
    return decided_at ? subjects.size() - subjects_before : 0;
  }
  [[nodiscard]] std::uint64_t reached_before() const {
    return decided_at ? subjects_before : subjects.size();
  }
};

class Tally final : public decisions::DecisionSink, public decisions::PipelineObserver {
 public:
  // To be called with each request, before the pipeline gets it for what came before a decision to be
  // complete.
  void note(const detection::Request& request, const Prefix& source, const detection::RouteMatch& match);

  // Strictest first, then by score, then by requests.
  [[nodiscard]] std::vector<const SourceTally*> sorted() const;
  [[nodiscard]] std::size_t size() const { return sources_.size(); }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  void note(const detection::Request& request, SourceTally& tally, const Prefix& source,
            const detection::RouteMatch& match);
  // That of a source, or of a network as one.
  [[nodiscard]] SourceTally& of(const Prefix& source, WallTime time);
  [[nodiscard]] Result<void> apply(const decisions::Decision& decision, bool armed) override;
  void withdraw(const decisions::Decision&, decisions::Ending) override {}
  void on_finding(const detection::Finding& finding, decisions::Action calls_for) override;
  void on_refusal(const decisions::Decision&, const Error&) override { ++refused_; }
  void on_block(const detection::BlockHistory&) override {}

  std::unordered_map<Prefix, SourceTally> sources_;
  bool has_networks_ = false;  // whether there is any that is no source of a request
  std::uint64_t refused_ = 0;
};

}  // namespace sluice::app
