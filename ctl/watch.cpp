// SPDX-License-Identifier: Apache-2.0
#include "ctl/watch.h"

#include <cerrno>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/interrupts.h"
#include "daemon/base/time.h"

namespace sluice::ctl {
namespace {

Result<std::string> shown(const std::string& line, const Context& context) {
  std::string text;
  if (control::is_frame_message(line)) {
    const auto frame = control::parse_frame(line);
    if (!frame) return frame.error();
    text = context.json ? control::to_json(*frame) : frame_text(*frame, context.style);
  } else {
    const auto event = control::parse_event(line);
    if (!event) return event.error();
    text = context.json ? control::to_json(*event) : event_text(*event, context.style);
  }
  return {boost::system::in_place_value, std::move(text)};
}

// "203.0.113.9:40000", or the address alone.
std::string endpoint(const control::OrEmpty<Address>& address, const std::optional<std::int64_t>& port) {
  if (!address || !port) return address.to_string();
  return address->family() == Family::ipv4 ? fmt::format("{}:{}", address->to_string(), *port)
                                           : fmt::format("[{}]:{}", address->to_string(), *port);
}

}  // namespace

int watch(const Context& context, control::FrameKind frames) {
  const auto interrupts = catch_interrupts();
  if (!interrupts) return fail(kFailed, interrupts.error().message());
  auto client = Client::connect(context.socket);
  if (!client) return fail(kFailed, client.error().message());
  const auto answer = client->ask<control::VersionAnswer>(control::WatchRequest{frames});
  if (!answer) return fail(kFailed, answer.error().message());

  while (true) {
    const auto line = client->next_event(*interrupts);
    if (!line) return fail(kFailed, line.error().message());
    if (!*line) return kOk;
    const auto text = shown(**line, context);
    if (!text) return fail(kFailed, text.error().message());
    fmt::print("{}\n", *text);
    if (std::fflush(stdout) != 0) return fail(kFailed, Error::system("standard output", errno).message());
  }
}

std::string event_text(const control::Event& event, const Style& style) {
  const bool denial = event.action == control::Action::block || event.action == control::Action::throttle;
  const bool is_decision = event.event == control::EventKind::decision;
  const std::string_view kind = to_text(event.event);
  std::string text = fmt::format("{}  ", style.faint(local_time(event.time)));
  if (is_decision && denial && event.armed) {
    text += style.bad(kind);
  } else {
    text += style.bold(kind);
  }
  if (is_decision && !event.armed) text += style.warning(" (not in effect)");
  return text + "  " + printable(event.text);
}

std::string frame_text(const control::Frame& frame, const Style& style) {
  const std::string flow = !frame.source ? std::string("a frame without a whole IP header")
                                         : fmt::format("{} to {}", endpoint(frame.source, frame.source_port),
                                                       endpoint(frame.destination, frame.destination_port));
  return fmt::format("{}  {}  {}, {}, {}, {}", style.faint(local_time(frame.time)), style.bold("packet"),
                     printable(frame.reason), printable(flow), plural(frame.bytes, "byte"),
                     printable(frame.interface));
}

void add_watch_commands(CLI::App& app, Run& run) {
  const auto drops = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("watch", "Events as they happen, until Ctrl-C");
  command->add_flag("--drops", *drops, "Dropped packets too, a few a second");
  command->callback([&run, drops] {
    run = [drops](const Context& context) {
      return watch(context, *drops ? control::FrameKind::samples : control::FrameKind::unset);
    };
  });
}

}  // namespace sluice::ctl
