// SPDX-License-Identifier: Apache-2.0
// Finds a proxy or load balancer that the configuration does not name: most requests come from one address,
// with the user agents of many people. Behind such a proxy all visitors look like one. It follows eight
// addresses with the Space-Saving algorithm (Metwally, Agrawal, El Abbadi 2005): an address that sends more
// than an eighth of all requests is among them. Owned by LogService; status and doctor show what it finds. It
// decides nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "daemon/base/address.h"
#include "daemon/detection/observation.h"

namespace sluice::app {

class UndeclaredProxyDetector {
 public:
  void note(const detection::Request& request);

  // These are trusted proxies from now on: what came from them before says nothing any more.
  void forget(std::span<const Prefix> proxies);

  struct Suspect {
    std::string address;
    double share = 0;   // of the requests, 0 to 1
    double agents = 0;  // different user agents, by estimate
  };
  // There were at least kEnough requests, and at least half came from this address, with at least kMany
  // different user agents.
  [[nodiscard]] std::optional<Suspect> suspect() const;

 private:
  static constexpr double kEnough = 500;
  // An office with twenty kinds of browsers is rare; one that is half of a site's visitors is rarer.
  static constexpr double kMany = 20;
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
