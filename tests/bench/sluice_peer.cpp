// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sluice_peer.h"

#include <array>
#include <atomic>
#include <bit>
#include <stdexcept>
#include <utility>

#include "bpf/hash.h"
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

lists::Entries one_list(std::span<const Prefix> prefixes) {
  lists::Entries entries;
  for (const Prefix& prefix : prefixes)
    entries.add(prefix, 1);
  return entries;
}

lists::Compilation compile(lists::Entries entries) {
  const std::array rules{lists::Rule{.list = 1, .action = SLUICE_DROP}};
  return {std::move(entries), rules};
}

test::FilterOptions options_for_list(const lists::Compilation& compilation) {
  // An image that has to grow does so by a few percent.
  const auto half = static_cast<std::uint32_t>(compilation.lines() + compilation.lines() / 8);
  return {.list_lines = 1 + 2 * half};
}

void put_list(const test::Filter& filter, const lists::Compilation& compilation) {
  constexpr std::uint64_t kSeed = 0x5eed5eed5eed5eed;
  const std::span<sluice_list_line> lines = filter.lists();
  const auto half = static_cast<std::uint32_t>((lines.size() - 1) / 2);
  const std::atomic_ref<std::uint32_t> active(filter.list_switch());
  const std::uint32_t at = sluice_list_base(active.load(std::memory_order_relaxed)) == 1 ? 1 + half : 1;
  const auto built = compilation.build(kSeed, lines.subspan(at, half));
  if (!built) throw std::runtime_error(built.error().message());
  active.store(sluice_list_active(at, reinterpret_cast<const sluice_list_image*>(&lines[at])),
               std::memory_order_release);
}

test::FilterOptions options_for_decisions(std::size_t count) {
  // Eight near bits an entry and as many again for the other family, as the daemon has them.
  return {.near_lines = std::bit_ceil(static_cast<std::uint32_t>(1 + 2 * count * 8 / 512)),
          .max_decisions = static_cast<std::uint32_t>(count)};
}

}  // namespace sluice::bench
