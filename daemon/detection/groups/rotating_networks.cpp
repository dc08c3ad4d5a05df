// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/groups/rotating_networks.h"

#include <algorithm>
#include <span>
#include <utility>

#include "daemon/base/hash.h"

namespace sluice::detection {
namespace {

std::uint64_t tag_of_network(const Prefix& network) {
  const std::uint64_t tag = mix_bits(hash_value(network));
  return tag == 0 ? 1 : tag;
}

bool is_idle(const RotatingNetworks::Network& network, LogSecond now) {
  return now - LogSecond{network.last} >= GroupTable::kIdleSeconds;
}

}  // namespace

GroupNumber RotatingNetworks::number_of(const Prefix& network, int route) {
  // Keeps these numbers apart from those of group_tracker.h for the same network.
  constexpr std::uint64_t kApart = 0x726f7461746572;
  return mix_bits(hash_value(network) ^ mix_bits(static_cast<std::uint64_t>(route) ^ kApart));
}

RotatingNetworks::Network& RotatingNetworks::touch(const Prefix& network, LogSecond now) {
  if (networks_.empty()) networks_.resize(kMaxNetworks);
  const std::uint64_t tag = tag_of_network(network);
  const auto set = std::span(networks_).subspan(tag % (kMaxNetworks / kWays) * kWays, kWays);
  auto at = std::ranges::find(set, tag, &Network::tag);
  const bool known = at != set.end();
  if (!known) at = std::ranges::min_element(set, {}, &Network::last);
  if (!known || is_idle(*at, now)) *at = {.tag = tag, .first = static_cast<std::uint32_t>(now)};
  at->last = std::max(at->last, static_cast<std::uint32_t>(now));
  return *at;
}

void RotatingNetworks::note_page(const Prefix& prefix, const Page& page, LogSecond now, GroupTable& groups) {
  Network& network = touch(prefix, now);
  ++network.pages;
  if (page.first) ++network.sources;
  if (page.spared) {
    ++network.spared;
  } else if (page.identified) {
    groups.add(number_of(prefix, page.route), page.identifier, now);
  }
}

void RotatingNetworks::note_asset(const Prefix& prefix) {
  if (Network* network = find(prefix)) ++network->assets;
}

const RotatingNetworks::Network* RotatingNetworks::find(const Prefix& prefix) const {
  if (networks_.empty()) return nullptr;
  const std::uint64_t tag = tag_of_network(prefix);
  const auto set = std::span(networks_).subspan(tag % (kMaxNetworks / kWays) * kWays, kWays);
  const auto at = std::ranges::find(set, tag, &Network::tag);
  return at == set.end() ? nullptr : &*at;
}

RotatingNetworks::Network* RotatingNetworks::find(const Prefix& prefix) {
  return const_cast<Network*>(std::as_const(*this).find(prefix));  // NOLINT(*-const-cast): it is ours
}

void RotatingNetworks::forget(const Prefix& prefix, std::size_t routes, GroupTable& groups) {
  Network* network = find(prefix);
  if (network == nullptr) return;
  *network = {};
  for (std::size_t route = 0; route < routes; ++route)
    groups.forget(number_of(prefix, static_cast<int>(route)));
}

}  // namespace sluice::detection
