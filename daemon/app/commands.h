// SPDX-License-Identifier: Apache-2.0
// The subcommands of sluiced, once their arguments are read. Each returns the exit code: 0 done, 1 failed.
// What went wrong was said on standard error when they return.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/app/learn.h"
#include "daemon/intake/log_options.h"

namespace sluice::app {

inline constexpr const char* kDefaultConfig = "/etc/sluice/sluice.toml";

struct RunCommand {
  std::string config;
  bool attach = false;     // attach before, and detach after an orderly stop
  std::string ask_attach;  // a file that is written when an interface needs an attach; empty: it is only said
};
[[nodiscard]] int run(const RunCommand& command);

// `skip_missing`: interfaces that do not exist are left out with a warning.
[[nodiscard]] int attach(const std::string& config, bool skip_missing);
[[nodiscard]] int detach(const std::string& config);
// `effective`: also shows every setting in force and where it comes from.
[[nodiscard]] int check_config(const std::string& config, bool effective);

struct ReplayCommand {
  std::optional<std::string> config;  // none: the default file where it exists, else the built-in defaults
  std::optional<intake::Format> format;
  std::string pattern;
  std::vector<std::string> files;
  bool json = false;
  bool all = false;
};
[[nodiscard]] int replay(const ReplayCommand& command);

struct LearnCommand {
  std::optional<std::string> config;  // likewise
  LearnOptions options;
};
[[nodiscard]] int learn(const LearnCommand& command);

}  // namespace sluice::app
