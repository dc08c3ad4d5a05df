// SPDX-License-Identifier: Apache-2.0
// IPv6 networks whose sources come and go: a client with a /48 takes another /64 for every page or two, and
// none of them ever asks for enough to be worth a look. So what all sources of a /48 ask for, from the first
// page of each on, is kept as one group's (group_table.h), and here is who else is there: a network is only
// ever judged whole where hardly anybody in it did anything else. Kept by the detector, read by
// heuristics/rotation.h; judges nothing. A fixed table: the network that has been idle longest gives way.
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

  // Counts since `first`; a network that is idle for GroupTable::kIdleSeconds begins anew, as its group does.
  struct Network {
    std::uint64_t tag = 0;  // of the network; 0: free
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t sources = 0;  // that asked for a first page
    std::uint32_t pages = 0;
    std::uint32_t assets = 0;  // what a page pulls in: programs that fetch pages alone have none
    std::uint32_t spared = 0;  // of the pages, those of crawlers that were not refuted
    float reported_score = 0;      // as in Features
    float paid_score = 0;    // likewise
  };

  // One page of a source, its first or not.
  struct Page {
    bool first = false;
    bool spared = false;
    // A new identifier on a route, where it asked for one.
    bool identified = false;
    int route = 0;
    std::uint64_t identifier = 0;
  };
  void note_page(const Prefix& network, const Page& page, LogSecond now, GroupTable& groups);
  // Only where the network is known already: who begins with assets has asked for no page.
  void note_asset(const Prefix& network);

  // As it was at its last page. Null: nothing is known of it. Valid until the next note.
  [[nodiscard]] const Network* find(const Prefix& network) const;
  [[nodiscard]] Network* find(const Prefix& network);
  // What was paid for is not held against it again.
  void forget(const Prefix& network, std::size_t routes, GroupTable& groups);

  // What all sources of the network did on a route.
  [[nodiscard]] static GroupNumber number_of(const Prefix& network, int route);

 private:
  static constexpr std::size_t kWays = 4;

  [[nodiscard]] Network& touch(const Prefix& network, LogSecond now);

  std::vector<Network> networks_;  // sets of kWays
};

}  // namespace sluice::detection
