// SPDX-License-Identifier: Apache-2.0
// The whole way of an observation: identify, features, heuristics, finding, policy, decision, ledger. The
// same live and in replay: who calls says what time it is.
#pragma once

#include <memory>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/detection/detector.h"
#include "daemon/decisions/ledger.h"
#include "daemon/detection/observation.h"
#include "daemon/decisions/policy.h"

namespace sluice::decisions {

// Is told what the pipeline makes of things, to show or to record it.
class PipelineObserver {
 public:
  PipelineObserver() = default;
  PipelineObserver(const PipelineObserver&) = delete;
  PipelineObserver& operator=(const PipelineObserver&) = delete;
  virtual ~PipelineObserver() = default;

  // A source's score reached a new height, at least a point above the last one told. `calls_for` is what the
  // policy's ladder says of it.
  virtual void on_finding(const Finding& finding, Action calls_for) = 0;
  // A decision that the ledger did not take.
  virtual void on_refusal(const Decision& decision, const Error& error) = 0;
  // A block by the detector was put in force.
  virtual void on_block(const BlockHistory& offence) = 0;
};

class Pipeline final : private DecisionSink {
 public:
  // `names`, `ledger` and `witness` must outlive the pipeline; it becomes the ledger's last sink.
  [[nodiscard]] static Result<std::unique_ptr<Pipeline>> create(const DetectorOptions& detector,
                                                                std::shared_ptr<const Knowledge> knowledge,
                                                                NameOracle& names,
                                                                const PolicyOptions& policy, Ledger& ledger,
                                                                PipelineObserver& witness);

  // `now` is when a decision would begin: the wall clock when live, the request's own time in replay. Returns
  // whom it was held against and what it asked for.
  Detector::Seen observe(const Request& request, WallTime now);
  void observe(const Activity& activity) { detector_.observe(activity); }
  void observe(const Hello& hello) { detector_.observe(hello); }

  // Takes new options over. What is known of the sources is kept where the options allow it: a change of
  // identity, routes or capacity starts afresh. On failure nothing changes.
  [[nodiscard]] Result<void> reconfigure(const DetectorOptions& detector,
                                         std::shared_ptr<const Knowledge> knowledge,
                                         const PolicyOptions& policy);

  // What the heuristics say of a source now, its past included.
  [[nodiscard]] Finding evaluate(const Prefix& source, WallTime now) const {
    return detector_.evaluate(source, now, policy_.past(source, now));
  }
  [[nodiscard]] ReachHistory& reach_history() { return detector_.reach_history(); }
  [[nodiscard]] const Detector& detector() const { return detector_; }
  [[nodiscard]] const Policy& policy() const { return policy_; }
  void remember(const BlockHistory& offence) { policy_.remember(offence); }
  // Takes over the accounts that the store knows, the one seen longest ago first, and keeps a list of those
  // that are new from here on: to be taken every few seconds, and stored.
  void recall(const std::vector<AccountAge>& accounts, LogSecond begun);
  [[nodiscard]] std::vector<AccountAge> take_account_news() {
    return detector_.accounts().accounts().take_news();
  }

 private:
  Pipeline(Detector detector, const PolicyOptions& policy, Ledger& ledger, PipelineObserver& witness);

  [[nodiscard]] Result<void> apply(const Decision&, bool) override { return {}; }
  void withdraw(const Decision& decision, Ending ending) override;

  // What is remembered of a source, or of a network, between two looks at it.
  struct Standing {
    float& reported_score;
    float& paid_score;
    bool forwarded;  // came through a trusted proxy
  };
  void consider(const Prefix& source, WallTime as_of, WallTime log_time, WallTime now,
                const Standing& standing);
  // Ends what the detector decided of a source that turned out to be out of scope.
  void let_go(const Prefix& source);

  Detector detector_;
  Policy policy_;
  Ledger& ledger_;
  PipelineObserver& witness_;
};

}  // namespace sluice::decisions
