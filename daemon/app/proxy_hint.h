// SPDX-License-Identifier: Apache-2.0
// Whether most requests come from one address that sends the browsers of many: a proxy or a balancer in front
// that nobody told Sluice of, behind which all visitors look like one. Eight addresses are followed
// (Space-Saving: Metwally, Agrawal, El Abbadi 2005: who sends more than an eighth of all is among them).
// Owned by the daemon, shown by status and doctor; decides nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/address.h"
#include "daemon/detection/observation.h"

namespace sluice::app {

class ProxyHint {
 public:
  void note(const detection::Request& request);

  struct Suspect {
    std::string address;
    double share = 0;   // of the requests, 0 to 1
    double agents = 0;  // different user agents, by estimate
  };
  // Of at least kEnough requests at least half came from it, with kMany different user agents.
  [[nodiscard]] std::optional<Suspect> suspect() const;

 private:
  static constexpr double kEnough = 500;
  static constexpr double kMany =
      20;  // an office of twenty kinds of browsers is rare, half of a site's visitors rarer
  static constexpr std::uint64_t kHalveAt = 20'000;  // so that what was true last week does not count

  struct Slot {
    Address address;
    std::uint64_t requests = 0;
    std::uint64_t agents = 0;  // a bit of the 64 for each user agent's hash
  };

  std::array<Slot, 8> slots_{};
  std::uint64_t requests_ = 0;
};

}  // namespace sluice::app
