// SPDX-License-Identifier: Apache-2.0
#include "ctl/decide.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "ctl/addresses.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/connected_from.h"
#include "ctl/options.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {
namespace {

using control::Action;
using control::AddressResult;
using control::DecideAnswer;
using control::DecideRequest;
using control::Outcome;
using control::UnblockAnswer;
using control::UnblockResult;

// Few enough at a time that the daemon is never away from its packets for long.
constexpr std::size_t kBatch = 250;
static_assert(kBatch <= control::kMaxAddresses);

std::string_view done_word(Action action) {
  if (action == Action::block) return "blocked";
  return action == Action::throttle ? "throttled" : "allowed";
}

bool in_effect(const AddressResult& result) {
  return result.armed && (result.outcome == Outcome::added || result.outcome == Outcome::replaced);
}

bool achieved(const AddressResult& result) {
  return in_effect(result) || (result.outcome == Outcome::kept && result.armed);
}

std::string result_text(const AddressResult& result, Action action, const Style& style, WallTime now) {
  std::string state;
  if (in_effect(result)) {
    state = style.good(done_word(action));
    if (result.until) {
      state += *result.until == kForever ? std::string(" without end") : " until " + when(*result.until, now);
    }
    if (result.outcome == Outcome::replaced) state += ", in place of an earlier decision";
  } else if (result.outcome == Outcome::refused) {
    state = style.bad("refused");
  } else if (result.outcome == Outcome::kept) {
    state = style.warning("unchanged");
  } else {
    state = style.warning("recorded, but NOT in effect");
  }
  return fmt::format("{}: {}{}{}\n", style.bold(result.address.to_string()), state,
                     result.note.empty() ? "" : ": ", printable(result.note));
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : std::string(separator)) + printable(part);
  return text;
}

std::optional<std::int64_t> whole_number(const std::string& text, std::string_view option,
                                         std::vector<std::string>& faults) {
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= control::kMaxRate) {
    return value;
  }
  faults.push_back(
      fmt::format("{}: '{}' is not a whole number from 1 to {}", option, text, control::kMaxRate));
  return std::nullopt;
}

std::optional<std::int64_t> seconds(const std::string& text, std::vector<std::string>& faults) {
  if (text.empty()) return std::nullopt;
  const auto duration = parse_duration(text);
  if (!duration) {
    faults.push_back("--for: " + duration.error().message());
  } else if (*duration < Seconds(1)) {
    faults.emplace_back("--for: must be a second or more");
  } else {
    return std::min<std::int64_t>(duration->count(), control::kMaxForSeconds);
  }
  return std::nullopt;
}

void check_reason(const std::string& reason, std::vector<std::string>& faults) {
  if (reason.size() > control::kMaxReason) {
    faults.push_back(
        fmt::format("--reason: has {} bytes, at most {} are kept", reason.size(), control::kMaxReason));
  }
  if (printable(reason) != reason) faults.emplace_back("--reason: holds control characters");
}

int usage(const std::vector<std::string>& faults) {
  for (const std::string& fault : faults)
    fail(kUsage, printable(fault));
  return fail(kUsage, "nothing was sent");
}

void add_to(DecideAnswer& /*answer*/, const DecideAnswer& /*part*/) {}
void add_to(UnblockAnswer& answer, const UnblockAnswer& part) {
  answer.ended += part.ended;
}

void add_to(control::PardonAnswer& /*answer*/, const control::PardonAnswer& /*part*/) {}

// Sends the addresses in batches and puts the answers together. When the daemon goes in between, what it had
// answered is still shown.
template <class Answer, class Request>
std::optional<Error> ask_all(const Context& context, Request request,
                             const std::vector<control::WrittenPrefix>& addresses, Answer& answer) {
  auto client = Client::connect(context.socket);
  if (!client) return client.error();
  if (addresses.empty()) {
    auto all = client->template ask<Answer>(request);
    if (!all) return all.error();
    answer = *std::move(all);
    return std::nullopt;
  }
  for (std::span<const control::WrittenPrefix> rest(addresses); !rest.empty();) {
    const auto batch = rest.first(std::min(rest.size(), kBatch));
    request.addresses.assign(batch.begin(), batch.end());
    rest = rest.subspan(batch.size());
    auto part = client->template ask<Answer>(request);
    if (!part) {
      const std::size_t answered = answer.results.size();
      if (answered == 0) return part.error();
      return part.error().in(fmt::format("after {} of {} addresses", answered, addresses.size()));
    }
    add_to(answer, *part);
    std::ranges::move(part->results, std::back_inserter(answer.results));
  }
  return std::nullopt;
}

// An answer to the question, at a terminal. Where nobody can answer it is a fault to have asked.
std::optional<int> refusal_of_wide(const DecideArguments& arguments, const Addresses& addresses,
                                   std::istream& input) {
  const std::string asked = question(arguments.action, addresses.valid);
  if (asked.empty() || arguments.yes) return std::nullopt;
  const bool is_from_input = std::ranges::find(arguments.addresses, "-") != arguments.addresses.end();
  if (is_from_input || isatty(STDIN_FILENO) != 1) {
    return fail(kUsage, fmt::format("{}nobody can answer here: --yes does", asked));
  }
  fmt::print(stderr, "{}", asked);
  std::string answer;
  std::getline(input, answer);
  if (answer == "y" || answer == "yes") return std::nullopt;
  return fail(kFailed, "nothing was sent");
}

