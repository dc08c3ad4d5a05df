// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/filter_settings.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <chrono>
#include <ctime>

namespace sluice::kernel {
namespace {

// The length of the kernel's tick. The clocks that it moves have that resolution.
std::uint32_t tick_ns() {
  timespec resolution{};
  clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
  return static_cast<std::uint32_t>(resolution.tv_nsec);
}

constexpr std::uint64_t kSecondNs = 1'000'000'000;

// Ticks are the program's clock for these: what comes evenly seems to come at once within one.
sluice_rate to_rate(std::uint64_t per_second, std::uint64_t unit, Nanoseconds burst) {
  if (per_second == 0) return {};
  return {.interval = std::max<std::uint64_t>(kSecondNs * unit / per_second, 1),
          .tolerance_ns = static_cast<std::uint64_t>(burst.count()) + tick_ns()};
}

sluice_limit to_limit(const LimitOptions& options) {
  return {.port = options.port,
          .reserved = 0,
          .packets = to_rate(options.packets_per_second, 1, options.burst),
          .bytes = to_rate(options.bytes_per_second, 1024, options.burst),
          .attempts = to_rate(options.attempts_per_second, 1, options.burst)};
}

// A browser opens a handful of connections to a site, and a page view in a minute or so needs no new ones;
// twenty at once is a crowd behind one address.
constexpr std::uint64_t kHellosPerSecond = 10;
constexpr auto kHelloBurst = std::chrono::seconds(2);

constexpr std::uint32_t kLinesInMib = (1U << 20U) / sizeof(sluice_list_line);

}  // namespace

// Bits for the entries of both families' allows and decisions: eight each, so that one packet in eight at
// most finds its bit set without a reason; at least one line.
std::uint32_t near_lines(const FilterOptions& options) {
  const std::uint64_t entries = 2 * (std::uint64_t{options.max_decisions} + options.max_allows);
  return static_cast<std::uint32_t>(std::bit_ceil(std::max<std::uint64_t>(entries * 8 / 512, 1)));
}

// Half as many places again as sources: hashing fills some sets before others, and at that rate one source in
// a hundred finds its set full.
std::uint32_t source_sets(const FilterOptions& options) {
  return static_cast<std::uint32_t>((std::uint64_t{options.max_sources} * 3 / 2 + SLUICE_SOURCE_WAYS - 1) /
                                    SLUICE_SOURCE_WAYS);
}

// The switch and two halves of equal size: all lines of the memory but one.
std::uint32_t list_lines(const FilterOptions& options) {
  return options.list_memory_mib == 0 ? 1 : options.list_memory_mib * kLinesInMib - 1;
}

sluice_settings to_settings(const FilterOptions& options, KernelTime now, std::uint64_t seed) {
  assert(options.ports.size() <= SLUICE_MAX_PORTS);
  assert(options.limits.size() <= SLUICE_MAX_LIMITS);
  sluice_settings settings{};
  settings.abi_version = SLUICE_ABI_VERSION;
  settings.scope = options.scope == Scope::all ? SLUICE_SCOPE_ALL : SLUICE_SCOPE_PORTS;
  settings.ipv6_source_length = options.ipv6_source_length;
  settings.port_count = static_cast<__u32>(options.ports.size());
  settings.report_interval_ns = static_cast<__u64>(options.report_interval.count());
  settings.loaded_ns = now.ns;
  settings.seed = seed;
  settings.tick_ns = tick_ns();
  settings.near_lines = near_lines(options);
  settings.source_sets = source_sets(options);
  settings.reject = options.reject ? 1 : 0;
  settings.hellos = options.hellos ? 1 : 0;
  settings.hello_rate = to_rate(kHellosPerSecond, 1, kHelloBurst);
  settings.limit_count = static_cast<__u32>(options.limits.size());
  auto limits = options.limits;
  // The program takes the first that fits.
  std::stable_partition(limits.begin(), limits.end(),
                        [](const LimitOptions& limit) { return limit.port != 0; });
  std::ranges::transform(limits, settings.limits, to_limit);
  for (std::size_t i = 0; i < options.ports.size(); ++i)
    settings.ports[i] = options.ports[i];
  return settings;
}

}  // namespace sluice::kernel
