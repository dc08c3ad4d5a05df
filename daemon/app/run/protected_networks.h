// SPDX-License-Identifier: Apache-2.0
// The networks that no denial may hit: this host's own addresses, management networks and trusted proxies.
// Keeps the ledger's set of them up to date, because the host's addresses change. Owned by Daemon; the
// trusted proxies come from the configuration and from lists.
#pragma once

#include <memory>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/log.h"
#include "daemon/config/config.h"
#include "daemon/decisions/ledger.h"

namespace sluice::app {

// Those that the configuration names, with these proxies: all that a replay knows of.
[[nodiscard]] std::vector<decisions::Ledger::Protected> configured_protection(
    const config::Config& config, const std::vector<Prefix>& proxies);

class ProtectedNetworks {
 public:
  // They are protected when it returns, but for those that there is no room for; these are logged, and status
  // counts them. Fails where this host's own addresses cannot be found out. The ledger must outlive this.
  [[nodiscard]] static Result<std::unique_ptr<ProtectedNetworks>> create(decisions::Ledger& ledger,
                                                                         const config::Config& config,
                                                                         std::vector<Prefix> proxies);

  // Takes the place of the former proxies. An error says which network is not protected and why; the rest is.
  [[nodiscard]] Result<void> change(const config::Config& config, std::vector<Prefix> proxies);
  // Looks at the host's addresses again; logs a failure.
  void look_again(const config::Config& config);

  [[nodiscard]] const std::vector<Prefix>& proxies() const { return proxies_; }

 private:
  ProtectedNetworks(decisions::Ledger& ledger, std::vector<Prefix> proxies);
  [[nodiscard]] Result<std::vector<decisions::Ledger::Protected>> wanted(const config::Config& config) const;
  [[nodiscard]] Result<void> protect(const config::Config& config);

  decisions::Ledger& ledger_;
  std::vector<Prefix> proxies_;
  LogThrottle failures_;
};

}  // namespace sluice::app
