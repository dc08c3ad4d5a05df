// SPDX-License-Identifier: Apache-2.0
// sluiced: arguments, exit codes (0 done, 1 failed, 2 usage), and the only catch(...). What the subcommands
// do is in app/commands/.
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/app/commands/check_config.h"
#include "daemon/app/commands/default_config.h"
#include "daemon/app/commands/filter.h"
#include "daemon/app/commands/offline.h"
#include "daemon/app/commands/run.h"
#include "daemon/app/commands/state.h"
#include "daemon/intake/formats/all.h"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

int dispatch(int argc, char** argv) {
  CLI::App cli("Sluice finds who scrapes personal data from a web server and drops their packets at the NIC.",
               "sluiced");
  cli.set_version_flag("--version", "sluiced " SLUICE_VERSION);
  cli.require_subcommand(1);
  cli.footer("See sluiced(8), sluice.toml(5) and sluicectl(1).");

  std::string config = sluice::app::kDefaultConfig;
  const auto take_config = [&config](CLI::App* command) {
    command->add_option("-c,--config", config, "Configuration file")->capture_default_str();
  };

  CLI::App* run =
      cli.add_subcommand("run", "Watch the logs, decide, keep the kernel's tables; until SIGTERM or SIGINT");
  take_config(run);
  sluice::app::RunCommand run_command;
  run->add_flag("--attach", run_command.attach,
                "Attach the filter first, and detach it at the end; needs root");
  run->add_option("--ask-attach", run_command.ask_attach,
                  "Write this file when an interface needs an attach, for who may attach to see")
      ->type_name("FILE")
      ->excludes("--attach");

  CLI::App* attach = cli.add_subcommand("attach",
                                        "Attach the filter, or put this version in place of an earlier one; "
                                        "it stays when the process ends");
  take_config(attach);
  bool skip_missing = false;
  attach->add_flag("--skip-missing", skip_missing, "Leave out interfaces that are not there, with a warning");
  CLI::App* detach = cli.add_subcommand("detach", "Take the filter away, with all decisions in the kernel");
  take_config(detach);

  const std::string default_config =
      "Configuration file (default: " + config + " if there is one, else the built-in defaults)";
  std::string format;
  const auto take_logs = [&](CLI::App* command, std::vector<std::string>& files, std::string& pattern) {
    command->add_option(
        "--format", format,
        "combined, common, vhost_combined, nginx, apache, json or haproxy (default: recognised)");
    command->add_option("--pattern", pattern,
                        "With --format nginx or apache: the format of the server's configuration");
    command->add_option("FILE", files, "Access logs, '-' for standard input")->required();
  };

  CLI::App* replay = cli.add_subcommand("replay",
                                        "Say what would have been decided on these logs, and what it would "
                                        "have spared; needs no privileges");
  sluice::app::ReplayCommand replay_command;
  replay->add_option("-c,--config", replay_command.config, default_config);
  replay->add_flag("--json", replay_command.json, "One JSON object a source and line");
  replay->add_flag("--all", replay_command.all, "Also sources that nothing would have happened to");
  take_logs(replay, replay_command.files, replay_command.pattern);

  CLI::App* learn = cli.add_subcommand("learn",
                                       "Fit the scales of the heuristics to visitors whom you know, and say "
                                       "how well they do; needs no privileges");
  sluice::app::LearnCommand learn_command;
  sluice::app::LearnOptions& learn_options = learn_command.options;
  learn->add_option("-c,--config", learn_command.config, default_config);
  learn->add_option("--labels", learn_options.labels, "Who scrapes: lines of SOURCE,scraper or SOURCE,person")
      ->required();
  learn->add_option("-o,--output", learn_options.output, "Write the scales there, as a file to include");
  learn->add_flag("--force", learn_options.force, "Write over a file that is there");
  learn->add_flag("--json", learn_options.json, "One JSON object");
  take_logs(learn, learn_options.logs.files, learn_options.logs.pattern);

  sluice::app::StateCommand state;
  const auto take_state = [&](CLI::App* command, const char* description) {
    take_config(command);
    command->add_flag("--json", state.json, "One JSON object");
    command->add_option("FILE", state.file, description)->required();
  };
  CLI::App* backup = cli.add_subcommand("backup", "Copy the stored state, while sluiced runs or not");
  take_state(backup, "A new file, '-' for standard output");
  CLI::App* restore =
      cli.add_subcommand("restore", "Put a backup in the place of the stored state; sluiced must be stopped");
  take_state(restore, "What `sluiced backup` wrote");

  CLI::App* check =
      cli.add_subcommand("check-config", "Say everything that is wrong with a configuration file");
  check->add_option("FILE", config, "Configuration file")->capture_default_str();
  bool effective = false;
  check->add_flag("--effective", effective, "Show every setting in force, and where it comes from");

  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kUsage;
  }
  if (*run) {
    run_command.config = config;
    return sluice::app::run(run_command);
  }
  if (*attach) return sluice::app::attach(config, skip_missing);
  if (*detach) return sluice::app::detach(config);
  state.config = config;
  if (*backup) return sluice::app::back_up_state(state);
  if (*restore) return sluice::app::restore_state(state);
  if (*check) return sluice::app::check_config(config, effective);
  if (!format.empty()) {
    const auto parsed = sluice::intake::parse_format(format);
    if (!parsed) {
      fmt::print(stderr, "sluiced: --format: {}\n", parsed.error().message());
      return kUsage;
    }
    replay_command.format = *parsed;
    learn_options.logs.format = *parsed;
  }
  return *learn ? sluice::app::learn(learn_command) : sluice::app::replay(replay_command);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "sluiced: {}\n", error.what());
  } catch (...) {
    fmt::print(stderr, "sluiced: an exception of unknown type\n");
  }
  return kFailed;
}
