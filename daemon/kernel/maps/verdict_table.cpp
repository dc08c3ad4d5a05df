// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/verdict_table.h"

#include <algorithm>
#include <cerrno>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/clock.h"

namespace sluice::kernel {
namespace {

using decisions::Action;
using decisions::Decision;
using Slot = decisions::Ledger::Slot;

Slot slot_of(const Decision& decision) {
  return decision.action == Action::allow ? Slot::allow : Slot::denial;
}

bool has_verdict(Action action) {
  return action == Action::allow || action == Action::throttle || action == Action::block;
}

Result<sluice_decision> to_wire(const Decision& decision, KernelTime deadline) {
  sluice_decision value{};
  value.deadline_ns = deadline.ns;
  switch (decision.action) {
    case Action::allow:
      value.action = SLUICE_ALLOW;
      return value;
    case Action::block:
      value.action = SLUICE_DROP;
      break;
    case Action::throttle:
      if (decision.rate.packets_per_second == 0 || decision.rate.burst == 0) {
        return Error(fmt::format("{}: a throttle needs a rate and a burst of at least 1",
                                 decision.source.to_string()));
      }
      value.action = SLUICE_THROTTLE;
      value.interval_ns = std::max<std::uint64_t>(1'000'000'000 / decision.rate.packets_per_second, 1);
      value.tolerance_ns = (decision.rate.burst - 1) * value.interval_ns;
      break;
    case Action::none:
    case Action::challenge:
      std::abort();  // our bug: the caller asked has_verdict
  }
  if (decision.until == kForever) {
    return Error(
        fmt::format("{}: a {} must have an end", decision.source.to_string(), to_string(decision.action)));
  }
  return value;
}

// Action and rate; none for what this version does not know.
Decision from_wire(const sluice_decision& value) {
  Decision decision;
  switch (value.action) {
    case SLUICE_ALLOW:
      decision.action = Action::allow;
      break;
    case SLUICE_DROP:
      decision.action = Action::block;
      break;
    case SLUICE_THROTTLE:
      if (value.interval_ns == 0) break;
      decision.action = Action::throttle;
      decision.rate.packets_per_second = static_cast<std::uint32_t>(
          std::clamp<std::uint64_t>(1'000'000'000 / value.interval_ns, 1, 1'000'000));
      decision.rate.burst = static_cast<std::uint32_t>(
          std::clamp<std::uint64_t>(value.tolerance_ns / value.interval_ns + 1, 1, 1'000'000));
      break;
    default:
      break;
  }
  return decision;
}

Error with_remedy_if_full(const Error& error, const Decision& decision, std::size_t capacity) {
  if (error.code() != E2BIG) return error.in(decision.source.to_string());
  const bool allow = decision.action == Action::allow;
  return Error(
      fmt::format("{}: the kernel's table of {} {} is full, it holds {}: raise filter.{} and run "
                  "`sluiced attach`; decisions move over",
                  decision.source.to_string(), decision.source.family() == Family::ipv4 ? "IPv4" : "IPv6",
                  allow ? "allows" : "decisions", capacity, allow ? "max_allows" : "max_decisions"));
}

}  // namespace

VerdictTable::VerdictTable(Clocks clocks, std::unique_ptr<ProximityFilter> proximity,
                           DecisionMap<sluice_key_v4> allow_v4, DecisionMap<sluice_key_v6> allow_v6,
                           DecisionMap<sluice_key_v4> decisions_v4, DecisionMap<sluice_key_v6> decisions_v6)
    : clocks_(std::move(clocks)),
      proximity_(std::move(proximity)),
      allow_v4_(allow_v4),
      allow_v6_(allow_v6),
      decisions_v4_(decisions_v4),
      decisions_v6_(decisions_v6) {}

Result<std::unique_ptr<VerdictTable>> VerdictTable::create(FilterMaps& maps, Clocks clocks) {
  auto proximity = std::make_unique<ProximityFilter>(maps.near.values(), *maps.areas, maps.settings.seed);
  auto allow_v4 = DecisionMap<sluice_key_v4>::create(maps.allow_v4, maps.lengths->allow_v4, *proximity);
  if (!allow_v4) return allow_v4.error();
  auto allow_v6 = DecisionMap<sluice_key_v6>::create(maps.allow_v6, maps.lengths->allow_v6, *proximity);
  if (!allow_v6) return allow_v6.error();
  auto decisions_v4 =
      DecisionMap<sluice_key_v4>::create(maps.decisions_v4, maps.lengths->decision_v4, *proximity);
  if (!decisions_v4) return decisions_v4.error();
  auto decisions_v6 =
      DecisionMap<sluice_key_v6>::create(maps.decisions_v6, maps.lengths->decision_v6, *proximity);
  if (!decisions_v6) return decisions_v6.error();
  proximity->clear_unneeded();
  return std::unique_ptr<VerdictTable>(new VerdictTable(std::move(clocks), std::move(proximity), *allow_v4,
                                                        *allow_v6, *decisions_v4, *decisions_v6));
}

template <class Self, class F>
auto VerdictTable::with_table(Self& self, Slot slot, Family family, F&& visit) {
  if (family == Family::ipv4) return visit(slot == Slot::allow ? self.allow_v4_ : self.decisions_v4_);
  return visit(slot == Slot::allow ? self.allow_v6_ : self.decisions_v6_);
}

Result<void> VerdictTable::put(const Decision& decision, bool armed) {
  const WallTime wall = clocks_.wall();
  const bool in_kernel = armed && has_verdict(decision.action) && decision.until > wall;
  return with_table(*this, slot_of(decision), decision.source.family(), [&](auto& table) -> Result<void> {
    if (!in_kernel) {
      const auto removed = table.remove(decision.source);
      if (!removed) return removed.error().in(decision.source.to_string());
      return {};
    }
    const auto value = to_wire(decision, to_kernel_time(decision.until, wall, clocks_.kernel()));
    if (!value) return value.error();
    if (auto written = table.put(decision.source, *value); !written) {
      return with_remedy_if_full(written.error(), decision, table.capacity());
    }
    return {};
  });
}

void VerdictTable::remove(const Decision& decision) {
  const auto removed = with_table(*this, slot_of(decision), decision.source.family(),
                                  [&](auto& table) { return table.remove(decision.source); });
  if (removed) return;
  if (const auto held_back = failures_.admit(clocks_.kernel())) {
    spdlog::error(
        "{}: the {} could not be taken out of the kernel, where it ends at {} ({}; {} more like this)",
        decision.source.to_string(), to_string(decision.action), format_time(decision.until),
        removed.error().message(), *held_back);
  }
}

Result<std::size_t> VerdictTable::reconcile(std::span<const Decision* const> decisions) {
  std::size_t removed = 0;
  for (const Slot slot : {Slot::allow, Slot::denial}) {
    std::unordered_set<Prefix> sources;
    sources.reserve(decisions.size());
    for (const Decision* decision : decisions) {
      if (slot_of(*decision) == slot) sources.insert(decision->source);
    }
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      const auto count = with_table(*this, slot, family, [&](auto& table) {
        return table.remove_unless([&](const Prefix& source) { return sources.contains(source); });
      });
      if (!count) return count.error();
      removed += *count;
    }
  }
  return removed;
}

Result<std::vector<Decision>> VerdictTable::entries() const {
  const WallTime wall = clocks_.wall();
  const KernelTime kernel = clocks_.kernel();
  std::vector<Decision> found;
  for (const Slot slot : {Slot::allow, Slot::denial}) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      auto read = with_table(*this, slot, family, [&](const auto& table) {
        return table.for_each([&](const Prefix& source, const sluice_decision& value) {
          Decision decision = from_wire(value);
          decision.source = source;
          decision.since = wall;
          decision.until = to_wall_time(KernelTime{value.deadline_ns}, wall, kernel);
          if (decision.action != Action::none && decision.until > wall) found.push_back(std::move(decision));
        });
      });
      if (!read) return read.error();
    }
  }
  return found;
}

Result<std::optional<VerdictTable::Usage>> VerdictTable::usage(const Prefix& source, Slot slot) const {
  const auto entry =
      with_table(*this, slot, source.family(), [&](const auto& table) { return table.find(source); });
  if (!entry) return entry.error();
  if (!*entry) return std::optional<Usage>();
  return std::optional<Usage>(Usage{(*entry)->packets, (*entry)->bytes});
}

VerdictTable::Fill VerdictTable::fill(Slot slot, Family family) const {
  return with_table(*this, slot, family, [](const auto& table) {
    return Fill{table.size(), table.capacity()};
  });
}

}  // namespace sluice::kernel
