// SPDX-License-Identifier: Apache-2.0
// Counts the sources that the detector blocks in each network around them, and says where they have become so
// many that one block of the network should take their place: whoever has a whole network could fill the
// table with its addresses. Whether somebody else lives there is the caller's to ask. Used by Pipeline.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/base/address.h"

namespace sluice::decisions {

class CrowdedNetworks {
 public:
  // A block of the detector began. A network that took the place of others counts as many as they were. One
  // that is there already is not counted again.
  void add(const Prefix& source, std::size_t blocks = 1);
  void remove(const Prefix& source);  // it ended

  // The narrowest network around the source that holds enough blocks, and more than one:
  // IPv4: 64 in a /24. IPv6: 64 in a /48, 512 in a /40, 4,096 in a /32.
  [[nodiscard]] std::optional<Prefix> due_around(const Prefix& source) const;
  // The blocked sources and networks within the network.
  [[nodiscard]] std::vector<Prefix> members(const Prefix& network) const;
  // How many sources these stand for.
  [[nodiscard]] std::size_t blocks(const Prefix& network) const;
  // Whether one block of the network took the place of others.
  [[nodiscard]] bool is_merged(const Prefix& network) const {
    const auto at = blocked_.find(network);
    return at != blocked_.end() && at->second > 1;
  }
  // Others live there: it is due again with twice as many.
  void put_off(const Prefix& network);

 private:
  struct Count {
    std::size_t blocks = 0;
    std::size_t due_at = 0;
  };
  void change(const Prefix& source, std::size_t blocks, bool is_more);

  std::map<Prefix, std::size_t> blocked_;       // and how many each stands for
  std::unordered_map<Prefix, Count> networks_;  // those with at least one
};

}  // namespace sluice::decisions
