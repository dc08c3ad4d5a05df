// SPDX-License-Identifier: Apache-2.0
// Finds out why the web server still answers a source that is blocked. The cause is a port, an interface, a
// proxy or a header. It looks at the connections of such sources while they last. Owned by Daemon;
// Housekeeping asks it to look, status and explain show what it finds.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/bounded_map.h"
#include "daemon/decisions/ledger.h"
#include "daemon/decisions/pipeline.h"
#include "daemon/decisions/still_served.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {

// What is filtered, and on which ways a source was seen to be connected.
struct WaysOfService {
  bool all_ports = false;
  std::set<std::uint16_t> filtered_ports;
  std::set<std::string> filtered_interfaces;
  std::set<std::uint16_t> ports;     // of the connections that were seen
  std::set<std::string> interfaces;  // that they came in at
};

struct Cause {
  std::string text;  // the end of a sentence: "it is served at port 8080, which is not filtered"
  std::string remedy;
};
[[nodiscard]] Cause cause_of(const decisions::StillServed::Source& source, const WaysOfService& ways);

class StillServedMonitor {
 public:
  // All must outlive this.
  StillServedMonitor(const kernel::FilterMaps& maps, const decisions::Ledger& ledger,
                     const decisions::Pipeline& pipeline)
      : maps_(maps), ledger_(ledger), pipeline_(pipeline) {}

  void look(WallTime now);

  struct Row {
    Prefix source;
    decisions::StillServed::Source served;
    Cause cause;
  };
  // The blocks in effect whose sources were served lately, the latest first; at most so many.
  [[nodiscard]] std::vector<Row> rows(WallTime now, std::size_t most) const;
  // That the source of this block is still served, and how, in a sentence and its remedy; empty where not.
  [[nodiscard]] std::string in_words(const decisions::Decision& block, WallTime now) const;
  // How many there are.
  [[nodiscard]] std::size_t count(WallTime now) const { return served(now).size(); }

 private:
  struct Seen {
    std::set<std::uint16_t> ports;
    std::set<std::string> interfaces;
  };
  struct Served {
    const decisions::Decision* block;
    const decisions::StillServed::Source* source;
  };
  [[nodiscard]] std::vector<Served> served(WallTime now) const;
  [[nodiscard]] WaysOfService ways_of(const Prefix& source) const;

  static constexpr std::size_t kMaxSeen = 1'000;

  const kernel::FilterMaps& maps_;
  const decisions::Ledger& ledger_;
  const decisions::Pipeline& pipeline_;
  BoundedMap<Prefix, Seen> seen_{kMaxSeen};
};

}  // namespace sluice::app
