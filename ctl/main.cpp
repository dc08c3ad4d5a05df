// SPDX-License-Identifier: Apache-2.0
// sluicectl: what an operator types. Reads the arguments and runs the command that they name; see commands.h
// and sluicectl(1).
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fmt/format.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/context.h"

namespace sluice::ctl {
namespace {

constexpr auto kDefaultSocket = "/run/sluice/control.sock";

// Colour is for people at a terminal who have not asked to be spared (https://no-color.org).
bool want_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

int run(int argc, char** argv) {
  Context context{kDefaultSocket, false, Style(want_colour())};
  CLI::App app("Commands the scraping filter sluiced on this host.", "sluicectl");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", context.socket, "The daemon's socket")->capture_default_str()->type_name("PATH");
  app.add_flag("--json", context.json,
               "Answers as JSON: one object, of decisions, lists, doctor and watch one a line");
  Run chosen;
  for (AddCommands* add : kCommandGroups)
    add(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 numbers its errors; ours is 2 for all, and 0 where help was asked for.
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return chosen(context);
}

}  // namespace
}  // namespace sluice::ctl

int main(int argc, char** argv) {
  try {
    return sluice::ctl::run(argc, argv);
  } catch (const std::exception& exception) {
    return sluice::ctl::fail(sluice::ctl::kFailed, exception.what());
  }
}
