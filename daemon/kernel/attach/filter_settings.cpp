// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/attach/filter_settings.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <chrono>
#include <ctime>

namespace sluice::kernel {
namespace {

// The length of the kernel's tick: the resolution of the clocks that the tick moves.
std::uint32_t tick_ns() {
  timespec resolution{};
  clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
  return static_cast<std::uint32_t>(resolution.tv_nsec);
}

// The program's clock for rates is the tick: what comes evenly within one seems to come at once. The
// tolerance allows for it.
sluice_rate to_rate(std::uint64_t per_second, std::uint64_t unit, Nanoseconds burst) {
  if (per_second == 0) return {};
  return {.interval = std::max<std::uint64_t>(1'000'000'000 * unit / per_second, 1),
          .tolerance_ns = static_cast<std::uint64_t>(burst.count()) + tick_ns()};
}

sluice_limit to_limit(const LimitOptions& options) {
  return {.port = options.port,
          .reserved = 0,
          .packets = to_rate(options.packets_per_second, 1, options.burst),
          .bytes = to_rate(options.bytes_per_second, 1024, options.burst),
          .attempts = to_rate(options.attempts_per_second, 1, options.burst)};
}

// A browser opens a handful of connections to a site, and needs no new ones for the next page within a minute
// or so. Twenty at once are many people behind one address.
constexpr std::uint64_t kHellosPerSecond = 10;
constexpr auto kHelloBurst = std::chrono::seconds(2);

}  // namespace

// Eight bits for each allow and decision of both families, and at least one line: then at most one packet in
// eight finds its bit set although no entry is near.
std::uint32_t near_lines(const FilterOptions& options) {
  const std::uint64_t entries = 2 * (std::uint64_t{options.max_decisions} + options.max_allows);
  return static_cast<std::uint32_t>(std::bit_ceil(std::max<std::uint64_t>(entries * 8 / 512, 1)));
}

// Half as many places again as sources. Hashing fills some sets before others: with that much room one source
// in a hundred finds its set full.
std::uint32_t source_sets(const FilterOptions& options) {
  return static_cast<std::uint32_t>((std::uint64_t{options.max_sources} * 3 / 2 + SLUICE_SOURCE_WAYS - 1) /
                                    SLUICE_SOURCE_WAYS);
}

// Line 0 and two halves of equal size: all lines of the memory but one.
std::uint32_t list_lines(const FilterOptions& options) {
  return options.list_memory_mib == 0 ? 1 : options.list_memory_mib * SLUICE_LIST_LINES_IN_MIB - 1;
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
  // The limit of port 0 last: the program takes the first that fits.
  std::stable_partition(limits.begin(), limits.end(),
                        [](const LimitOptions& limit) { return limit.port != 0; });
  std::ranges::transform(limits, settings.limits, to_limit);
  for (std::size_t i = 0; i < options.ports.size(); ++i)
    settings.ports[i] = options.ports[i];
  return settings;
}

}  // namespace sluice::kernel
