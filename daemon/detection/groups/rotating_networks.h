// SPDX-License-Identifier: Apache-2.0
// IPv6 networks that may rotate their sources. A client with a /48 can use another /64 for every page or two,
// and then no single source asks for enough to be judged. So the identifiers that all sources of a /48 ask
// for are kept together, as those of one group (group_table.h). This table counts everything else in the
// network: a /48 may be judged as a whole only if hardly anybody in it does anything else. A table of fixed
// size: the network that is idle longest is replaced. Kept by the detector, read by heuristics/rotation.h;
// judges nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/groups/group_table.h"
#include "daemon/detection/log_second.h"

namespace sluice::detection {

class RotatingNetworks {
 public:
  static constexpr std::size_t kMaxNetworks = 4096;  // 256 KB, from the first page over IPv6 on

  // Counts since `first`. They start again after GroupTable::kIdleSeconds without a page, as those of the
  // group do.
  struct Network {
    std::uint64_t tag = 0;  // of the network; 0: free
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t sources = 0;  // sources that asked for their first page
    std::uint32_t pages = 0;
    std::uint32_t assets = 0;  // programs that fetch only pages have none
    std::uint32_t spared = 0;  // pages of crawlers that were not refuted
    float reported_score = 0;  // as in SourceRecord
    float paid_score = 0;      // as in SourceRecord
  };

  // One page of a source of the network.
  struct Page {
    bool first = false;   // the first page of its source
    bool spared = false;  // of a crawler that was not refuted
    // Whether the page is about an identifier that is new on its route; if so, the route and the identifier.
    bool identified = false;
    int route = 0;
    std::uint64_t identifier = 0;
  };
  void note_page(const Prefix& network, const Page& page, LogSecond now, GroupTable& groups);
  // Counts an asset if the network is known, which it is from its first page on.
  void note_asset(const Prefix& network);

  // The network as of its last page. Null: it is not known. Valid until the next note_page() or note_asset().
  [[nodiscard]] const Network* find(const Prefix& network) const;
  [[nodiscard]] Network* find(const Prefix& network);
  // Forgets what the network did, because a decision for it has ended.
  void forget(const Prefix& network, std::size_t routes, GroupTable& groups);

  // The group of all sources of the network on a route.
  [[nodiscard]] static GroupNumber number_of(const Prefix& network, int route);

 private:
  static constexpr std::size_t kWays = 4;

  [[nodiscard]] Network& touch(const Prefix& network, LogSecond now);

  std::vector<Network> networks_;  // sets of kWays
};

}  // namespace sluice::detection
