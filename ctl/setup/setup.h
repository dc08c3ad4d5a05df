// SPDX-License-Identifier: Apache-2.0
// `sluicectl setup`: looks at the host, proposes a configuration, writes it on consent.
#pragma once

#include <string>

#include "ctl/context.h"

namespace sluice::ctl {

struct SetupArguments {
  std::string file = "/etc/sluice/sluice.toml";
  bool yes = false;  // write without asking
};

// Asks at a terminal; elsewhere it writes with `yes` alone. What is written has passed `sluiced
// check-config`, and what was there is kept beside it.
[[nodiscard]] int setup(const Context& context, const SetupArguments& arguments);

}  // namespace sluice::ctl
