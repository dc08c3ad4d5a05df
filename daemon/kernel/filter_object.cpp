// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/filter_object.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string_view>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/random.h>

#include "daemon/kernel/bpf_fs.h"
#include "daemon/kernel/filter_maps.h"
#include "daemon/kernel/library_log.h"
#include "daemon/kernel/maps.h"
#include "sluice.skel.h"

namespace sluice::kernel {
namespace {

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

// The bits that stand in the pinned maps, and the places of sources, are of the seed that these were made
// with.
std::uint64_t seed_for(const std::string& bpf_fs) {
  if (const auto before = read_settings(bpf_fs)) return before->seed;
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) std::abort();  // cannot fail for so few bytes
  return seed;
}

struct Size {
  bpf_map* map;
  std::uint32_t entries;
  std::string_view setting;
};

// The maps whose size is configured, each with the setting's name for people.
std::vector<Size> sizes(const sluice_bpf& skeleton, const FilterOptions& options) {
  return {{skeleton.maps.allow_v4, options.max_allows, "filter.max_allows"},
          {skeleton.maps.allow_v6, options.max_allows, "filter.max_allows"},
          {skeleton.maps.decisions_v4, options.max_decisions, "filter.max_decisions"},
          {skeleton.maps.decisions_v6, options.max_decisions, "filter.max_decisions"},
          {skeleton.maps.near, near_lines(options), "filter.max_decisions"},
          {skeleton.maps.sources, source_sets(options), "filter.max_sources"}};
}

// Its read-only and other data sections are maps too, each program's own.
template <class F>
void for_each_shared_map(const sluice_bpf& skeleton, F&& visit) {
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(skeleton.obj, map)) != nullptr) {
    if (!bpf_map__is_internal(map)) visit(map);
  }
}

Result<bpf_map_info> pinned_map_info(const std::string& path) {
  const auto pinned = MapFd::open(path, Access::read, 0, 0);
  if (!pinned) return pinned.error();
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(pinned->get(), &info, &size) != 0) return Error::system(path, errno);
  return info;
}

std::string_view setting_of(std::string_view map) {
  if (map.starts_with("allow")) return "filter.max_allows";
  if (map.starts_with("decisions") || map == "near") return "filter.max_decisions";
  return "filter.max_sources";
}

}  // namespace

sluice_settings to_settings(const FilterOptions& options, KernelTime now) {
  sluice_settings settings{};
  settings.abi_version = SLUICE_ABI_VERSION;
  settings.scope = options.scope == Scope::all ? SLUICE_SCOPE_ALL : SLUICE_SCOPE_PORTS;
  settings.ipv6_source_length = options.ipv6_source_length;
  settings.port_count = static_cast<__u32>(options.ports.size());
  settings.report_interval_ns = static_cast<__u64>(options.report_interval.count());
  settings.loaded_ns = now.ns;
  settings.seed = seed_for(options.bpf_fs);
  settings.tick_ns = tick_ns();
  settings.near_lines = near_lines(options);
  settings.source_sets = source_sets(options);
  settings.reject = options.reject ? 1 : 0;
  settings.hellos = options.hellos ? 1 : 0;
  settings.hello_rate = to_rate(kHellosPerSecond, 1, kHelloBurst);
  settings.limit_count = static_cast<__u32>(options.limits.size());
  auto limits = options.limits;
  // The program takes the first that fits.
  std::ranges::stable_partition(limits, [](const LimitOptions& limit) { return limit.port != 0; });
  std::ranges::transform(limits, settings.limits, to_limit);
  for (std::size_t i = 0; i < options.ports.size(); ++i)
    settings.ports[i] = options.ports[i];
  return settings;
}

Result<FilterObject> FilterObject::open(const FilterOptions& options, KernelTime now) {
  assert(options.ports.size() <= SLUICE_MAX_PORTS);
  assert(options.limits.size() <= SLUICE_MAX_LIMITS);
  const LibraryLog log;
  Skeleton skeleton(sluice_bpf__open());
  if (!skeleton) return log.error("reading the compiled filter", errno);

  const sluice_settings settings = to_settings(options, now);
  // The section is constant for the program; libbpf lets it be filled in until the load.
  const_cast<sluice_settings&>(skeleton->rodata->config) = settings;
  auto* bitmap = const_cast<__u64*>(skeleton->rodata->protected_ports);
  for (const std::uint16_t port : options.ports)
    bitmap[port / 64] |= __u64{1} << (port % 64);

  for (const Size& size : sizes(*skeleton, options)) {
    if (const int error = bpf_map__set_max_entries(size.map, size.entries))
      return log.error(size.setting, error);
  }
  Result<void> pinned;
  for_each_shared_map(*skeleton, [&](bpf_map* map) {
    const std::string path = map_path(options.bpf_fs, bpf_map__name(map));
    if (const int error = bpf_map__set_pin_path(map, path.c_str())) pinned = log.error(path, error);
  });
  if (!pinned) return pinned.error();
  return FilterObject(std::move(skeleton), settings, options.bpf_fs);
}

Result<void> FilterObject::load() {
  const LibraryLog log;
  if (const int error = sluice_bpf__load(skeleton_.get())) return log.error("loading the filter", error);
  return {};
}

bpf_object* FilterObject::object() const {
  return skeleton_->obj;
}

int FilterObject::program_fd() const {
  return bpf_program__fd(skeleton_->progs.sluice);
}

Result<void> FilterObject::check_pinned_maps() const {
  Result<void> outcome;
  for_each_shared_map(*skeleton_, [&](const bpf_map* map) {
    const std::string path = map_path(bpf_fs_, bpf_map__name(map));
    const auto info = pinned_map_info(path);
    if (!info && info.error().code() == ENOENT) return;
    if (!info) {
      outcome = info.error();
      return;
    }
    const bool same_kind = info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
                           info->value_size == bpf_map__value_size(map) &&
                           info->map_flags == bpf_map__map_flags(map);
    if (!same_kind) {
      outcome = Error(
          fmt::format("{} was made by another version: `sluiced detach` first (the daemon puts the decisions "
                      "back)",
                      path));
    } else if (info->max_entries != bpf_map__max_entries(map)) {
      const std::string_view setting = setting_of(bpf_map__name(map));
      outcome = Error(fmt::format(
          "{} is {}, but {} was made for {}: set {} back, or `sluiced detach` first (the daemon puts the "
          "decisions back)",
          setting, bpf_map__max_entries(map), path, info->max_entries, setting));
    }
  });
  return outcome;
}

std::vector<std::string> FilterObject::map_paths() const {
  std::vector<std::string> paths;
  for_each_shared_map(*skeleton_,
                      [&](const bpf_map* map) { paths.push_back(map_path(bpf_fs_, bpf_map__name(map))); });
  return paths;
}

void FilterObject::Destroy::operator()(sluice_bpf* skeleton) const {
  sluice_bpf__destroy(skeleton);
}

}  // namespace sluice::kernel
