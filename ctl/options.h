// SPDX-License-Identifier: Apache-2.0
// Options that several commands have, read into the types of the protocol. A value that is none is an error
// of usage.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"

namespace sluice::ctl {

// --action, one of `choices`.
void add_action_option(CLI::App& command, control::Action& to, const std::vector<std::string>& choices,
                       const std::string& description);

// A moment of the past: how long ago ("2h"), a time of day in the local time zone ("14:10", the last one),
// with "yesterday" or a date before it ("2026-11-30 14:10"), a date alone (its beginning), or an RFC 3339
// time.
[[nodiscard]] Result<WallTime> parse_moment(const std::string& text, WallTime now);

// A kind of actor, or one by name.
void add_actor_option(CLI::App& command, control::Actor& to, const std::string& description,
                      const std::string& name = "--actor");

}  // namespace sluice::ctl
