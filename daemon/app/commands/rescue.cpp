// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/commands/rescue.h"

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "daemon/app/commands/outcome.h"
#include "daemon/app/run/kernel_tables.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/printable.h"
#include "daemon/control/protocol/values.h"
#include "daemon/store/rescue_notes.h"

namespace sluice::app {
namespace {

using decisions::Action;
using Slot = decisions::Ledger::Slot;
using store::RescueNote;

constexpr std::string_view kRescueReason = "sluiced rescue";

Error busy(const RescueCommand& command) {
  return Error(fmt::format(
      "sluiced runs, and would not know of it: `sluicectl {} {}` does the same. If it does not answer, stop it first "
      "(systemctl stop sluiced); the filter stays in force",
      command.action, fmt::join(command.addresses, " ")));
}

// What is to be done for one address.
decisions::Decision decision_of(const RescueNote& note) {
  decisions::Decision decision;
  decision.source = note.source;
  decision.action = note.kind == RescueNote::Kind::allow ? Action::allow : Action::block;
  decision.since = note.time;
  decision.until = note.until;
  decision.reason = note.reason;
  decision.actor = {decisions::ActorKind::operator_, note.name};
  return decision;
}

class Rescue {
 public:
  explicit Rescue(kernel::VerdictTable& verdicts) : verdicts_(verdicts) {}

  [[nodiscard]] Result<void> carry_out(const RescueNote& note) {
    return note.kind == RescueNote::Kind::allow ? allow(note) : unblock(note);
  }

 private:
  [[nodiscard]] Result<void> allow(const RescueNote& note) {
    if (auto done = verdicts_.put(decision_of(note), true); !done) return done;
    fmt::print("{}: allowed {}: its packets pass whatever else is decided or listed\n",
               note.source.to_string(),
               note.until == kForever ? "without end" : "until " + format_time(note.until));
    return {};
  }

  [[nodiscard]] Result<void> unblock(const RescueNote& note) {
    const auto before = verdicts_.usage(note.source, Slot::denial);
    if (!before) return before.error();
    if (*before) {
      verdicts_.remove(decision_of(note));
      const auto after = verdicts_.usage(note.source, Slot::denial);
      if (!after) return after.error();
      if (*after) return Error(fmt::format("{}: it could not be taken out", note.source.to_string()));
    }
    fmt::print("{}: {}\n", note.source.to_string(),
               *before ? "no longer denied" : "nothing was decided for exactly this");
    return say_what_covers(note.source);
  }

  [[nodiscard]] Result<void> say_what_covers(const Prefix& source) {
    for (unsigned length = 0; length < source.length(); ++length) {
      const Prefix wider(source.address(), length);
      const auto found = verdicts_.usage(wider, Slot::denial);
      if (!found) return found.error();
      if (*found)
        fmt::print("{}: still denied as a part of {}: unblock that, or allow {}\n", source.to_string(),
                   wider.to_string(), source.to_string());
    }
    return {};
  }

  kernel::VerdictTable& verdicts_;
};

// A bare IPv6 address stands for its network, as everywhere in Sluice.
Result<Prefix> source_of(const std::string& text, unsigned ipv6_length) {
  const auto written = control::WrittenPrefix::parse(text);
  if (!written) return written.error();
  const Prefix& prefix = written->prefix();
  if (written->has_length() || prefix.family() == Family::ipv4) return prefix;
  return Prefix(prefix.address(), ipv6_length);
}

Result<std::vector<RescueNote>> notes_of(const RescueCommand& command, unsigned ipv6_length) {
  RescueNote note;
  note.kind = command.action == "allow" ? RescueNote::Kind::allow : RescueNote::Kind::unblock;
  note.time = wall_now();
  note.uid = ::getuid();
  note.name = name_of_user();
  note.until = kForever;
  note.reason = command.reason.empty() ? std::string(kRescueReason) : printable(command.reason);
  if (!command.for_how_long.empty()) {
    const auto duration = parse_duration(command.for_how_long);
    if (!duration) return duration.error().in("--for");
    note.until = note.time + *duration;
  }
  std::vector<RescueNote> notes;
  for (const std::string& address : command.addresses) {
    const auto source = source_of(address, ipv6_length);
    if (!source) return source.error();
    note.source = *source;
    notes.push_back(note);
  }
  return notes;
}

}  // namespace

int rescue(const RescueCommand& command) {
  set_up_log("warning");
  // A configuration with faults must not keep anybody out.
  const config::Config fallback;
  const auto config = load_or_say_why(command.config);
  const config::Config& used = config ? *config : fallback;
  if (!config) {
    fmt::print(stderr, "sluiced: looking for the filter and the state at their default places, {} and {}\n",
               used.filter.bpf_fs, used.store.path);
  }
  auto tables = KernelTables::open(used.filter.bpf_fs);
  if (!tables) return fail(tables.error().code() == EWOULDBLOCK ? busy(command) : tables.error());
  const auto notes = notes_of(command, (*tables)->maps().settings.ipv6_source_length);
  if (!notes) return fail(notes.error());
  Rescue rescue((*tables)->verdicts());
  int code = kDone;
  std::vector<RescueNote> done;
  for (const RescueNote& note : *notes) {
    if (auto carried_out = rescue.carry_out(note); !carried_out) {
      code = fail(carried_out.error());
    } else {
      done.push_back(note);
    }
  }
  // While the tables are locked: no daemon starts in between.
  if (auto kept = store::add_rescue_notes(used.store.path, done); !kept) {
    fmt::print(
        stderr,
        "sluiced: it is done, but no note of it could be kept: {}. What is stored comes back with the next start "
        "of sluiced; then say `sluicectl {} {}`\n",
        kept.error().message(), command.action, fmt::join(command.addresses, " "));
  }
  return code;
}

}  // namespace sluice::app
