// SPDX-License-Identifier: Apache-2.0
// `sluiced backup` and `sluiced restore`: the stored state as a file. They work on the database itself,
// beside a daemon that runs (backup) or in its absence (restore), so that the daemon, which may write nowhere
// else, need not.
#pragma once

#include <string>

namespace sluice::app {

struct StateCommand {
  std::string config;
  std::string file;  // "-" for `backup`: standard output
  bool json = false;
};

// Exit codes.
[[nodiscard]] int back_up_state(const StateCommand& command);
[[nodiscard]] int restore_state(const StateCommand& command);

}  // namespace sluice::app
