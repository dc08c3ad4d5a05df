// SPDX-License-Identifier: Apache-2.0
// Runs another program and takes what it prints. Used by setup and support.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::ctl {

struct CommandOutput {
  int status = 0;  // 128 and more: ended by that signal
  std::string text;
};

// `arguments` begin with the program, looked for in PATH. Standard input is empty; standard error is taken
// too where `errors` says so, else dropped. More than `limit` bytes, or more than 20 s, are an error.
[[nodiscard]] Result<CommandOutput> run_command(const std::vector<std::string>& arguments, std::size_t limit,
                                                bool errors);

}  // namespace sluice::ctl
