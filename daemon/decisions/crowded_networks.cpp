// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/crowded_networks.h"

#include <array>

namespace sluice::decisions {
namespace {

struct Level {
  Family family;
  unsigned length;
  std::size_t blocks;  // from so many on one decision takes their place
};

// A quarter of an IPv4 /24. The IPv6 networks are what a customer, a large customer and a provider get; each
// of the wider ones needs a share of its parts that no household or office reaches.
constexpr std::array<Level, 4> kLevels = {
    {{Family::ipv4, 24, 64}, {Family::ipv6, 48, 64}, {Family::ipv6, 40, 512}, {Family::ipv6, 32, 4096}}};

template <class F>
void for_each_network_around(const Prefix& source, F&& visit) {
  for (const Level& level : kLevels) {
    if (level.family == source.family() && level.length < source.length())
      visit(Prefix(source.address(), level.length), level);
  }
}

}  // namespace

void CrowdedNetworks::add(const Prefix& source, std::size_t blocks) {
  if (blocked_.emplace(source, blocks).second) change(source, blocks, true);
}

void CrowdedNetworks::remove(const Prefix& source) {
  const auto at = blocked_.find(source);
  if (at == blocked_.end()) return;
  change(source, at->second, false);
  blocked_.erase(at);
}

void CrowdedNetworks::change(const Prefix& source, std::size_t blocks, bool is_more) {
  for_each_network_around(source, [&](const Prefix& network, const Level& level) {
    Count& count = networks_.try_emplace(network, Count{0, level.blocks}).first->second;
    count.blocks = is_more ? count.blocks + blocks : count.blocks - blocks;
    if (count.blocks == 0) networks_.erase(network);
  });
}

std::optional<Prefix> CrowdedNetworks::due_around(const Prefix& source) const {
  std::optional<Prefix> due;
  for_each_network_around(source, [&](const Prefix& network, const Level&) {
    if (due) return;
    const auto at = networks_.find(network);
    if (at != networks_.end() && at->second.blocks >= at->second.due_at) due = network;
  });
  return due;
}

std::vector<Prefix> CrowdedNetworks::members(const Prefix& network) const {
  std::vector<Prefix> found;
  // Prefixes are ordered by their address: those inside the network follow it.
  for (auto at = blocked_.lower_bound(network); at != blocked_.end() && network.contains(at->first); ++at) {
    if (at->first != network) found.push_back(at->first);
  }
  return found;
}

std::size_t CrowdedNetworks::blocks(const Prefix& network) const {
  const auto at = networks_.find(network);
  return at == networks_.end() ? 0 : at->second.blocks;
}

void CrowdedNetworks::put_off(const Prefix& network) {
  const auto at = networks_.find(network);
  if (at != networks_.end()) at->second.due_at = 2 * at->second.blocks;
}

}  // namespace sluice::decisions
