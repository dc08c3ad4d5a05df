// SPDX-License-Identifier: Apache-2.0
// Takes observations in and gives findings out: keeps the record of every source and asks each heuristic.
// Used by decisions/pipeline.h. Decides nothing and reads no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/detection/accounts/account_tracker.h"
#include "daemon/detection/clients/client_tracker.h"
#include "daemon/detection/clients/knowledge.h"
#include "daemon/detection/finding.h"
#include "daemon/detection/groups/group_tracker.h"
#include "daemon/detection/groups/rotating_networks.h"
#include "daemon/detection/history/reach_history.h"
#include "daemon/detection/identify.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/scoring/evaluate.h"
#include "daemon/detection/site/coverage.h"
#include "daemon/detection/site/discovery/discovery.h"
#include "daemon/detection/site/discovery/software.h"
#include "daemon/detection/site/routes.h"
#include "daemon/detection/site/shown.h"
#include "daemon/detection/sources/source_record.h"
#include "daemon/detection/sources/source_table.h"

namespace sluice::detection {

struct DetectorOptions {
  IdentityOptions identity;
  std::size_t max_sources = 200'000;   // 1,000 to 10,000,000
  std::size_t max_accounts = 100'000;  // and as many credentials; 1,000 to 10,000,000
  // Slots for the subjects of all sources together: 8 bytes each, so 64 MB. When they are used up a new
  // subject is not kept, and that is counted. Not a setting.
  std::size_t max_subject_slots = 8U << 20U;
  RouteTableOptions routes;
  std::vector<KnownSoftware> known_software;  // by which ready-made sites are proposed
  ScoringOptions scoring;
};

class Detector {
 public:
  // Fails on a route that does not parse. `names` verifies crawlers and must outlive the detector.
  [[nodiscard]] static Result<Detector> create(const DetectorOptions& options,
                                               std::shared_ptr<const Knowledge> knowledge, NameOracle& names);

  // Takes new options over; fails on a route that does not parse, and then nothing changes. The records of
  // the sources are kept unless identity, routes or capacity changed: then they no longer mean the same.
  [[nodiscard]] Result<void> reconfigure(const DetectorOptions& options,
                                         std::shared_ptr<const Knowledge> knowledge);

  // Where a request was counted, and as what. The views in it live until the next call.
  struct Seen {
    Prefix source;
    RouteMatch match;
    bool page = false;     // a visitor decided on it: neither an asset nor what a page asks for by itself
    bool matters = false;  // the source should be evaluated: a page, somebody was shown, or a mark was left
    std::span<const ShownSubject> shown = {};  // people and pages; the subject of the URL first
    // The source is part of an IPv6 network (group_network) that may be rotating its sources. The network
    // should be evaluated too.
    bool may_rotate = false;
  };
  // Counts a request in the record of its source, and finds nothing: call evaluate() next if it matters.
  Seen observe(const Request& request);
  // Counts what the kernel reports of a source that has asked for a page. A source that only sends packets
  // gets no record, because its address may be forged. Returns whether the source should be evaluated: it
  // opened connections.
  bool observe(const Activity& activity);
  // Keeps the TLS hello until its source asks for a page.
  void observe(const Hello& hello) { clients_.note(identify(hello.client), hello); }

  // What the heuristics say of a source now. `source` may also be an IPv6 network whose sources rotate.
  // `earlier` holds its earlier blocks. A source without signals has a score of 0. A source that is out of
  // scope has no signals, and `exempt` says why.
  [[nodiscard]] Finding evaluate(const Prefix& source, WallTime now, const BlockHistory& earlier = {}) const;
  [[nodiscard]] Exposure exposure(const Prefix& source) const;

  [[nodiscard]] const SourceRecord* find(const Prefix& source) const { return sources_.find(source); }
  [[nodiscard]] SourceRecord* find(const Prefix& source) { return sources_.find(source); }
  // What is known of an IPv6 network that may be rotating its sources; null where none of them asked for a
  // page lately.
  [[nodiscard]] const RotatingNetworks::Network* find_network(const Prefix& network) const {
    return is_network(network) ? networks_.find(network) : nullptr;
  }
  [[nodiscard]] RotatingNetworks::Network* find_network(const Prefix& network) {
    return is_network(network) ? networks_.find(network) : nullptr;
  }
  // Forgets the older half of the table that takes the most memory, for want of it, and does not let it grow
  // beyond that again. Returns what it holds, in words: "sources", "user agents".
  std::string_view shrink();
  // Forgets what the source did, because a decision for it has ended: what it was blocked for does not count
  // again.
  void reset_after_block(const Prefix& source);

