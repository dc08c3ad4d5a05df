// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/event_publisher.h"

#include <array>
#include <string>

#include <fmt/format.h>

#include "daemon/app/operators/wire_types.h"
#include "daemon/base/clock.h"
#include "daemon/base/printable.h"

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Decision;
using decisions::Ledger;

control::Event about(const Decision& decision, control::EventKind event, bool armed) {
  control::Event told;
  told.time = wall_now();
  told.event = event;
  told.source = decision.source;
  told.action = to_wire(decision.action);
  told.armed = armed;
  told.until = decision.until;
  told.actor = to_wire(decision.actor);
  told.reason = decision.reason;
  told.score = decision.score;
  return told;
}

// The denial of the same source by somebody else that counts now, or null.
const Decision* still_denied(const Ledger& ledger, const Decision& ended) {
  const Decision* other =
      ended.action == Action::allow ? nullptr : ledger.find(ended.source, Ledger::Slot::denial);
  return other != nullptr && ledger.armed(*other) ? other : nullptr;
}

// "blocked", or where packets do not feel it "would be blocked".
std::string in_words(Action action, bool felt) {
  return fmt::format("{}{}", felt ? "" : "would be ", decisions::participle(action));
}

}  // namespace

void EventPublisher::log(const control::Event& event) {
  const auto held_back = decisions_.admit(kernel_now());
  if (!held_back) return;
  std::string text = printable(event.text);
  if (*held_back > 0) text += fmt::format(" (and {} before it that had no line)", *held_back);
  const std::string until = event.until ? format_time(*event.until) : std::string();
  const std::string reason = printable(event.reason);
  const std::string score = fmt::format("{:.1f}", event.score);
  const std::string source = event.source.to_string();
  const std::string actor = event.actor.to_string();
  const std::array fields{JournalField{"SLUICE_EVENT", to_text(event.event)},
                          JournalField{"SLUICE_SOURCE", source},
                          JournalField{"SLUICE_ACTION", to_text(event.action)},
                          JournalField{"SLUICE_ARMED", event.armed ? "1" : "0"},
                          JournalField{"SLUICE_UNTIL", until},
                          JournalField{"SLUICE_ACTOR", actor},
                          JournalField{"SLUICE_REASON", reason},
                          JournalField{"SLUICE_SCORE", score}};
  log_event(text, fields);
}

void EventPublisher::announce(control::EventKind event, std::string_view text) {
  control::Event told;
  told.time = wall_now();
  told.event = event;
  told.text = text;
  events_.send(told);
}

void EventPublisher::begin(const Decision& decision, bool armed) {
  const bool is_denial = decision.action != Action::allow;
  const Decision* allow = is_denial ? ledger_.allow_over(decision.source) : nullptr;
  const Decision* stricter = is_denial ? ledger_.find(decision.source, Ledger::Slot::denial) : nullptr;
  if (stricter != nullptr && (!ledger_.armed(*stricter) || stricter->action <= decision.action))
    stricter = nullptr;
  const bool felt = armed && allow == nullptr && stricter == nullptr;
  control::Event event = about(decision, control::EventKind::decision, felt);
  event.text =
      fmt::format("{} {} until {} by {}: {}", decision.source.to_string(), in_words(decision.action, felt),
                  format_time(decision.until), to_string(decision.actor), decision.reason);
  if (!armed)
    event.text += decision.forwarded ? " (it comes through a trusted proxy: not armed)"
                                     : " (mode = \"observe\": nothing is armed)";
  if (allow != nullptr) {
    event.text += fmt::format(" (while {} is allowed)", allow->source.to_string());
  } else if (stricter != nullptr) {
    event.text +=
        fmt::format(" (while the {} by {} stands)", to_string(stricter->action), to_string(stricter->actor));
  }
  log(event);
  events_.send(event);
}

void EventPublisher::end(const Decision& decision, const decisions::End& how) {
  if (how.ending == decisions::Ending::replaced) return;  // its successor was told of just before
  control::Event event = about(decision, control::EventKind::ended, false);
  event.text = fmt::format("{} no longer {} by {}: {}", decision.source.to_string(),
                           in_words(decision.action, ledger_.armed(decision)), to_string(decision.actor),
                           to_string(how.ending));
  if (const Decision* other = still_denied(ledger_, decision)) {
    event.text += fmt::format(" (still {} by {})", participle(other->action), to_string(other->actor));
  }
  log(event);
  events_.send(event);
}

void EventPublisher::on_finding(const detection::Finding& finding, Action calls_for) {
  control::Event event;
  event.time = wall_now();
  event.event = control::EventKind::finding;
  event.source = finding.source;
  event.action = to_wire(calls_for);
  event.actor.kind = control::ActorKind::detector;
  event.score = finding.score;
  for (const detection::Signal& signal : finding.signals) {
    if (!event.reason.empty()) event.reason += "; ";
    event.reason += signal.text;
  }
  event.text = fmt::format("{} scores {:.1f}: {}", finding.source.to_string(), event.score, event.reason);
  spdlog::debug("{}", printable(event.text));
  events_.send(event);
}

void EventPublisher::on_refusal(const Decision& decision, const Error& error) {
  control::Event event = about(decision, control::EventKind::refused, false);
  event.text = fmt::format("{} is not {}: {}", decision.source.to_string(), in_words(decision.action, true),
                           error.message());
  if (const auto held_back = refusals_.admit(kernel_now())) {
    spdlog::warn("{}{}", printable(event.text),
                 *held_back > 0 ? fmt::format(" (and {} like it)", *held_back) : "");
  }
  events_.send(event);
}

void EventPublisher::on_block(const detection::BlockHistory& history) {
  store_.remember(history);
}

// A history without blocks is too old to be kept: the store deletes it when it is read next.
void EventPublisher::on_pardon(const Prefix& source) {
  store_.remember(detection::BlockHistory{source, 0, {}});
}

}  // namespace sluice::app