template <class Answer>
void print(const Context& context, const Answer& answer, const std::string& text) {
  fmt::print("{}", context.json ? control::to_json(answer) + "\n" : text);
}

}  // namespace

int decide(const Context& context, const DecideArguments& arguments, std::istream& input) {
  Addresses addresses = read_addresses(arguments.addresses, input);
  std::vector<std::string> faults = std::move(addresses.faults);
  DecideRequest request;
  request.action = arguments.action;
  request.for_seconds = seconds(arguments.duration, faults);
  request.reason = arguments.reason;
  request.rate = whole_number(arguments.rate, "--rate", faults);
  request.burst = whole_number(arguments.burst, "--burst", faults);
  request.via = arguments.via;
  check_reason(arguments.reason, faults);
  if (!faults.empty()) return usage(faults);
  if (const auto refused = refusal_of_wide(arguments, addresses, input)) return *refused;
  request.connected_from = connected_from();

  DecideAnswer answer;
  const auto error = ask_all(context, std::move(request), addresses.valid, answer);
  if (!error || !answer.results.empty()) {
    print(context, answer, decide_text(answer, arguments.action, context.style, wall_now()));
  }
  if (error) return fail(kFailed, error->message());
  return std::ranges::all_of(answer.results, achieved) ? kOk : kFailed;
}

int unblock(const Context& context, const UnblockArguments& arguments, std::istream& input) {
  Addresses addresses;
  if (!arguments.addresses.empty()) addresses = read_addresses(arguments.addresses, input);
  std::vector<std::string> faults = std::move(addresses.faults);
  const bool is_for_denials = arguments.request.ends == control::Ends::denials;
  if (arguments.addresses.empty() && !(arguments.request.all && is_for_denials))
    faults.emplace_back(is_for_denials ? "name the addresses, or --all for every block and throttle there is"
                                       : "name the addresses");
  check_reason(arguments.request.reason, faults);
  if (!faults.empty()) return usage(faults);

  UnblockAnswer answer;
  const auto error = ask_all(context, arguments.request, addresses.valid, answer);
  if (!error || !answer.results.empty()) print(context, answer, unblock_text(answer, context.style));
  if (error) return fail(kFailed, error->message());
  if (addresses.valid.empty()) return kOk;
  const bool all_ended =
      std::ranges::all_of(answer.results, [](const UnblockResult& result) { return !result.ended.empty(); });
  return all_ended ? kOk : kFailed;
}

int pardon(const Context& context, const std::vector<std::string>& arguments, const std::string& reason,
           std::istream& input) {
  Addresses addresses = read_addresses(arguments, input);
  std::vector<std::string> faults = std::move(addresses.faults);
  check_reason(reason, faults);
  if (!faults.empty()) return usage(faults);
  control::PardonRequest request;
  request.reason = reason;
  control::PardonAnswer answer;
  const auto error = ask_all(context, std::move(request), addresses.valid, answer);
  if (!error || !answer.results.empty()) print(context, answer, pardon_text(answer, context.style));
  return error ? fail(kFailed, error->message()) : kOk;
}

std::string decide_text(const DecideAnswer& answer, Action action, const Style& style, WallTime now) {
  std::string text;
  std::size_t effective = 0;
  std::size_t unchanged = 0;
  std::size_t refused = 0;
  for (const AddressResult& result : answer.results) {
    text += result_text(result, action, style, now);
    if (in_effect(result)) ++effective;
    if (result.outcome == Outcome::kept) ++unchanged;
    if (result.outcome == Outcome::refused) ++refused;
  }
  if (answer.results.size() < 2) return text;
  text += fmt::format("{} {}", effective, done_word(action));
  if (unchanged > 0) text += fmt::format(", {} unchanged", unchanged);
  const std::size_t without_effect = answer.results.size() - effective - unchanged - refused;
  if (without_effect > 0) text += fmt::format(", {} recorded without effect", without_effect);
  if (refused > 0) text += fmt::format(", {} refused", refused);
  return text + "\n";
}

std::string question(Action action, const std::vector<control::WrittenPrefix>& addresses) {
  constexpr unsigned kWidestIpv4 = 16;
  constexpr unsigned kWidestIpv6 = 32;
  std::string wide;
  for (const control::WrittenPrefix& written : addresses) {
    const Prefix& prefix = written.prefix();
    const bool is_ipv4 = prefix.family() == Family::ipv4;
    if (prefix.length() >= (is_ipv4 ? kWidestIpv4 : kWidestIpv6)) continue;
    wide += fmt::format("{}{}", wide.empty() ? "" : ", ", prefix.to_string());
    if (is_ipv4) wide += fmt::format(" ({} addresses)", count(std::uint64_t{1} << (32 - prefix.length())));
  }
  return wide.empty() ? wide : fmt::format("{} {}? [y/N] ", to_text(action), wide);
}