  [[nodiscard]] Prefix identify(const Address& client) const {
    return detection::identify(client, options_.identity);
  }
  // What is remembered over weeks, for the store. It is of use only to a detector with the same
  // routes_fingerprint().
  [[nodiscard]] ReachHistory& reach_history() { return reach_history_; }
  [[nodiscard]] const ReachHistory& reach_history() const { return reach_history_; }
  [[nodiscard]] std::uint64_t routes_fingerprint() const;
  [[nodiscard]] const UserAgentCache& agents() const { return clients_.agents(); }
  [[nodiscard]] const ClientTracker& clients() const { return clients_; }
  [[nodiscard]] const RouteTable& routes() const { return routes_; }
  [[nodiscard]] const RouteCoverage& coverage() const { return coverage_; }
  // The URLs that were served since the routes last changed. It shows what the routes miss. The scores of
  // sources do not depend on it.
  [[nodiscard]] const RouteDiscovery& discovery() const { return discovery_; }
  // Which common software the site runs, by what it served; evidence, no fact. Computed anew when enough
  // requests have come since. The reference is good until the next call.
  [[nodiscard]] const std::vector<FoundSoftware>& software() const;
  // Whether pages of no route count as subjects now.
  [[nodiscard]] bool every_page_counts() const;
  [[nodiscard]] const SourceTable& sources() const { return sources_; }
  // Null: there is no database of autonomous systems.
  [[nodiscard]] const SystemDirectory* systems() const { return knowledge_->systems.get(); }
  [[nodiscard]] const GroupTracker& groups() const { return groups_; }
  [[nodiscard]] const AccountTracker& accounts() const { return accounts_; }
  [[nodiscard]] AccountTracker& accounts() { return accounts_; }
  [[nodiscard]] std::uint64_t subjects_not_kept() const { return subjects_not_kept_; }
  [[nodiscard]] const DetectorOptions& options() const { return options_; }

 private:
  Detector(const DetectorOptions& options, std::shared_ptr<const Knowledge> knowledge, NameOracle& names,
           RouteTable routes);

  // Shows the request to the discovery of routes.
  void discover(const Seen& seen, const Request& request);
  // Decides whether a page asked for this by itself, and whom the answer showed.
  void settle(Visit& visit, SourceRecord& record);
  // Says who led to a decoy or to what is missing.
  void find_provenance(Visit& visit) const;
  void remember(const Prefix& source, const SourceRecord& record, const Visit& visit);
  // Turns the short form of the profile, if it has it, into the full one.
  void keep_in_full(SourceRecord& record);
  void note_robots_reader(SourceProfile& profile) const;
  // Counts a page for the groups and the accounts of its source. `subject` is the hash of the subject that it
  // showed, 0 for none; `steps_before` is how many steps the trail of the route had before the page.
  void note_group_and_account(const Seen& seen, const Visit& visit, SourceProfile& profile,
                              std::uint32_t subject, std::uint32_t steps_before);
  // Counts the same request for the network of an IPv6 source. Returns Seen::may_rotate.
  [[nodiscard]] bool note_network(const Seen& seen, const Visit& visit, const SourceRecord& record,
                                  std::uint32_t steps_before);
  [[nodiscard]] bool is_network(const Prefix& source) const {
    return source.family() == Family::ipv6 && source == group_network(source) &&
           source.length() < options_.identity.ipv6_prefix_length;
  }
  [[nodiscard]] Exposure network_exposure(const Prefix& network) const;
  [[nodiscard]] Finding evaluate_network(const Prefix& network, WallTime now,
                                         const BlockHistory& earlier) const;
  // Whether robots.txt disallows the target to this client. True only for robots, and for clients that have
  // read the file.
  [[nodiscard]] bool disallows(const SourceProfile& profile, const RouteMatch& match);

  DetectorOptions options_;
  std::shared_ptr<const Knowledge> knowledge_;
  NameOracle* names_;
  ClientTracker clients_;
  RouteTable routes_;
  MatchBuffer match_buffer_;
  RouteCoverage coverage_;
  RouteDiscovery discovery_;
  ServedSample served_;
  // What software() said, and at how many served requests. One thread uses it.
  mutable std::vector<FoundSoftware> software_;
  mutable std::uint64_t software_found_at_ = 0;
  std::vector<ShownSubject> shown_;  // by the last request
  std::string robots_target_;        // as disallows() shows it to robots.txt
  SourceTable sources_;
  ReachHistory reach_history_;
  GroupTracker groups_;
  RotatingNetworks networks_;
  AccountTracker accounts_;
  std::size_t subject_slots_ = 0;
  std::uint64_t subjects_not_kept_ = 0;
};

}  // namespace sluice::detection
