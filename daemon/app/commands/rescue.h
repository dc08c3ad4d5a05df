// SPDX-License-Identifier: Apache-2.0
// `sluiced rescue`: lets addresses in while no daemon runs that could be asked to. It works on the pinned
// maps alone, and leaves a note for the next daemon (store/rescue_notes.h). Refused while a daemon runs,
// which would not know of it.
#pragma once

#include <string>
#include <vector>

namespace sluice::app {

struct RescueCommand {
  std::string config;
  std::string action;                  // "unblock" or "allow"
  std::vector<std::string> addresses;  // or networks
  std::string for_how_long;            // of an allow; empty: without end
  std::string reason;                  // of an allow
};

// Returns the exit code; what was done, and what keeps an address out all the same, was said.
[[nodiscard]] int rescue(const RescueCommand& command);

}  // namespace sluice::app
