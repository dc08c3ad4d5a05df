// SPDX-License-Identifier: Apache-2.0
// Observations in, findings out: keeps the features of every source and asks each heuristic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "daemon/base/error.h"
#include "daemon/detection/accounts/account_tracker.h"
#include "daemon/detection/clients/client_tracker.h"
#include "daemon/decisions/decision.h"
#include "daemon/detection/sources/source_record.h"
#include "daemon/detection/finding.h"
#include "daemon/detection/groups/group_tracker.h"
#include "daemon/detection/heuristics/breadth.h"
#include "daemon/detection/heuristics/client_habits.h"
#include "daemon/detection/heuristics/connections.h"
#include "daemon/detection/heuristics/coverage.h"
#include "daemon/detection/heuristics/crawler.h"
#include "daemon/detection/heuristics/decoy.h"
#include "daemon/detection/heuristics/enumeration.h"
#include "daemon/detection/heuristics/group.h"
#include "daemon/detection/heuristics/new_account.h"
#include "daemon/detection/heuristics/page_rate.h"
#include "daemon/detection/heuristics/probing.h"
#include "daemon/detection/heuristics/returning.h"
#include "daemon/detection/heuristics/robots.h"
#include "daemon/detection/heuristics/rotation.h"
#include "daemon/detection/heuristics/shared_account.h"
#include "daemon/detection/heuristics/timing.h"
#include "daemon/detection/heuristics/tls_claim.h"
#include "daemon/detection/heuristics/user_agent.h"
#include "daemon/detection/heuristics/volume.h"
#include "daemon/detection/identify.h"
#include "daemon/detection/clients/knowledge.h"
#include "daemon/detection/history/reach_history.h"
#include "daemon/detection/groups/rotating_networks.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/scoring/scales.h"
#include "daemon/detection/sources/source_table.h"

namespace sluice::detection {

struct DetectorOptions {
  IdentityOptions identity;
  std::size_t max_sources = 200'000;   // 1,000 to 10,000,000
  std::size_t max_accounts = 100'000;  // and as many credentials; 1,000 to 10,000,000
  // Subjects of all sources together: 8 bytes a slot, so 64 MB. Beyond it new subjects are not kept, and
  // counted. No setting.
  std::size_t max_subject_slots = 8U << 20U;
  RouteTableOptions routes;
  PageRateOptions page_rate;
  BreadthOptions breadth;
  EnumerationOptions enumeration;
  DecoyOptions decoy;
  UserAgentOptions user_agent;
  ClientHabitsOptions client_habits;
  CrawlerHeuristicOptions crawler;
  TlsClaimOptions tls_claim;
  ProbingOptions probing;
  RobotsOptions robots;
  TimingOptions timing;
  VolumeOptions volume;
  CoverageOptions coverage;
  ConnectionsOptions connections;
  ReturningOptions returning;
  GroupOptions group;
  RotationOptions rotation;
  NewAccountOptions new_account;
  SharedAccountOptions shared_account;
  Scales scales;
  // Signals that only support others count together for at most so much: below the throttle.
  double most_supporting = 4.0;
};

class Detector {
 public:
  // Fails on a route that does not parse. `names` verifies crawlers and must outlive the detector.
  [[nodiscard]] static Result<Detector> create(const DetectorOptions& options,
                                               std::shared_ptr<const Knowledge> knowledge, NameOracle& names);

  // Takes new options over; fails on a route that does not parse, and then nothing changes. The features of
  // the sources are kept unless identity, routes or capacity changed: then they no longer mean the same.
  [[nodiscard]] Result<void> reconfigure(const DetectorOptions& options,
                                         std::shared_ptr<const Knowledge> knowledge);

  struct Seen {
    Prefix source;
    RouteMatch match;
    // Of an IPv6 source: whether the network that it is of (group_network) is worth evaluating too.
    bool may_rotate = false;
  };
  // Counts a request for its source. Evaluating is a call of its own, worth making only for what is not an
  // asset.
  Seen observe(const Request& request);
  // Counts kernel activity, for sources that are known already.
  void observe(const Activity& activity);
  // Keeps what a TLS connection began with until its source asks for a page.
  void observe(const Hello& hello) { clients_.note(identify(hello.client), hello); }