std::string pardon_text(const control::PardonAnswer& answer, const Style& style) {
  std::string text;
  for (const control::PardonResult& result : answer.results) {
    text += fmt::format("{}: {}", style.bold(result.address.to_string()), style.good("pardoned"));
    if (!result.ended.empty()) text += ": " + joined(result.ended, "; ") + " ended";
    text += fmt::format("{} {} forgotten\n", result.ended.empty() ? ":" : ",",
                        plural(result.blocks_forgotten, "earlier block"));
    for (const std::string& cover : result.still_covered)
      text += fmt::format("  {}\n", style.warning("still " + printable(cover)));
  }
  return text;
}

std::string unblock_text(const UnblockAnswer& answer, const Style& style) {
  std::string text;
  for (const UnblockResult& result : answer.results) {
    text += fmt::format("{}: ", style.bold(result.address.to_string()));
    text += result.ended.empty() ? style.warning("nothing ended")
                                 : style.good("ended") + ": " + joined(result.ended, "; ");
    if (!result.note.empty())
      text += fmt::format("{}{}", result.ended.empty() ? ": " : ". ", printable(result.note));
    text += "\n";
    for (const std::string& cover : result.still_covered) {
      text += fmt::format("  {}\n", style.warning("still " + printable(cover)));
    }
  }
  if (answer.results.size() != 1) text += fmt::format("{} ended\n", answer.ended);
  return text;
}

namespace {

CLI::App* add_decide(CLI::App& app, Run& run, const std::shared_ptr<DecideArguments>& arguments,
                     const std::string& description) {
  CLI::App* command = app.add_subcommand(std::string(to_text(arguments->action)), description);
  command
      ->add_option("ADDRESS", arguments->addresses,
                   "Addresses and prefixes; - reads them from standard input")
      ->required();
  command->add_option("--for", arguments->duration, "How long: 45s, 15m, 4h, 7d, 1h30m")
      ->type_name("DURATION");
  command->add_option("--reason", arguments->reason, "Why, in words")->type_name("TEXT");
  command
      ->add_option("--via", arguments->via,
                   "The program that decides in your name; its decisions stand beside yours")
      ->type_name("PROGRAM");
  command->add_flag("--yes", arguments->yes, "Do not ask about networks wider than /16 or IPv6 /32");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return decide(context, *arguments, std::cin); };
  });
  return command;
}

void add_ending(CLI::App& app, Run& run, const char* name, const std::string& description) {
  const auto arguments = std::make_shared<UnblockArguments>();
  arguments->request = control::commands::Unblock::request_of(name);
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("ADDRESS", arguments->addresses, "Addresses and prefixes; - reads standard input");
  const bool may_name_none = arguments->request.ends == control::Ends::denials;
  command->add_flag("--all", arguments->request.all,
                    may_name_none
                        ? "Also what covers them or lies within; without addresses, every one there is"
                        : "Also what covers them or lies within");
  add_actor_option(*command, arguments->request.by, "Only those by: detector, operator, \"operator NAME\"",
                   "--by");
  command->add_option("--via", arguments->request.via, "Only what you decided via this program")
      ->type_name("PROGRAM");
  command->add_option("--reason", arguments->request.reason, "Why, in words")->type_name("TEXT");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) { return ctl::unblock(context, *arguments, std::cin); };
  });
}

void add_pardon(CLI::App& app, Run& run) {
  struct Arguments {
    std::vector<std::string> addresses;
    std::string reason;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("pardon", "End what stands against addresses, and forget their earlier blocks");
  command->add_option("ADDRESS", arguments->addresses, "Addresses and prefixes; - reads standard input")
      ->required();
  command->add_option("--reason", arguments->reason, "Why, in words")->type_name("TEXT");
  command->callback([&run, arguments] {
    run = [arguments](const Context& context) {
      return pardon(context, arguments->addresses, arguments->reason, std::cin);
    };
  });
}

std::shared_ptr<DecideArguments> arguments_of(Action action) {
  auto arguments = std::make_shared<DecideArguments>();
  arguments->action = action;
  return arguments;
}

}  // namespace

void add_decide_commands(CLI::App& app, Run& run) {
  add_decide(app, run, arguments_of(Action::block), "Drop the packets of addresses");
  const auto throttled = arguments_of(Action::throttle);
  CLI::App* throttle = add_decide(app, run, throttled, "Let through a few packets a second of addresses");
  throttle->add_option("--rate", throttled->rate, "Packets a second")->type_name("NUMBER");
  throttle->add_option("--burst", throttled->burst, "Packets at once")->type_name("NUMBER");
  add_decide(app, run, arguments_of(Action::allow),
             "Never touch the packets of addresses; without --for, without end");
  add_ending(app, run, "unblock", "End the blocks and throttles of exactly these addresses");
  add_ending(app, run, "disallow", "End the allows of exactly these addresses");
  add_pardon(app, run);
}

}  // namespace sluice::ctl
