// SPDX-License-Identifier: Apache-2.0
// What a replay finds out about every source: what it asked for, what was decided, and whose data it reached
// before the decision and only after it. Used by replay.cpp. The numbers are exact and nothing is forgotten,
// unlike in the detector: it lives as long as one replay.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/detection/detector.h"

namespace sluice::app {

struct SourceResult {
  Prefix source;
  WallTime first_seen;
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;
  decisions::Action action = decisions::Action::none;  // the strictest decided
  std::optional<WallTime> decided_at;                  // when that was first decided
  double score = 0;                        // then; where nothing was decided, the highest that was told
  std::vector<detection::Signal> signals;  // those behind the score
  std::uint64_t subjects_before = 0;       // different people reached by decided_at
  boost::unordered_flat_set<std::uint64_t> subjects;

  // Different people that it reached only after the decision. The decision would have spared them.
  [[nodiscard]] std::uint64_t subjects_after() const {
    return decided_at ? subjects.size() - subjects_before : 0;
  }
  [[nodiscard]] std::uint64_t reached_before() const {
    return decided_at ? subjects_before : subjects.size();
  }
};

class ReplayResults final : public decisions::DecisionSink, public decisions::PipelineObserver {
 public:
  // To be called with each request: begin() before the pipeline gets it, end() with what the pipeline made of
  // its target. A decision that the request leads to comes after what the request itself was shown.
  void begin(const detection::Request& request, const Prefix& source);
  void end(const Prefix& source, const detection::Detector::Seen& seen);

  // Strictest first, then by score, then by requests.
  [[nodiscard]] std::vector<const SourceResult*> sorted() const;
  [[nodiscard]] std::size_t size() const { return sources_.size(); }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  // Calls `act` with the result of the source, and with that of its network where there is one.
  template <class F>
  void for_each_of(const Prefix& source, F&& act);
  // That of a source, or of a network as one.
  [[nodiscard]] SourceResult& of(const Prefix& source, WallTime time);
  void begin(const decisions::Decision& decision, bool armed) override;
  void end(const decisions::Decision&, const decisions::End&) override {}
  void on_finding(const detection::Finding& finding, decisions::Action calls_for) override;
  void on_refusal(const decisions::Decision&, const Error&) override { ++refused_; }
  void on_block(const detection::BlockHistory&) override {}

  std::unordered_map<Prefix, SourceResult> sources_;
  std::vector<SourceResult*> decided_;  // since begin()
  bool has_networks_ = false;           // whether there is any that is no source of a request
  std::uint64_t refused_ = 0;
};

}  // namespace sluice::app
