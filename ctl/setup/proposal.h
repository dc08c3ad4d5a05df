// SPDX-License-Identifier: Apache-2.0
// What a configuration should say on this host: changes the text of the one that is there where it is still
// as shipped, and leaves what somebody has set. Pure.
#pragma once

#include <string>
#include <vector>

#include "ctl/setup/host.h"
#include "ctl/setup/site_routes.h"
#include "daemon/base/error.h"

namespace sluice::ctl {

struct Proposal {
  std::string text;                  // the configuration
  std::vector<std::string> reasons;  // what was set and why, a sentence each; empty: nothing was
  std::vector<std::string> unseen;   // what nobody will see, or what is not known, with a remedy
  std::vector<std::string> remarks;  // what else the operator should look at, with a remedy

  // Said only where all that the web servers log is known and followed.
  [[nodiscard]] bool fits() const { return reasons.empty() && unseen.empty(); }
};

[[nodiscard]] Result<Proposal> propose(const std::string& config, const Host& host);

// A configuration with this log alone, to find out whether its format is refused.
[[nodiscard]] std::string config_with(const HostLog& log);

// The logs in which the site's people are to be looked for: none where somebody has said already where they
// are.
[[nodiscard]] std::vector<std::string> logs_to_look_at(const std::string& config);
// Puts the ready-made sites whose software is clear, else the routes that were found, in the place of the
// default route. Where nothing was found, or too little was read, the default stays, and a remark says so.
void propose_routes(const LookAtSite& site, Proposal& proposal);

}  // namespace sluice::ctl
