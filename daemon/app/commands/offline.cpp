// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/offline.h"

#include <cstdio>

#include <fmt/format.h>

#include "daemon/app/commands/outcome.h"
#include "daemon/app/offline/learn.h"
#include "daemon/app/offline/recognised_log.h"
#include "daemon/app/offline/replay.h"
#include "daemon/app/offline/routes.h"
#include "daemon/app/offline/test_route.h"

namespace sluice::app {

int replay(const ReplayCommand& command) {
  const auto config = load_or_defaults(command.config);
  if (!config) return kFailed;
  const auto done = replay(
      *config, {command.files, command.format, command.json, command.all, command.pattern}, stdout, stderr);
  return done ? kDone : fail(done.error());
}

int recognise(const RecogniseCommand& command) {
  const auto config = load_or_defaults(command.config);
  if (!config) return kFailed;
  int outcome = kDone;
  for (const std::string& path : command.files) {
    const auto text = recognised_log(*config, path);
    if (text) {
      fmt::print("{}", *text);
    } else {
      outcome = fail(text.error());
    }
  }
  return outcome;
}

int learn(const LearnCommand& command) {
  const auto config = load_or_defaults(command.config);
  if (!config) return kFailed;
  const auto done = learn(*config, command.options, stdout, stderr);
  return done ? kDone : fail(done.error());
}

int test_route(const TestRouteCommand& command) {
  const auto config = load_or_defaults(command.config);
  if (!config) return kFailed;
  const auto done = test_route(*config, command.options, stdout);
  return done ? kDone : fail(done.error());
}

int find_routes(const RoutesCommand& command) {
  const auto config = load_or_defaults(command.config);
  if (!config) return kFailed;
  const RoutesForm form = command.toml   ? RoutesForm::toml
                          : command.json ? RoutesForm::json
                                         : RoutesForm::table;
  LogFiles logs = command.logs;
  if (command.newest_mib > 0) logs.newest = command.newest_mib * 1024 * 1024;
  const auto done = find_routes(*config, {logs, form}, stdout, stderr);
  return done ? kDone : fail(done.error());
}

}  // namespace sluice::app
