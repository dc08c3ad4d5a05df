// SPDX-License-Identifier: Apache-2.0
// sluicectl: what an operator types. Reads the arguments and runs the command that they name; see commands.h
// and sluicectl(1).
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <sys/ioctl.h>
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

// How many the terminal has, or COLUMNS asks for; 0 where another program reads.
std::size_t columns() {
  constexpr std::size_t kFewest = 80;
  const char* asked = std::getenv("COLUMNS");
  const std::string_view text = asked == nullptr ? std::string_view() : std::string_view(asked);
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() && number > 0)
    return std::max(number, kFewest);
  winsize size{};
  if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return 0;
  return std::max<std::size_t>(size.ws_col, kFewest);
}

int run(int argc, char** argv) {
  Context context{kDefaultSocket, false, Style(want_colour(), columns())};
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
