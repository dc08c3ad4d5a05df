// SPDX-License-Identifier: Apache-2.0
// Reads which browser a user agent claims: Chrome and its relatives, Edge, Firefox, Safari, on desktops and
// phones. Uses no lists: see classifier.h.
#pragma once

#include <string_view>

#include "daemon/detection/clients/agents/agent.h"

namespace sluice::detection {

// Returns Browser::none if no browser is claimed. `impossible` is set only for texts that no browser of any
// age writes. Extensions that change the user agent can write them, so it is a weak sign.
[[nodiscard]] BrowserClaim read_browser_claim(std::string_view user_agent);

}  // namespace sluice::detection
