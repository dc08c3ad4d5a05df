// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/protected_networks.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <spdlog/spdlog.h>

#include "daemon/base/clock.h"
#include "daemon/kernel/host/host_addresses.h"

namespace sluice::app {

std::vector<decisions::Ledger::Protected> configured_protection(const config::Config& config,
                                                                const std::vector<Prefix>& proxies) {
  std::vector<decisions::Ledger::Protected> networks;
  for (const Prefix& network : config.management)
    networks.push_back({network, "a management network"});
  for (const Prefix& network : proxies)
    networks.push_back({network, "a trusted proxy", true});
  return networks;
}

Result<std::unique_ptr<ProtectedNetworks>> ProtectedNetworks::create(decisions::Ledger& ledger,
                                                                     const config::Config& config,
                                                                     std::vector<Prefix> proxies) {
  std::unique_ptr<ProtectedNetworks> made(new ProtectedNetworks(ledger, std::move(proxies)));
  auto networks = made->wanted(config);
  if (!networks) return networks.error();
  // Proxies for which there is no room are no reason not to start: status says so.
  if (auto done = ledger.protect(*std::move(networks), wall_now()); !done)
    spdlog::error("{}", done.error().message());
  return made;
}

ProtectedNetworks::ProtectedNetworks(decisions::Ledger& ledger, std::vector<Prefix> proxies)
    : ledger_(ledger), proxies_(std::move(proxies)) {}

Result<std::vector<decisions::Ledger::Protected>> ProtectedNetworks::wanted(
    const config::Config& config) const {
  auto networks = kernel::host_addresses();
  if (!networks) return networks.error();
  std::ranges::move(configured_protection(config, proxies_), std::back_inserter(*networks));
  return networks;
}

Result<void> ProtectedNetworks::protect(const config::Config& config) {
  auto networks = wanted(config);
  if (!networks) return networks.error();
  return ledger_.protect(*std::move(networks), wall_now());
}

Result<void> ProtectedNetworks::change(const config::Config& config, std::vector<Prefix> proxies) {
  proxies_ = std::move(proxies);
  return protect(config);
}

void ProtectedNetworks::look_again(const config::Config& config) {
  const auto done = protect(config);
  if (done) return;
  if (failures_.admit(kernel_now())) spdlog::error("{}", done.error().message());
}

}  // namespace sluice::app