  // All that the heuristics say of a source now, or of an IPv6 network whose sources rotate; who was blocked
  // before as `earlier` says. A source without
  // signals has a score of 0. Of one that is out of scope they say nothing, and `exempt` why.
  [[nodiscard]] Finding evaluate(const Prefix& source, WallTime now, const BlockHistory& earlier = {}) const;
  [[nodiscard]] Exposure exposure(const Prefix& source) const;

  [[nodiscard]] const SourceRecord* find(const Prefix& source) const { return sources_.find(source); }
  [[nodiscard]] SourceRecord* find(const Prefix& source) { return sources_.find(source); }
  // An IPv6 network whose sources are watched for rotation; null where none of them asked for a page lately.
  [[nodiscard]] const RotatingNetworks::Network* find_network(const Prefix& network) const {
    return is_network(network) ? networks_.find(network) : nullptr;
  }
  [[nodiscard]] RotatingNetworks::Network* find_network(const Prefix& network) {
    return is_network(network) ? networks_.find(network) : nullptr;
  }
  // Forgets the evidence against a source, whose decision ended: what was paid for is not held against it
  // again.
  void reset_after_block(const Prefix& source);

  [[nodiscard]] Prefix identify(const Address& client) const {
    return detection::identify(client, options_.identity);
  }
  // What is remembered over weeks, for the store; means something to a detector of the same meaning() alone.
  [[nodiscard]] ReachHistory& reach_history() { return reach_history_; }
  [[nodiscard]] const ReachHistory& reach_history() const { return reach_history_; }
  [[nodiscard]] std::uint64_t routes_fingerprint() const;
  [[nodiscard]] const UserAgentCache& agents() const { return clients_.agents(); }
  [[nodiscard]] const ClientTracker& clients() const { return clients_; }
  [[nodiscard]] const RouteTable& routes() const { return routes_; }
  [[nodiscard]] const SourceTable& sources() const { return sources_; }
  // Null: there is no database.
  [[nodiscard]] const SystemDirectory* systems() const { return knowledge_->systems.get(); }
  [[nodiscard]] const GroupTracker& groups() const { return groups_; }
  [[nodiscard]] const AccountTracker& accounts() const { return accounts_; }
  [[nodiscard]] AccountTracker& accounts() { return accounts_; }
  [[nodiscard]] std::uint64_t subjects_not_kept() const { return subjects_not_kept_; }
  [[nodiscard]] const DetectorOptions& options() const { return options_; }

 private:
  Detector(const DetectorOptions& options, std::shared_ptr<const Knowledge> knowledge, NameOracle& names,
           RouteTable routes);

  void remember(const Prefix& source, const SourceRecord& record, const Visit& visit, std::uint32_t subject);
  // Ends the short form of the habits, where they have it.
  void keep_in_full(SourceRecord& record);
  void note_robots_reader(SourceProfile& profile) const;
  // What the source does as one of many, and as an account: of a page that was counted, of the subject
  // that it showed (0: none). `steps_before` is what its trail of the route had then.
  void note_group_and_account(const Seen& seen, const Visit& visit, SourceProfile& profile, std::uint32_t subject,
                    std::uint32_t steps_before);
  // What the network of an IPv6 source sees of the same request.
  [[nodiscard]] bool note_network(const Seen& seen, const Request& request, const SourceRecord& record,
                                  std::uint32_t steps_before);
  [[nodiscard]] bool is_network(const Prefix& source) const {
    return source.family() == Family::ipv6 && source == group_network(source) &&
           source.length() < options_.identity.ipv6_prefix_length;
  }
  [[nodiscard]] Exposure network_exposure(const Prefix& network) const;
  [[nodiscard]] Finding evaluate_network(const Prefix& network, WallTime now, const BlockHistory& earlier) const;
  // Whether robots.txt asks this client, a robot or a reader of it, not to ask for the target.
  [[nodiscard]] bool disallows(const SourceProfile& profile, const Request& request, const RouteMatch& match) const;

  DetectorOptions options_;
  std::shared_ptr<const Knowledge> knowledge_;
  NameOracle* names_;
  ClientTracker clients_;
  RouteTable routes_;
  SourceTable sources_;
  ReachHistory reach_history_;
  GroupTracker groups_;
  RotatingNetworks networks_;
  AccountTracker accounts_;
  std::size_t subject_slots_ = 0;
  std::uint64_t subjects_not_kept_ = 0;
};

}  // namespace sluice::detection
