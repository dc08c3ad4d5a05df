// SPDX-License-Identifier: Apache-2.0
// `sluiced run`: one daemon after the other, until SIGTERM or SIGINT. Another daemon takes over when the
// filter was attached anew.
#pragma once

#include <string>

namespace sluice::app {

struct RunCommand {
  std::string config;
  bool attach = false;     // attach before, and detach after an orderly stop
  std::string ask_attach;  // a file that is written when an interface needs an attach; empty: it is only said
};
// Returns the exit code; what went wrong was said on standard error.
[[nodiscard]] int run(const RunCommand& command);

}  // namespace sluice::app
