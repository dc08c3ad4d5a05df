// SPDX-License-Identifier: Apache-2.0
// Reads what browser a user agent claims: Chrome and its kin, Edge, Firefox, Safari, on desks and phones.
// Knows no lists: see classifier.h.
#pragma once

#include <string_view>

#include "daemon/detection/clients/agents/agent.h"

namespace sluice::detection {

// A claim with Browser::none where no browser is claimed. `impossible` is set only where browsers never write
// such a thing, whatever their age; extensions that change the user agent can, so it is weak evidence.
[[nodiscard]] BrowserClaim read_browser_claim(std::string_view user_agent);

}  // namespace sluice::detection
