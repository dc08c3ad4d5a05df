// SPDX-License-Identifier: Apache-2.0
#include "ctl/explain.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "daemon/base/clock.h"

namespace sluice::ctl {
namespace {

using control::Action;
using control::DecisionDetail;
using control::DecisionRow;
using control::ExplainAnswer;
using control::SignalRow;
using control::SourceDetail;
using control::Verdict;

// What happens to the packets, which is what the reader came for.
std::string verdict_text(const ExplainAnswer& answer, const Style& style) {
  const std::string address = style.bold(answer.address.to_string());
  if (answer.verdict == Verdict::drop && !answer.still_served.empty())
    return fmt::format("{} is {}: {}\n", address, style.bad("blocked in name only"), answer.still_served);
  if (answer.verdict == Verdict::drop)
    return fmt::format("{} is {}: its packets are dropped.\n", address, style.bad("blocked"));
  if (answer.verdict == Verdict::throttle) {
    return fmt::format("{} is {}: its packets beyond the rate are dropped.\n", address,
                       style.warning("throttled"));
  }
  const bool allowed = !answer.in_force.empty() && answer.in_force.front().decision.action == Action::allow;
  if (allowed)
    return fmt::format("{} is {}: its packets pass whatever else is decided.\n", address,
                       style.good("allowed"));
  if (answer.list && answer.list->action == control::ListAction::allow)
    return fmt::format("{} {}: a list allows it.\n", address, style.good("passes"));
  if (answer.denied_within > 0) {
    return fmt::format("{} {} as a whole, but {} addresses or networks within it are {}.\n", address,
                       style.good("passes"), answer.denied_within, style.bad("denied"));
  }
  if (answer.in_force.empty()) {
    return fmt::format("{} {}: no decision is in force for it.\n", address, style.good("passes"));
  }
  std::string text = fmt::format("{} {}: no decision for it is in effect", address, style.good("passes"));
  if (answer.mode == control::Mode::observe) text += ", as the mode is observe";
  return text + ".\n";
}

std::string done_word(const DecisionRow& decision) {
  if (decision.action == Action::block) return "Block";
  if (decision.action == Action::throttle) {
    return fmt::format("Throttle to {} a second (burst {})",
                       plural(static_cast<std::uint64_t>(decision.rate), "packet"), decision.burst);
  }
  return decision.action == Action::allow ? "Allow" : std::string(to_text(decision.action));
}

std::string within_text(const ExplainAnswer& answer, WallTime now) {
  std::string text;
  for (const DecisionRow& row : answer.within) {
    text += fmt::format("  {} {} by {}, until {}\n", to_text(row.action), row.source.to_string(),
                        printable(row.actor.to_string()), when(row.until, now));
  }
  if (answer.denied_within > answer.within.size())
    text += fmt::format("  and {} more\n", answer.denied_within - answer.within.size());
  return text;
}

// Why less than its weight counts.
std::string reduction_text(const SignalRow& signal) {
  if (signal.counted > 0)
    return fmt::format("weighs {}; what only supports counts up to a limit together", number(signal.weight));
  return fmt::format("weighs {}; other signals of {} say it already", number(signal.weight), signal.cause);
}

std::string signals_text(const std::vector<SignalRow>& signals, std::size_t indent, const Style& style) {
  Table table({{""}, {""}, {""}}, indent);
  for (const SignalRow& signal : signals) {
    std::string numbers;
    for (const control::NumberRow& entry : signal.numbers) {
      numbers += fmt::format("{}{} {}", numbers.empty() ? "" : ", ", entry.name, number(entry.value));
    }
    std::string text = numbers.empty() ? signal.text : fmt::format("{} ({})", signal.text, numbers);
    if (signal.counted < signal.weight) text += fmt::format(" [{}]", reduction_text(signal));
    table.add({"+" + number(signal.counted), signal.heuristic, std::move(text)});
  }
  return table.text(style);
}

std::string cost_text(const DecisionRow& decision) {
  const std::string amount =
      fmt::format("{} ({})", plural(decision.packets, "packet"), bytes(decision.bytes));
  if (decision.action == Action::allow) return fmt::format("It has let through {}.", amount);
  if (!decision.armed) return "It is not in effect and costs no packets now.";
  return decision.packets == 0 ? "It has cost no packet yet." : fmt::format("It has cost {} so far.", amount);
}

std::string decision_text(const DecisionDetail& detail, const Style& style, WallTime now) {
  const DecisionRow& decision = detail.decision;
  std::string text = fmt::format("\n{} of {} by {}{}\n", style.bold(done_word(decision)),
                                 decision.source.to_string(), printable(decision.actor.to_string()),
                                 decision.armed ? "" : style.warning(", NOT in effect"));
  text += fmt::format("  since {}\n", when(decision.since, now));
  text +=
      decision.until == kForever ? "  without end\n" : fmt::format("  until {}\n", when(decision.until, now));
  if (!decision.reason.empty()) text += fmt::format("  because {}\n", printable(decision.reason));
  if (!detail.signals.empty()) {
    text += fmt::format("  The signals at that time, together {}:\n", number(decision.score));
    text += signals_text(detail.signals, 4, style);
  }
  if (detail.requests_before > 0) {
    text += fmt::format("  Before it: {}, of which {}, with the data of {}.\n",
                        plural(detail.requests_before, "request"), plural(detail.pages_before, "page"),
                        plural(detail.subjects_before, "person", "people"));
  }
  return text + fmt::format("  {}\n", cost_text(decision));
}

std::string known_text(const ExplainAnswer& answer, const Style& style, WallTime now) {
  const std::string held =
      answer.source == answer.address ? "" : fmt::format(", held against {}", answer.source.to_string());
  std::string text = fmt::format("\n{}{}\n", style.bold("What it does now"), held);
  if (!answer.known)
    return text + "  It has not been seen in the access logs, or it has been forgotten since.\n";
  const SourceDetail& known = *answer.known;
  text += fmt::format("  First seen {}, last seen {}.\n", when(known.first_seen, now),
                      when(known.last_seen, now));
  text += fmt::format("  {}, {} with the data of {}; {} in the last minute.\n",
                      plural(known.requests, "request"), plural(known.pages, "page"),
                      plural(known.subjects, "person", "people"), plural(known.pages_per_minute, "page"));
  if (!known.agent_class.empty()) {
    text +=
        fmt::format("  It calls itself {} ({}).\n",
                    known.user_agent.empty() ? "nothing" : fmt::format("\"{}\"", printable(known.user_agent)),
                    printable(known.agent_class));
  }
  if (!known.system.empty()) text += fmt::format("  It belongs to {}.\n", printable(known.system));
  if (!known.fingerprint.empty())
    text += fmt::format("  Its TLS fingerprint is {}.\n", printable(known.fingerprint));
  if (!known.exempt.empty()) return text + fmt::format("  It is left alone: {}.\n", printable(known.exempt));
  if (!known.crawler.empty()) text += fmt::format("  It {}.\n", printable(known.crawler));
  text += fmt::format("  Its score is {} (throttled from {}, blocked from {}){}\n", number(known.score),
                      number(answer.throttle_score), number(answer.block_score),
                      known.signals.empty() ? "; no heuristic has anything against it." : ":");
  return text + signals_text(known.signals, 4, style);
}

std::string what_would_change_text(const ExplainAnswer& answer, const Style& style) {
  std::string text = fmt::format("\n{}\n", style.bold("What would change this"));
  for (const std::string& sentence : answer.what_would_change)
    text += fmt::format("  - {}\n", printable(sentence));
  return text;
}

}  // namespace

int explain(const Context& context, const std::string& address) {
  const auto prefix = control::WrittenPrefix::parse(address);
  if (!prefix) return fail(kUsage, printable(prefix.error().message()));
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  const auto answer = client->ask<ExplainAnswer>(control::ExplainRequest{*prefix});
  if (!answer) return fail(kFailed, answer.error().message());
  fmt::print("{}", context.json ? control::to_json(*answer) + "\n"
                                : explain_text(*answer, context.style, wall_now()));
  return kOk;
}

std::string explain_text(const ExplainAnswer& answer, const Style& style, WallTime now) {
  std::string text = verdict_text(answer, style);
  text += within_text(answer, now);
  for (const DecisionDetail& detail : answer.in_force)
    text += decision_text(detail, style, now);
  if (answer.list) {
    text += fmt::format("\n{}\n  {} ({}) counts, of the lists that hold it{}.\n", style.bold("Lists"),
                        printable(answer.list->name), to_text(answer.list->action),
                        answer.in_force.empty() ? "" : "; a decision in effect counts before it");
    if (!answer.list->why.empty()) text += fmt::format("  {}\n", printable(answer.list->why));
    if (answer.list->until) text += fmt::format("  until {}\n", when(*answer.list->until, now));
  }
  text += known_text(answer, style, now);
  if (!answer.what_would_change.empty()) text += what_would_change_text(answer, style);
  if (answer.denied_before == 0) return text;
  return text + fmt::format("\nIt was denied {} before{}: sluicectl history {}\n",
                            plural(answer.denied_before, "time"),
                            answer.last_ended ? "; the last ended " + when(*answer.last_ended, now) : "",
                            answer.address.to_string());
}

void add_explain_commands(CLI::App& app, Run& run) {
  const auto address = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("explain", "What is in force for an address, and why");
  command->add_option("ADDRESS", *address, "An address or prefix")->required();
  command->callback(
      [&run, address] { run = [address](const Context& context) { return explain(context, *address); }; });
}

}  // namespace sluice::ctl
