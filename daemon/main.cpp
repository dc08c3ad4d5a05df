// SPDX-License-Identifier: Apache-2.0
// sluiced: arguments, exit codes (0 done, 1 failed, 2 usage), and the only catch(...). What the subcommands
// do is in app/commands/.
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/app/commands/check_config.h"
#include "daemon/app/commands/default_config.h"
#include "daemon/app/commands/filter.h"
#include "daemon/app/commands/offline.h"
#include "daemon/app/commands/rescue.h"
#include "daemon/app/commands/run.h"
#include "daemon/app/commands/state.h"
#include "daemon/intake/formats/all.h"

namespace {

using sluice::app::kDefaultConfig;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

// What the subcommands take from the command line.
struct Arguments {
  std::string config = kDefaultConfig;
  std::string format;
  sluice::app::RunCommand run;
  bool skip_missing = false;
  sluice::app::ReplayCommand replay;
  sluice::app::RecogniseCommand recognise;
  sluice::app::LearnCommand learn;
  sluice::app::TestRouteCommand test_route;
  sluice::app::RoutesCommand routes;
  sluice::app::StateCommand state;
  sluice::app::RescueCommand rescue;
  bool effective = false;
};

void take_config(CLI::App* command, Arguments& args) {
  command->add_option("-c,--config", args.config, "Configuration file")->capture_default_str();
}

void take_optional_config(CLI::App* command, std::optional<std::string>& config) {
  command->add_option(
      "-c,--config", config,
      fmt::format("Configuration file (default: {} if there is one, else the built-in defaults)",
                  kDefaultConfig));
}

void take_logs(CLI::App* command, Arguments& args, std::vector<std::string>& files, std::string& pattern) {
  command->add_option(
      "--format", args.format,
      "combined, common, vhost_combined, vhost_common, nginx, apache, json, haproxy, w3c, ingress, npm, lighttpd, "
      "alb or envoy (default: recognised)");
  command->add_option(
      "--pattern", pattern,
      "With --format nginx, apache, haproxy or w3c: the format of the server's configuration");
  command->add_option("FILE", files, "Access logs, '-' for standard input")->required();
}

CLI::App* add_run(CLI::App& cli, Arguments& args) {
  CLI::App* command =
      cli.add_subcommand("run", "Watch the logs, decide, keep the kernel's tables; until SIGTERM or SIGINT");
  take_config(command, args);
  command->add_flag("--attach", args.run.attach,
                    "Attach the filter first, and detach it at the end; needs root");
  command
      ->add_option("--ask-attach", args.run.ask_attach,
                   "Write this file when an interface needs an attach, for who may attach to see")
      ->type_name("FILE")
      ->excludes("--attach");
  return command;
}

CLI::App* add_attach(CLI::App& cli, Arguments& args) {
  CLI::App* command = cli.add_subcommand("attach",
                                         "Attach the filter, or put this version in place of an earlier one; "
                                         "it stays when the process ends");
  take_config(command, args);
  command->add_flag("--skip-missing", args.skip_missing,
                    "Leave out interfaces that are not there, with a warning");
  return command;
}

CLI::App* add_detach(CLI::App& cli, Arguments& args) {
  CLI::App* command = cli.add_subcommand("detach", "Take the filter away, with all decisions in the kernel");
  take_config(command, args);
  return command;
}

CLI::App* add_replay(CLI::App& cli, Arguments& args) {
  CLI::App* command = cli.add_subcommand("replay",
                                         "Say what would have been decided on these logs, and what it would "
                                         "have spared; needs no privileges");
  take_optional_config(command, args.replay.config);
  command->add_flag("--json", args.replay.json, "One JSON object a source and line");
  command->add_flag("--all", args.replay.all, "Also sources that nothing would have happened to");
  take_logs(command, args, args.replay.files, args.replay.pattern);
  return command;
}

CLI::App* add_recognise(CLI::App& cli, Arguments& args) {
  CLI::App* command = cli.add_subcommand(
      "recognise", "Say in which format these logs are, as lines for sluice.toml; needs no privileges");
  take_optional_config(command, args.recognise.config);
  command->add_option("FILE", args.recognise.files, "Access logs")->required();
  return command;
}

CLI::App* add_learn(CLI::App& cli, Arguments& args) {
  CLI::App* command =
      cli.add_subcommand("learn",
                         "Fit the scales of the heuristics to visitors whom you know, and say "
                         "how well they do; needs no privileges");
  sluice::app::LearnOptions& learn_options = args.learn.options;
  take_optional_config(command, args.learn.config);
  command
      ->add_option("--labels", learn_options.labels, "Who scrapes: lines of SOURCE,scraper or SOURCE,person")
      ->required();
  command->add_option("-o,--output", learn_options.output, "Write the scales there, as a file to include");
  command->add_flag("--force", learn_options.force, "Write over a file that is there");
  command->add_flag("--json", learn_options.json, "One JSON object");
  take_logs(command, args, learn_options.logs.files, learn_options.logs.pattern);
  return command;
}

CLI::App* add_test_route(CLI::App& cli, Arguments& args) {
  CLI::App* command = cli.add_subcommand(
      "test-route", "Say which route URLs belong to, whom they show, and why; needs no privileges");
  sluice::app::TestRouteOptions& options = args.test_route.options;
  take_optional_config(command, args.test_route.config);
  command->add_option("--method", options.method, "Method of the requests")->capture_default_str();
  command->add_option("--host", options.host, "Host of URLs that name none");
  command->add_flag("--json", options.json, "One JSON object a line");
  command->add_option("URL", options.urls, "/people/7, or https://example.org/people/7")->required();
  return command;
}

CLI::App* add_routes(CLI::App& cli, Arguments& args) {
  CLI::App* command =
      cli.add_subcommand("routes", "Find the pages about people in these logs; needs no privileges");
  take_optional_config(command, args.routes.config);
  CLI::Option* json = command->add_flag("--json", args.routes.json, "One JSON object");
  command->add_flag("--toml", args.routes.toml, "The routes as the configuration has them, with the evidence")
      ->excludes(json);
  command
      ->add_option("--newest", args.routes.newest_mib,
                   "Read only the last so many MiB of each file that is not compressed")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("MIB");
  take_logs(command, args, args.routes.logs.files, args.routes.logs.pattern);
  return command;
}

CLI::App* add_state(CLI::App& cli, Arguments& args, const std::string& name, const std::string& what,
                    const std::string& file) {
  CLI::App* command = cli.add_subcommand(name, what);
  take_config(command, args);
  command->add_flag("--json", args.state.json, "One JSON object");
  command->add_option("FILE", args.state.file, file)->required();
  return command;
}

CLI::App* add_rescue(CLI::App& cli, Arguments& args) {
  CLI::App* command = cli.add_subcommand(
      "rescue",
      "Let addresses in while sluiced does not run: on the kernel's tables, without it; needs root");
  take_config(command, args);
  command
      ->add_option("--for", args.rescue.for_how_long, "allow: for so long, as in 4h or 7d (default: no end)")
      ->type_name("DURATION");
  command->add_option("--reason", args.rescue.reason, "allow: why")->type_name("TEXT");
  command
      ->add_option("ACTION", args.rescue.action,
                   "unblock: ends what denies exactly these; allow: beats whatever does")
      ->required()
      ->check(CLI::IsMember({"unblock", "allow"}));
  command->add_option("ADDRESS", args.rescue.addresses, "Addresses or networks")->required();
  return command;
}

CLI::App* add_check_config(CLI::App& cli, Arguments& args) {
  CLI::App* command =
      cli.add_subcommand("check-config", "Say everything that is wrong with a configuration file");
  command->add_option("FILE", args.config, "Configuration file")->capture_default_str();
  command->add_flag("--effective", args.effective, "Show every setting in force, and where it comes from");
  return command;
}

// False: there is no such format, which was said.
bool take_format(Arguments& args) {
  if (args.format.empty()) return true;
  const auto parsed = sluice::intake::parse_format(args.format);
  if (!parsed) {
    fmt::print(stderr, "sluiced: --format: {}\n", parsed.error().message());
    return false;
  }
  args.replay.format = *parsed;
  args.learn.options.logs.format = *parsed;
  args.routes.logs.format = *parsed;
  return true;
}

int dispatch(int argc, char** argv) {
  CLI::App cli("Sluice finds who scrapes personal data from a web server and drops their packets at the NIC.",
               "sluiced");
  cli.set_version_flag("--version", "sluiced " SLUICE_VERSION);
  cli.require_subcommand(1);
  cli.footer("See sluiced(8), sluice.toml(5) and sluicectl(1).");
  Arguments args;
  const CLI::App* run = add_run(cli, args);
  const CLI::App* attach = add_attach(cli, args);
  const CLI::App* detach = add_detach(cli, args);
  const CLI::App* replay = add_replay(cli, args);
  const CLI::App* recognise = add_recognise(cli, args);
  const CLI::App* learn = add_learn(cli, args);
  const CLI::App* test_route = add_test_route(cli, args);
  const CLI::App* routes = add_routes(cli, args);
  const CLI::App* backup = add_state(cli, args, "backup", "Copy the stored state, while sluiced runs or not",
                                     "A new file, '-' for standard output");
  const CLI::App* restore = add_state(
      cli, args, "restore", "Put a backup in the place of the stored state; sluiced must be stopped",
      "What `sluiced backup` wrote");
  const CLI::App* rescue = add_rescue(cli, args);
  const CLI::App* check = add_check_config(cli, args);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kUsage;
  }
  args.run.config = args.state.config = args.rescue.config = args.config;
  if (*run) return sluice::app::run(args.run);
  if (*attach) return sluice::app::attach(args.config, args.skip_missing);
  if (*detach) return sluice::app::detach(args.config);
  if (*backup) return sluice::app::back_up_state(args.state);
  if (*restore) return sluice::app::restore_state(args.state);
  if (*rescue) return sluice::app::rescue(args.rescue);
  if (*check) return sluice::app::check_config(args.config, args.effective);
  if (*test_route) return sluice::app::test_route(args.test_route);
  if (*recognise) return sluice::app::recognise(args.recognise);
  if (!take_format(args)) return kUsage;
  if (*replay) return sluice::app::replay(args.replay);
  if (*routes) return sluice::app::find_routes(args.routes);
  return *learn ? sluice::app::learn(args.learn) : kUsage;
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
