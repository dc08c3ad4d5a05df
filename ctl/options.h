// SPDX-License-Identifier: Apache-2.0
// Options that several commands have, read into the types of the protocol. A value that is none is an error
// of usage.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "daemon/control/protocol.h"

namespace sluice::ctl {

// --action, one of `choices`.
void add_action_option(CLI::App& command, control::Action& to, const std::vector<std::string>& choices,
                       const std::string& description);

// A kind of actor, or one by name.
void add_actor_option(CLI::App& command, control::Actor& to, const std::string& description,
                      const std::string& name = "--actor");

}  // namespace sluice::ctl
