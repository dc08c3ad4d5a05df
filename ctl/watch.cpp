// SPDX-License-Identifier: Apache-2.0
#include "ctl/watch.h"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <sys/signalfd.h>

#include "ctl/client.h"
#include "daemon/base/time.h"

namespace sluice::ctl {
namespace {

// Readable when the operator wants an end. The signals stay blocked: the process ends with the command.
Result<UniqueFd> catch_interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return Error::system("sigprocmask", errno);
  UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC));
  if (!fd) return Error::system("signalfd", errno);
  return fd;
}

}  // namespace

int watch(const Context& context) {
  const auto interrupts = catch_interrupts();
  if (!interrupts) return fail(kFailed, interrupts.error().message());
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  const auto answer = client->ask<control::VersionAnswer>(control::WatchRequest{});
  if (!answer) return fail(kFailed, answer.error().message());

  while (true) {
    const auto line = client->next_event(*interrupts);
    if (!line) return fail(kFailed, line.error().message());
    if (!*line) return kOk;
    const auto event = control::parse_event(**line);
    if (!event) return fail(kFailed, event.error().message());
    fmt::print("{}\n", context.json ? control::to_json(*event) : event_text(*event, context.style));
    if (std::fflush(stdout) != 0) return fail(kFailed, Error::system("standard output", errno).message());
  }
}

std::string event_text(const control::Event& event, const Style& style) {
  const bool denial = event.action == "block" || event.action == "throttle";
  const std::string kind = printable(event.event);
  std::string text = fmt::format("{}  ", style.faint(local_time(event.time)));
  if (event.event == "decision" && denial && event.armed) {
    text += style.bad(kind);
  } else {
    text += style.bold(kind);
  }
  if (event.event == "decision" && !event.armed) text += style.warning(" (not in effect)");
  return text + "  " + printable(event.text);
}

}  // namespace sluice::ctl
