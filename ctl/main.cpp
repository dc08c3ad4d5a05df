// SPDX-License-Identifier: Apache-2.0
// sluicectl: what an operator types. Reads the arguments, hands each command to its file; see sluicectl(1).
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "ctl/audit.h"
#include "ctl/capture.h"
#include "ctl/context.h"
#include "ctl/daemon.h"
#include "ctl/decide.h"
#include "ctl/doctor.h"
#include "ctl/explain.h"
#include "ctl/export.h"
#include "ctl/import.h"
#include "ctl/list.h"
#include "ctl/lists.h"
#include "ctl/setup/setup.h"
#include "ctl/support/support.h"
#include "ctl/top.h"
#include "ctl/watch.h"

namespace sluice::ctl {
namespace {

constexpr auto kDefaultSocket = "/run/sluice/control.sock";

struct Arguments {
  Context context{kDefaultSocket, false, Style()};
  DecideArguments decide;
  std::vector<std::string> unblock;
  control::ListRequest list;
  control::RefreshRequest refresh;
  std::vector<std::string> test_lists;
  std::string explain;
  bool watch_drops = false;
  CaptureArguments capture;
  SetupArguments setup;
  ExportArguments exported;
  ImportArguments imported;
  AuditArguments audit;
  TopArguments top;
  SupportArguments support;
};

// Colour is for people at a terminal who have not asked to be spared (https://no-color.org).
bool want_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

CLI::App* add_decide(CLI::App& app, Arguments& arguments, const char* action, const char* description) {
  CLI::App* command = app.add_subcommand(action, description);
  command
      ->add_option("ADDRESS", arguments.decide.addresses,
                   "Addresses and prefixes; - reads them from standard input")
      ->required();
  command->add_option("--for", arguments.decide.duration, "How long: 45s, 15m, 4h, 7d, 1h30m")
      ->type_name("DURATION");
  command->add_option("--reason", arguments.decide.reason, "Why, in words")->type_name("TEXT");
  command->callback([&arguments, action] { arguments.decide.action = action; });
  return command;
}

CLI::App* add_export(CLI::App& app, ExportArguments& arguments) {
  CLI::App* command = app.add_subcommand("export", "The decisions in force, for import or for others");
  command->add_option("--format", arguments.format, "json, csv, or plain: the addresses that are blocked")
      ->capture_default_str()
      ->check(CLI::IsMember({"json", "csv", "plain"}))
      ->type_name("FORMAT");
  command->add_option("--action", arguments.filter.action, "Only these")
      ->check(CLI::IsMember({"allow", "throttle", "challenge", "block"}));
  command->add_option("--actor", arguments.filter.actor, "Only by: detector, operator, \"operator NAME\"")
      ->type_name("WHO");
  return command;
}

CLI::App* add_import(CLI::App& app, ImportArguments& arguments) {
  CLI::App* command = app.add_subcommand("import", "Decisions that were made elsewhere");
  command->add_option("FILE", arguments.file, "An export, or addresses; - is standard input")
      ->capture_default_str();
  command->add_option("--format", arguments.format, "auto, json, csv, plain, fail2ban, crowdsec")
      ->capture_default_str()
      ->type_name("FORMAT");
  command->add_option("--action", arguments.action, "Decide this, whatever denial the text says")
      ->check(CLI::IsMember({"block", "throttle", "allow"}));
  command->add_option("--for", arguments.duration, "How long, whatever the text says: 15m, 4h, 7d")
      ->type_name("DURATION");
  command->add_option("--reason", arguments.reason, "Why, whatever the text says")->type_name("TEXT");
  command->add_flag("--dry-run", arguments.dry_run, "Say what would become of it, and do nothing");
  return command;
}

CLI::App* add_audit(CLI::App& app, AuditArguments& arguments) {
  CLI::App* command = app.add_subcommand("audit", "Who changed what");
  command->add_option("--since", arguments.since, "Not before: 2h, 7d, or an RFC 3339 time")
      ->type_name("TIME");
  command->add_flag("--verify", arguments.verify, "Say whether the log is whole, and its last hash");
  command->add_option("--expect", arguments.expect, "With --verify: a hash noted earlier must be in it")
      ->type_name("HASH");
  return command;
}

CLI::App* add_support(CLI::App& app, SupportArguments& arguments) {
  CLI::App* command = app.add_subcommand(
      "support", "What a bug report needs, in one file; addresses and names in it are pseudonyms");
  command
      ->add_option("-o,--output", arguments.output,
                   "A new file (default: sluice-support-TIME.tar.gz); - is standard output")
      ->type_name("FILE");
  command->add_option("--config", arguments.config, "The daemon's configuration")
      ->capture_default_str()
      ->type_name("FILE");
  command->add_option("--log", arguments.log, "The daemon's log, where it is not in the journal")
      ->type_name("FILE");
  command->add_option("--lines", arguments.lines, "So many lines of the log")
      ->capture_default_str()
      ->check(CLI::Range(0U, 100'000U))
      ->type_name("NUMBER");
  return command;
}

int run(int argc, char** argv) {
  Arguments arguments;
  arguments.context.style = Style(want_colour());

  CLI::App app("Commands the scraping filter sluiced on this host.", "sluicectl");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--socket", arguments.context.socket, "The daemon's socket")
      ->capture_default_str()
      ->type_name("PATH");
  app.add_flag("--json", arguments.context.json,
               "Answers as JSON: one object, of list, lists, doctor and watch one a line");

  CLI::App* status_command = app.add_subcommand("status", "What the daemon does and what is wrong");
  CLI::App* doctor_command = app.add_subcommand(
      "doctor",
      "Whatever could make protection absent, and what to do about it; status 1 if anything is wrong");
  add_decide(app, arguments, "block", "Drop the packets of addresses");
  CLI::App* throttle =
      add_decide(app, arguments, "throttle", "Let through a few packets a second of addresses");
  throttle->add_option("--rate", arguments.decide.rate, "Packets a second")->type_name("NUMBER");
  throttle->add_option("--burst", arguments.decide.burst, "Packets at once")->type_name("NUMBER");
  add_decide(app, arguments, "allow", "Never touch the packets of addresses; without --for, without end");
  CLI::App* unblock_command =
      app.add_subcommand("unblock", "Take back what stands for exactly these addresses");
  unblock_command->add_option("ADDRESS", arguments.unblock, "Addresses and prefixes; - reads standard input")
      ->required();
  CLI::App* list_command = app.add_subcommand("list", "The decisions in force");
  list_command->add_option("ADDRESS", arguments.list.source, "Only those that cover it or lie within it");
  list_command->add_option("--action", arguments.list.action, "Only these")
      ->check(CLI::IsMember({"allow", "throttle", "challenge", "block"}));
  list_command
      ->add_option("--actor", arguments.list.actor, "Only by: detector, operator, \"operator NAME\", list")
      ->type_name("WHO");
  CLI::App* lists_command =
      app.add_subcommand("lists", "The lists of the configuration and what they were hit with");
  CLI::App* refresh_command = lists_command->add_subcommand("refresh", "Ask the sources of lists now");
  refresh_command->add_option("NAME", arguments.refresh.names, "Of these lists; of all without");
  refresh_command->add_flag("--force", arguments.refresh.force,
                            "Take a list although it shrank, and whether or not it changed");
  CLI::App* test_command =
      lists_command->add_subcommand("test", "Which lists hold addresses; exit status 1 where one is in none");
  test_command->add_option("ADDRESS", arguments.test_lists, "Addresses and prefixes; - reads standard input")
      ->required();
  CLI::App* explain_command = app.add_subcommand("explain", "What is in force for an address, and why");
  explain_command->add_option("ADDRESS", arguments.explain, "An address or prefix")->required();
  CLI::App* watch_command = app.add_subcommand("watch", "Events as they happen, until Ctrl-C");
  watch_command->add_flag("--drops", arguments.watch_drops, "Dropped packets too, a few a second");
  CLI::App* top_command = app.add_subcommand("top", "What is going on, on one screen, until q or Ctrl-C");
  top_command->add_option("--interval", arguments.top.interval, "How often it is drawn anew: 1s to 1m")
      ->capture_default_str()
      ->type_name("DURATION");
  top_command->add_flag("--once", arguments.top.once, "One screen as text, and an end");
  CLI::App* capture_command = app.add_subcommand("capture", "Dropped frames as a pcapng file");
  capture_command->add_option("-o,--output", arguments.capture.file, "A new file; - is standard output")
      ->capture_default_str()
      ->type_name("FILE");
  capture_command->add_option("--frames", arguments.capture.frames, "At most so many; 0 is no end")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber)
      ->type_name("NUMBER");
  capture_command->add_option("--for", arguments.capture.duration, "At most so long: 30s, 5m")
      ->type_name("DURATION");
  CLI::App* export_command = add_export(app, arguments.exported);
  CLI::App* import_command = add_import(app, arguments.imported);
  CLI::App* audit_command = add_audit(app, arguments.audit);
  CLI::App* reload_command = app.add_subcommand("reload", "Read the configuration again, if it has no fault");
  CLI::App* setup_command =
      app.add_subcommand("setup", "Look at this host and propose a configuration; asks the daemon nothing");
  setup_command->add_option("--file", arguments.setup.file, "The configuration")
      ->capture_default_str()
      ->type_name("FILE");
  setup_command->add_flag("--yes", arguments.setup.yes, "Write it without asking");
  CLI::App* support_command = add_support(app, arguments.support);
  CLI::App* version_command = app.add_subcommand("version", "The versions of sluicectl and of the daemon");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 numbers its errors; ours is 2 for all, and 0 where help was asked for.
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  const Context& context = arguments.context;
  if (*status_command) return status(context);
  if (*doctor_command) return doctor(context);
  if (*unblock_command) return unblock(context, arguments.unblock, std::cin);
  if (*list_command) return list(context, arguments.list);
  if (*refresh_command) return refresh_lists(context, arguments.refresh);
  if (*test_command) return test_lists(context, arguments.test_lists, std::cin);
  if (*lists_command) return lists(context);
  if (*explain_command) return explain(context, arguments.explain);
  if (*watch_command) return watch(context, arguments.watch_drops ? "samples" : "");
  if (*top_command) return top(context, arguments.top);
  if (*capture_command) return capture(context, arguments.capture);
  if (*export_command) return export_decisions(context, arguments.exported);
  if (*import_command) return import_decisions(context, arguments.imported, std::cin);
  if (*audit_command) return audit(context, arguments.audit);
  if (*reload_command) return reload(context);
  if (*setup_command) return setup(context, arguments.setup);
  if (*support_command) return support(context, arguments.support);
  if (*version_command) return version(context);
  return decide(context, arguments.decide, std::cin);
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
