// SPDX-License-Identifier: Apache-2.0
// What every command of sluicectl is given by main.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ctl/render.h"

namespace sluice::ctl {

// The exit codes, as sluicectl(1) gives them.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;  // the daemon cannot be asked, or something that was asked for is not so
inline constexpr int kUsage = 2;   // nothing was sent

struct Context {
  std::string socket;
  bool json = false;
  Style style;  // of standard output
};

// "sluicectl: MESSAGE" on standard error. Returns `code`.
inline int fail(int code, std::string_view message) {
  fmt::print(stderr, "sluicectl: {}\n", message);
  return code;
}

}  // namespace sluice::ctl
