// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"

namespace sluice::ctl {

using control::CheckRow;
using control::CheckState;

std::vector<CheckRow> examine(const Context& context) {
  const auto unheard = [](const Error& error) {
    return std::vector<CheckRow>{{"daemon", CheckState::critical,
                                  fmt::format("sluiced cannot be asked: {}.", error.message()),
                                  "What was decided stays in force in the kernel until it ends, and nobody "
                                  "new is found. `systemctl status "
                                  "sluiced`, `journalctl -u sluiced`, `sluiced check-config`."}};
  };
  auto client = Client::connect(context.socket);
  if (!client) return unheard(client.error());
  // Sooner than other commands give up: a daemon that hangs is what this looks for.
  constexpr std::chrono::seconds kWait{5};
  auto answer = client->ask<control::StatusAnswer>(control::StatusRequest{}, kWait);
  if (!answer) return unheard(answer.error());
  answer->checks.insert(answer->checks.begin(),
                        {"daemon", CheckState::ok, fmt::format("sluiced {} answers.", answer->version), ""});
  return std::move(answer->checks);
}

namespace {

bool is_wrong(const CheckRow& row) {
  return is_fault(row.state);
}

std::string coloured(CheckState state, std::string_view text, const Style& style) {
  if (state == CheckState::ok) return style.good(text);
  return state == CheckState::critical ? style.bad(text) : style.warning(text);
}

}  // namespace

int doctor(const Context& context) {
  const std::vector<CheckRow> checks = examine(context);
  if (context.json) {
    for (const CheckRow& row : checks)
      fmt::print("{}\n", control::to_json(row));
  } else {
    fmt::print("{}", doctor_text(checks, context.style));
  }
  return std::ranges::any_of(checks, is_wrong) ? kFailed : kOk;
}

std::string doctor_text(const std::vector<CheckRow>& checks, const Style& style) {
  std::string text;
  for (const CheckRow& row : checks) {
    text += fmt::format("{} {:<8} {}\n", coloured(row.state, fmt::format("{:<8}", to_text(row.state)), style),
                        printable(row.area), printable(row.text));
    if (!row.example.empty()) text += fmt::format("{:>18}{}\n", "as in ", printable(row.example));
    if (!row.remedy.empty()) text += fmt::format("{:>18}{}\n", "-> ", printable(row.remedy));
  }
  const auto faults = static_cast<std::uint64_t>(std::ranges::count_if(checks, is_wrong));
  return text + (faults == 0 ? "\nNothing is wrong.\n"
                             : fmt::format("\n{}\n",
                                           style.bad(plural(faults, "thing is", "things are") + " wrong.")));
}

void add_doctor_commands(CLI::App& app, Run& run) {
  app.add_subcommand(
         "doctor",
         "Whatever could make protection absent, and what to do about it; status 1 if anything is wrong")
      ->callback([&run] { run = doctor; });
}

}  // namespace sluice::ctl
