// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sluice_peer.h"

#include "daemon/base/clock.h"

namespace sluice::bench {

void decide(const test::Filter& filter, std::span<const Address> addresses, State state) {
  constexpr std::uint64_t kHourNs = 3'600'000'000'000;
  const std::uint64_t deadline_ns = kernel_now().ns + 24 * kHourNs;
  sluice_decision decision = test::drop_until(deadline_ns);
  if (state == State::throttled_over) {
    decision = test::throttle_until(deadline_ns, 1, 1);
    decision.tat_ns = deadline_ns;  // the next packet conforms when all is over
  } else if (state == State::throttled_within) {
    decision = test::throttle_until(deadline_ns, 1'000'000'000, kHourNs);  // a packet a nanosecond
  }
  for (const Address& address : addresses)
    filter.put(test::Table::decisions, Prefix(address, address.family() == Family::ipv4 ? 32 : 64), decision);
}

}  // namespace sluice::bench
