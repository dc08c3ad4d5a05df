// SPDX-License-Identifier: Apache-2.0
#include "ctl/support/support.h"

#include <array>
#include <cstdio>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {
namespace {

constexpr auto kReplaced = std::to_array<std::string_view>({
    "Every address and network, of visitors as of this host, has a pseudonym: the same address the same one "
    "within this bundle, and another in the next. Loopback stays; private addresses become private ones.",
    "So have host names, e-mail addresses, operators and this host's users, parts of paths that the "
    "configuration does not name, queries, and words with percent-encoding.",
    "The key of the pseudonyms was random and is kept nowhere.",
    "Left out are comments of the configuration, user names and passwords in URLs, reasons in operators' own "
    "words, lines of access logs that could not be read, and what is in the lists.",
});
constexpr auto kNotRemoved = std::to_array<std::string_view>({
    "Networks keep their shape: who shares a network still does. Whoever knows which pseudonym is whose, by "
    "the time of a request perhaps, can tell how near the others are to him; and what lies beside a private "
    "network keeps up to 16 leading bits.",
    "TLS fingerprints, autonomous systems and their names, times, numbers and scores of visitors stay, as "
    "decisions cannot be understood without them.",
    "User agents stay as well, with all that a visitor wrote into his but addresses, host names, e-mail "
    "addresses and paths. Whoever writes his name there is named.",
    "Names of interfaces, logs' and lists' names, groups, "
    "routes, patterns and every number of the configuration stay.",
    "A name that is no address, host, path or user of this host is not known for one. Look the files through "
    "before you send them.",
});

std::string about(const Gathered& gathered) {
  std::string text = "What `sluicectl support` gathered for a bug report.\n\nIn it:\n";
  for (const Member& member : gathered.members)
    text += fmt::format("  {:<20} {}\n", member.name, member.what);
  for (const Missing& missing : gathered.missing)
    text += fmt::format("  {:<20} is not in it: {}\n", missing.name, missing.why);
  text += "\nReplaced and left out:\n";
  for (const std::string_view sentence : kReplaced)
    text += fmt::format("  - {}\n", sentence);
  text += "\nNOT removed:\n";
  for (const std::string_view sentence : kNotRemoved)
    text += fmt::format("  - {}\n", sentence);
  return text;
}

std::string as_json(const std::string& file, const Gathered& gathered) {
  namespace json = boost::json;
  json::array members;
  for (const Member& member : gathered.members)
    members.push_back(
        json::object{{"name", member.name}, {"bytes", member.text.size()}, {"what", member.what}});
  json::array missing;
  for (const Missing& one : gathered.missing)
    missing.push_back(json::object{{"name", one.name}, {"why", one.why}});
  return json::serialize(json::object{{"file", file},
                                      {"members", std::move(members)},
                                      {"missing", std::move(missing)},
                                      {"replaced", json::array(kReplaced.begin(), kReplaced.end())},
                                      {"not_removed", json::array(kNotRemoved.begin(), kNotRemoved.end())}});
}

}  // namespace

int support(const Context& context, const SupportArguments& arguments) {
  const bool to_output = arguments.output == "-";
  if (to_output && isatty(STDOUT_FILENO) == 1)
    return fail(kUsage, "the archive is no text for a terminal: name a file with --output, or pipe it");
  if (to_output && context.json)
    return fail(kUsage, "--json says what is in the file: name one with --output");
  const WallTime now = wall_now();
  const std::string folder = fmt::format(
      "sluice-support-{:%Y%m%dT%H%M%SZ}",
      fmt::gmtime(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()));
  const std::string file = arguments.output.empty() ? folder + ".tar.gz" : arguments.output;
  Gathered gathered = gather(context, arguments, Pseudonyms::fresh());
  const std::string text = about(gathered);
  gathered.members.insert(gathered.members.begin(), {"README.txt", text, "this"});
  if (const auto written = write_archive(file, folder, gathered.members, now); !written)
    return fail(kFailed, written.error().message());
  if (context.json) {
    fmt::print("{}\n", as_json(file, gathered));
  } else {
    fmt::print(to_output ? stderr : stdout, "{}\n{} is yours alone (mode 0600); it was sent nowhere.\n", text,
               to_output ? "What was written" : file);
  }
  return kOk;
}

void add_support_commands(CLI::App& app, Run& run) {
  const auto arguments = std::make_shared<SupportArguments>();
  CLI::App* command = app.add_subcommand(
      "support", "What a bug report needs, in one file; addresses and names in it are pseudonyms");
  command
      ->add_option("-o,--output", arguments->output,
                   "A new file (default: sluice-support-TIME.tar.gz); - is standard output")
      ->type_name("FILE");
  command->add_option("--config", arguments->config, "The daemon's configuration")
      ->capture_default_str()
      ->type_name("FILE");
  command->add_option("--log", arguments->log, "The daemon's log, where it is not in the journal")
      ->type_name("FILE");
  command->add_option("--lines", arguments->lines, "So many lines of the log")
      ->capture_default_str()
      ->check(CLI::Range(0U, 100'000U))
      ->type_name("NUMBER");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return support(context, *arguments); };
  });
}

}  // namespace sluice::ctl
