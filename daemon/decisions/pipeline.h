// SPDX-License-Identifier: Apache-2.0
// The whole way of an observation: source, record, heuristics, finding, policy, decision, ledger. The same
// live and in replay: the caller passes the time in.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/decisions/crowded_networks.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/policy.h"
#include "daemon/decisions/still_served.h"
#include "daemon/detection/detector.h"
#include "daemon/detection/observation.h"

namespace sluice::decisions {

// Hears of findings, blocks and refusals, to show or to store them.
class PipelineObserver {
 public:
  PipelineObserver() = default;
  PipelineObserver(const PipelineObserver&) = delete;
  PipelineObserver& operator=(const PipelineObserver&) = delete;
  virtual ~PipelineObserver() = default;

  // The score of a source is at least a point above the last one reported. `calls_for` is the action that the
  // policy has for it.
  virtual void on_finding(const detection::Finding& finding, Action calls_for) = 0;
  // The ledger refused a decision.
  virtual void on_refusal(const Decision& decision, const Error& error) = 0;
  // A block by the detector was put in force. `history` includes it.
  virtual void on_block(const detection::BlockHistory& history) = 0;
  // The earlier blocks of this source are forgotten.
  virtual void on_pardon(const Prefix& /*source*/) {}
};

class Pipeline final : private DecisionSink {
 public:
  // `names`, `ledger` and `observer` must outlive the pipeline; it becomes the ledger's last sink.
  [[nodiscard]] static Result<std::unique_ptr<Pipeline>> create(
      const detection::DetectorOptions& detector, std::shared_ptr<const detection::Knowledge> knowledge,
      detection::NameOracle& names, const PolicyOptions& policy, Ledger& ledger, PipelineObserver& observer);

  // `now` is when a decision begins: the wall clock when live, the time of the request in replay. Returns the
  // source and the route of the request.
  detection::Detector::Seen observe(const detection::Request& request, WallTime now);
  // Adds a report of the kernel and judges its source, together with what the log has said.
  void observe(const detection::Activity& activity, WallTime now);
  void observe(const detection::Hello& hello) { detector_.observe(hello); }

  // Takes new options over. The records of the sources are kept unless identity, routes or capacity change.
  // On failure nothing changes.
  [[nodiscard]] Result<void> reconfigure(const detection::DetectorOptions& detector,
                                         std::shared_ptr<const detection::Knowledge> knowledge,
                                         const PolicyOptions& policy);

  // What the heuristics say of a source now, with its earlier blocks.
  [[nodiscard]] detection::Finding evaluate(const Prefix& source, WallTime now) const {
    return detector_.evaluate(source, now, policy_.past(source, now));
  }
  // As Detector::shrink().
  std::string_view shrink_detector() { return detector_.shrink(); }
  [[nodiscard]] detection::ReachHistory& reach_history() { return detector_.reach_history(); }
  [[nodiscard]] const detection::Detector& detector() const { return detector_; }
  [[nodiscard]] const Policy& policy() const { return policy_; }
  [[nodiscard]] const StillServed& still_served() const { return still_served_; }
  void remember(const detection::BlockHistory& history) { policy_.remember(history); }
  // Forgets what the source did and that it was blocked. Returns how many blocks that were.
  unsigned pardon(const Prefix& source, WallTime now);
  // Takes over the accounts from the store, the one seen longest ago first. From then on take_account_news()
  // must be called every few seconds, to store the new ones.
  void recall(const std::vector<detection::AccountAge>& accounts, detection::LogSecond begun);
  [[nodiscard]] std::vector<detection::AccountAge> take_account_news() {
    return detector_.accounts().accounts().take_news();
  }

 private:
  Pipeline(detection::Detector detector, const PolicyOptions& policy, Ledger& ledger,
           PipelineObserver& observer);

  void begin(const Decision& decision, bool armed) override;
  void end(const Decision& decision, const End& how) override;

  // The scores of a source or a network that are kept between two evaluations.
  struct Standing {
    float& reported_score;
    float& paid_score;
    bool forwarded;  // its last request came through a trusted proxy
  };
  void consider(const Prefix& source, WallTime as_of, WallTime log_time, WallTime now,
                const Standing& standing);
  void put_in_force(const Decision& decision, WallTime now);
  // Where the detector blocks many sources of one network, and nobody else was seen there, one block of the
  // network takes their place.
  void merge_around(const Prefix& source, WallTime now);
  void merge(const Prefix& network, const std::vector<Prefix>& members, WallTime now);
  // Whether a visitor of the network asked for a page lately and is not denied.
  [[nodiscard]] bool has_bystanders(const Prefix& network) const;
  // Ends the decisions of the detector for a source that is out of scope.
  void let_go(const Prefix& source, const std::string& why);

  detection::Detector detector_;
  Policy policy_;
  Ledger& ledger_;
  PipelineObserver& observer_;
  CrowdedNetworks crowded_;
  StillServed still_served_;
};

}  // namespace sluice::decisions
