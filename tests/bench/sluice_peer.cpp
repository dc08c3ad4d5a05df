// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sluice_peer.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include "daemon/base/clock.h"
#include "tests/bench/check.h"

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

std::uint32_t room_for(const lists::Compilation& compilation) {
  return static_cast<std::uint32_t>(compilation.lines() + compilation.lines() / 8);
}

ListHalves::ListHalves(const test::Filter& filter) {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  check(bpf_obj_get_info_by_fd(filter.lists_fd(), &info, &size), "reading the size of the lists");
  void* const memory = ::mmap(nullptr, std::size_t{info.max_entries} * sizeof(sluice_list_line),
                              PROT_READ | PROT_WRITE, MAP_SHARED, filter.lists_fd(), 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mapping the lists");
  lines_ = {static_cast<sluice_list_line*>(memory), info.max_entries};
}

ListHalves::~ListHalves() {
  ::munmap(lines_.data(), lines_.size_bytes());
}

void ListHalves::put(const lists::Compilation& compilation) {
  constexpr std::uint64_t kSeed = 0x5ee0'5ee0'5ee0'5ee0;
  const auto half = static_cast<std::uint32_t>((lines_.size() - 1) / 2);
  auto* const line = reinterpret_cast<sluice_list_switch*>(lines_.data());
  const std::atomic_ref<std::uint32_t> active(line->active);
  const std::uint32_t at = active.load(std::memory_order_relaxed) == 1 ? 1 + half : 1;
  const auto built = compilation.build(kSeed, lines_.subspan(at, half));
  if (!built) throw std::runtime_error(built.error().message());
  active.store(at, std::memory_order_release);
}

}  // namespace sluice::bench
