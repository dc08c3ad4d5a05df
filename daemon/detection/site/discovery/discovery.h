// SPDX-License-Identifier: Apache-2.0
// Finds out by itself which URLs a site has, where in them many different values stand, and which of these
// values are people. Takes the requests of a log one by one; needs no configuration and knows no software by
// name. Used by `sluiced routes`, and by the detector for what the routes miss. Decides nothing: what it
// proposes is for an operator to accept.
//
// Bounded, whatever strangers send. With the default options it takes 0.3 to 0.6 MB on small sites; 3 MB
// was measured with a full tree, and a test holds it below 4 MB. A request costs about 300 ns of a busy
// 2-core machine (measured, -O2), and 2,400 ns in a flood of paths that are all new to a full tree. Only what
// the site served counts, so a scanner's guesses leave no trace. A flood of paths that the site does serve
// hides what was not known before it began.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/observation.h"
#include "daemon/detection/site/discovery/proposal.h"
#include "daemon/detection/site/discovery/shape.h"
#include "daemon/detection/site/discovery/url_tree.h"
#include "daemon/detection/site/discovery/visits.h"
#include "daemon/detection/site/target.h"

namespace sluice::detection {

class RouteDiscovery {
 public:
  struct Options {
    UrlTree::Limits tree{};
    std::size_t sources = 1024;  // whose last pages are remembered; 264 bytes each
    std::uint64_t seed = 0;      // random where strangers write the log
  };
  struct Counts {
    std::uint64_t requests = 0;   // all of them
    std::uint64_t noted = 0;      // pages and images that were served
    std::uint64_t not_found = 0;  // 404 and 410
  };

  explicit RouteDiscovery(const Options& options);

  // `target`: the normal form of request.target. `covered`: a route matched. GET, HEAD and POST count, with
  // an answer of 200 to 299, or 304; style sheets, scripts and fonts do not.
  void note(const Target& target, const Request& request, const Prefix& source, bool covered);

  // Both take 5 ms with a full tree, 20 us with a small one: they work on a copy, in which texts that stand
  // in one place become values sooner than while the requests come in (20 different ones instead of 64).
  [[nodiscard]] std::vector<Shape> shapes() const;
  [[nodiscard]] std::vector<ProposedRoute> propose() const;
  // The same for those who ask again and again: computed anew when enough requests have come since. The
  // reference is good until the next call.
  [[nodiscard]] const std::vector<ProposedRoute>& proposals() const;

  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] double visitors() const { return visitors_.estimate(); }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  // One URL on its way through the tree.
  struct Walk {
    NodeId node = UrlTree::kRoot;
    unsigned depth = 0;
    std::uint32_t tuple = 0;
    std::uint32_t first_value = 0;
    std::uint32_t last_value = 0;
    bool in_class = false;  // the last step
    bool has_values = false;
    bool is_image = false;
  };
  struct Pair {
    std::string_view key;
    std::string_view value;
    NodeRef node;  // of the key
    bool is_switch = false;
  };
  static constexpr std::size_t kMostPairs = 12;
  struct Noted {
    const Request& request;
    std::uint64_t source;
    bool covered;
  };

  // Each returns false where the tree had no room.
  bool take_step(Walk& walk, UrlTree::Edge edge, std::string_view text, unsigned place);
  bool walk_host(Walk& walk, std::string_view host);
  bool walk_path(Walk& walk, std::string_view path);
  // Also ends the walk, once for each value in the query.
  void walk_query(Walk walk, std::string_view query, const Noted& noted);
  void read_pairs(NodeId page, std::string_view query);
  void add_pair(NodeId page, std::string_view key, std::string_view value);
  [[nodiscard]] bool is_switch(NodeId key, std::string_view value);
  bool walk_switches(Walk& walk);
  void end(const Walk& walk, const Noted& noted);
  void follow(const Walk& walk, const Noted& noted);
  void note_predecessor(UrlEnd& end, const PageVisit& from, const Walk& walk, std::int64_t second);
  static void forget(UrlTree& tree, const PageVisit& visit);
  [[nodiscard]] UrlTree consolidated() const;

  UrlTree tree_;
  RecentVisits visits_;
  ValueSketch visitors_{512};
  Counts counts_;
  std::array<Pair, kMostPairs> pairs_;
  std::array<std::string, 2 * kMostPairs> buffers_;
  std::size_t pair_count_ = 0;
  std::string host_;
  // What proposals() said, and at how many noted requests. One thread uses it.
  mutable std::vector<ProposedRoute> proposals_;
  mutable std::uint64_t proposed_at_ = 0;
};

}  // namespace sluice::detection
