// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/groups/group_table.h"

#include <algorithm>
#include <bit>

namespace sluice::detection {
namespace {

std::uint64_t tag_of_stretch(GroupNumber group, std::uint64_t place) {
  const std::uint64_t tag = mix_bits(group ^ mix_bits(place + 1));
  return tag == 0 ? 1 : tag;
}

std::uint64_t bit_of(std::uint64_t identifier) {
  return std::uint64_t{1} << (identifier % GroupTable::kStretch);
}

}  // namespace

void GroupTable::add(GroupNumber group, std::uint64_t identifier, LogSecond second) {
  const std::uint64_t place = identifier / kStretch;
  const std::uint64_t bit = bit_of(identifier);
  Stretch& stretch = locate(tag_of_stretch(group, place), second);
  stretch.last = std::max(stretch.last, static_cast<std::uint32_t>(second));
  if ((stretch.taken & bit) != 0) {
    stretch.repeated |= bit;
    if (stretch.repeats < UINT16_MAX) ++stretch.repeats;
    if (stretch.state == State::divided) ++touch(group, second).repeats;
    return;
  }
  stretch.taken |= bit;
  if (stretch.state == State::divided) {
    ++touch(group, second).subjects;
  } else if (std::popcount(stretch.taken) == kDense) {
    settle(group, stretch, place, second);
  }
}

void GroupTable::settle(GroupNumber number, Stretch& stretch, std::uint64_t place, LogSecond second) {
  Group& group = touch(number, second);
  ++group.covered;
  stretch.state = stretch.repeats <= kMostRepeats ? State::divided : State::crowded;
  if (stretch.state == State::crowded) return;
  const std::uint64_t begin = place * kStretch;
  group.lowest = group.divided == 0 ? begin : std::min(group.lowest, begin);
  group.highest = std::max(group.highest, begin + kStretch - 1);
  ++group.divided;
  group.subjects += kDense;
  group.repeats += stretch.repeats;
}

GroupTable::Stretch& GroupTable::locate(std::uint64_t tag, LogSecond second) {
  if (stretches_.empty()) stretches_.resize(kMaxStretches);
  const auto set = std::span(stretches_).subspan(tag % (kMaxStretches / kWays) * kWays, kWays);
  const auto idle = [&](const Stretch& stretch) { return second - LogSecond{stretch.last}; };
  // A stretch that is covered more is kept longer. Its worth halves with each quarter of an hour without use.
  const auto worth = [&](const Stretch& stretch) {
    const LogSecond quarters = std::clamp<LogSecond>(idle(stretch) / 900, 0, 6);
    return (std::popcount(stretch.taken) * 64) >> quarters;
  };
  Stretch* least = set.data();
  for (Stretch& stretch : set) {
    if (stretch.tag == tag) {
      if (idle(stretch) >= kIdleSeconds) stretch = {.tag = tag};
      return stretch;
    }
    if (worth(stretch) < worth(*least)) least = &stretch;
  }
  if (least->tag != 0 && idle(*least) < kIdleSeconds) ++forgotten_stretches_;
  *least = {.tag = tag};
  return *least;
}

const GroupTable::Stretch* GroupTable::look_up(std::uint64_t tag) const {
  if (stretches_.empty()) return nullptr;
  const auto set = std::span(stretches_).subspan(tag % (kMaxStretches / kWays) * kWays, kWays);
  const auto at = std::ranges::find(set, tag, &Stretch::tag);
  return at == set.end() ? nullptr : &*at;
}

GroupTable::Group& GroupTable::touch(GroupNumber number, LogSecond second) {
  const auto at = groups_.find(number);
  if (at != groups_.end()) {
    Group& group = at->second;
    if (second - group.last >= kIdleSeconds) group = {.first = second};
    group.last = std::max(group.last, second);
    return group;
  }
  if (groups_.size() >= kMaxGroups) {
    // A new group takes at least kDense pages, so this search through all groups is rare.
    const auto idlest = std::ranges::min_element(
        groups_, {}, [](const std::pair<const GroupNumber, Group>& entry) { return entry.second.last; });
    groups_.erase(idlest);
    ++forgotten_groups_;
  }
  Group& group = groups_[number];
  group.first = group.last = second;
  return group;
}

void GroupTable::add_member(GroupNumber number, std::uint32_t source_hash) {
  const auto at = groups_.find(number);
  if (at == groups_.end()) return;
  auto& members = at->second.members;
  if (members.size() < kMaxMembers && std::ranges::find(members, source_hash) == members.end())
    members.push_back(source_hash);
}

const GroupTable::Group* GroupTable::find(GroupNumber number, LogSecond now) const {
  const auto at = groups_.find(number);
  return at == groups_.end() || now - at->second.last >= kIdleSeconds ? nullptr : &at->second;
}

bool GroupTable::is_divided(GroupNumber group, std::uint64_t place) const {
  const Stretch* stretch = look_up(tag_of_stretch(group, place));
  return stretch != nullptr && stretch->state == State::divided;
}

GroupTable::Part GroupTable::part_of(GroupNumber group, std::span<const IdentifierTrail::Step> steps) const {
  Part part;
  for (const IdentifierTrail::Step& step : steps) {
    ++part.asked;
    const std::uint64_t place = step.identifier / kStretch;
    const Stretch* stretch = look_up(tag_of_stretch(group, place));
    if (stretch == nullptr) continue;
    const std::uint64_t bit = bit_of(step.identifier);
    if ((stretch->taken & bit) == 0 || (stretch->repeated & bit) != 0) continue;
    // The stretch that the members work on is not covered yet, but the one before it is.
    if (stretch->state == State::divided || is_divided(group, place + 1) ||
        (place > 0 && is_divided(group, place - 1)))
      ++part.own;
  }
  return part;
}

}  // namespace sluice::detection
