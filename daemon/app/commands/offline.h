// SPDX-License-Identifier: Apache-2.0
// `sluiced replay`, `recognise`, `learn`, `routes` and `test-route`: they read logs and URLs and change
// nothing. They need no privileges and no daemon.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/app/offline/learn.h"
#include "daemon/app/offline/log_reading.h"
#include "daemon/app/offline/test_route.h"
#include "daemon/intake/log_options.h"

namespace sluice::app {

struct ReplayCommand {
  std::optional<std::string> config;  // none: the default file where it exists, else the built-in defaults
  std::optional<intake::Format> format;
  std::string pattern;
  std::vector<std::string> files;
  bool json = false;
  bool all = false;
};
// These return the exit code; what went wrong was said on standard error.
[[nodiscard]] int replay(const ReplayCommand& command);

struct RecogniseCommand {
  std::optional<std::string> config;  // as for replay
  std::vector<std::string> files;
};
[[nodiscard]] int recognise(const RecogniseCommand& command);

struct LearnCommand {
  std::optional<std::string> config;  // as for replay
  LearnOptions options;
};
[[nodiscard]] int learn(const LearnCommand& command);

struct TestRouteCommand {
  std::optional<std::string> config;  // as for replay
  TestRouteOptions options;
};
[[nodiscard]] int test_route(const TestRouteCommand& command);

struct RoutesCommand {
  std::optional<std::string> config;  // as for replay
  LogFiles logs;
  std::uint64_t newest_mib = 0;  // 0: the whole of each file
  bool json = false;
  bool toml = false;
};
[[nodiscard]] int find_routes(const RoutesCommand& command);

}  // namespace sluice::app
