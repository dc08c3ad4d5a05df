// SPDX-License-Identifier: Apache-2.0
// status: what the daemon does, and what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/commands/lists.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

struct StatusRequest {};
BOOST_DESCRIBE_STRUCT(StatusRequest, (), ())

enum class XdpMode : std::uint8_t { unset, native, generic, not_attached };
constexpr Words<4> words(XdpMode /*type*/) {
  return {"", "native", "generic", "not attached"};
}

enum class Placement : std::uint8_t { unset, dispatcher, single_program };
constexpr Words<3> words(Placement /*type*/) {
  return {"", "dispatcher", "single program"};
}

struct InterfaceStatus {
  std::string name;
  XdpMode xdp_mode = XdpMode::unset;
  Placement placement = Placement::unset;  // unset when not attached
  std::uint32_t program_id = 0;
};
BOOST_DESCRIBE_STRUCT(InterfaceStatus, (), (name, xdp_mode, placement, program_id))

enum class Scope : std::uint8_t { unset, ports, all };
constexpr Words<3> words(Scope /*type*/) {
  return {"", "ports", "all"};
}

struct CounterRow {
  std::string reason;  // "drop_decision"
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(CounterRow, (), (reason, packets, bytes))

struct LossRow {
  std::string kind;  // for programs, and as the label of a metric: "packets_uncounted"
  std::string name;  // in words: "activity reports lost, the ring buffer was full"
  std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(LossRow, (), (kind, name, count))

enum class LogState : std::uint8_t { unset, following, waiting, not_followed };
constexpr Words<4> words(LogState /*type*/) {
  return {"", "following", "waiting for the file", "not followed"};
}

// What a log does not tell, though decisions could rest on it.
enum class LogLack : std::uint8_t { unset, user_agents, referers, accounts, assets };
constexpr Words<5> words(LogLack /*type*/) {
  return {"", "user agents", "referers", "accounts", "assets"};
}

struct LogStatus {
  std::string path;
  StateOrFault<LogState> state;
  std::uint64_t lines = 0;
  std::uint64_t requests = 0;
  std::uint64_t unreadable = 0;
  std::optional<WallTime> last_line;
  std::uint64_t lag_bytes = 0;
  std::uint64_t forwarded = 0;  // requests that came through a trusted proxy
  std::uint64_t nameless = 0;   // forwarded requests without a readable visitor
  // For a socket:
  std::uint64_t datagrams_lost = 0;     // the kernel had no room
  std::uint64_t datagrams_refused = 0;  // from a sender that may not
  std::uint64_t datagrams_cut = 0;      // longer than a line may be
  std::uint64_t recent_lines = 0;       // the last ones, at most 1,024
  std::uint64_t recent_unreadable = 0;  // of these
  // For files:
  std::uint64_t files = 0;           // that are open, or waited for
  std::uint64_t files_refused = 0;   // that stand at their path and cannot be opened
  std::uint64_t files_left_out = 0;  // that match and are more than may be followed
  std::uint64_t files_polled = 0;    // that are looked at again and again, for no events tell of them
  std::string refused_because{};     // of one file, in words with the remedy; empty where there is none
  std::string polled_because{};
  std::uint64_t recent_requests = 0;  // the last ones, at most 1,024
  std::uint64_t recent_old = 0;       // of these, more than a day old when they were read
  // Without a line, while so many packets of visitors came: far more than ever before. 0: it is not so.
  std::int64_t silent_seconds = 0;
  std::uint64_t silent_packets = 0;
  std::vector<LogLack> lacks{};
  bool open_to_all = false;  // a socket that every user of this host may write to, and nobody has agreed
  // Lines that were cut at their end:
  std::uint64_t cut = 0;             // requests that were read in part
  std::uint64_t paths_cut = 0;       // of these, whose path may go on: they name nobody
  std::uint64_t recent_cut = 0;      // of recent_lines
  std::string unreadable_example{};  // a line that cannot be read, behind what is wrong with it; empty: none
  // Files of a pattern that have fallen silent while others have not: how many, and the one that is so
  // longest.
  std::uint64_t silent_files = 0;
  std::string silent_file{};
  std::int64_t silent_file_seconds = 0;
  std::uint64_t subjects_cut =
      0;  // requests whose field `subjects` was longer than is read, or cut: some are missing
};
BOOST_DESCRIBE_STRUCT(LogStatus, (),
                      (path, state, lines, requests, unreadable, last_line, lag_bytes, forwarded, nameless,
                       datagrams_lost, datagrams_refused, datagrams_cut, recent_lines, recent_unreadable,
                       files, files_refused, files_left_out, files_polled, refused_because, polled_because,
                       recent_requests, recent_old, silent_seconds, silent_packets, lacks, open_to_all, cut,
                       paths_cut, recent_cut, unreadable_example, silent_files, silent_file,
                       silent_file_seconds, subjects_cut))

// Whether what is decided would survive a restart.
enum class StoreState : std::uint8_t { unset, ok };
constexpr Words<2> words(StoreState /*type*/) {
  return {"", "ok"};
}

struct ControlStatus {
  std::uint64_t connections = 0;    // open now
  std::uint64_t watchers = 0;       // connections that watch
  std::uint64_t refused_full = 0;   // connections refused because as many as may be were open
  std::uint64_t refused_peers = 0;  // requests of peers who may not use the socket
  std::uint64_t cut_slow = 0;       // connections cut for not finishing a request, or not reading an answer
  std::uint64_t cut_watchers = 0;   // watchers cut for not reading
  std::uint64_t events_unsent = 0;  // to those watchers
};
BOOST_DESCRIBE_STRUCT(ControlStatus, (),
                      (connections, watchers, refused_full, refused_peers, cut_slow, cut_watchers,
                       events_unsent))

enum class CheckState : std::uint8_t { unset, ok, note, warning, critical };
constexpr Words<5> words(CheckState /*type*/) {
  return {"", "ok", "note", "warning", "critical"};
}

// One thing that could make protection absent, as it was found now.
struct CheckRow {
  std::string area;  // "filter", "logs", "clock", ...
  CheckState state = CheckState::unset;
  std::string text;    // what was found, in sentences
  std::string remedy;  // what to do about it; empty where nothing is to be done
  // A line of a log that it is about, behind what is wrong with it: somebody else's words, made printable.
  // Mostly empty.
  std::string example{};
};
BOOST_DESCRIBE_STRUCT(CheckRow, (), (area, state, text, remedy, example))

// Whether something is wrong. A note is no fault.
[[nodiscard]] constexpr bool is_fault(CheckState state) {
  return state == CheckState::warning || state == CheckState::critical;
}

// A shape of URL with many different values that no route covers.
struct UncoveredShape {
  std::string shape;           // "/profile.php?id={number}"
  std::uint64_t requests = 0;  // that no route matched
  std::uint64_t values = 0;    // different ones, about; 0 for a list, which names nobody
  bool looks_like_people = false;
  std::string reason;  // that it does, or does not; empty where nothing says
};
BOOST_DESCRIBE_STRUCT(UncoveredShape, (), (shape, requests, values, looks_like_people, reason))

// Common software whose URLs the site serves. Evidence, no fact.
struct SoftwareSeen {
  std::string name;                  // of the ready-made site
  bool clear = false;                // else little speaks for it
  bool in_force = false;             // its routes are
  double share = 0;                  // of the served requests that are its, 0 to 1
  std::vector<std::string> markers;  // patterns of URLs that only this software has, and that were served
};
BOOST_DESCRIBE_STRUCT(SoftwareSeen, (), (name, clear, in_force, share, markers))

struct StatusAnswer {
  std::string version;
  Mode mode = Mode::unset;
  std::int64_t uptime_seconds = 0;
  std::vector<InterfaceStatus> interfaces;
  Scope scope = Scope::unset;
  std::vector<std::int64_t> ports;
  std::vector<CounterRow> counters;
  std::vector<LossRow> losses;
  std::uint64_t resets = 0;     // blocked connection attempts that were answered with one
  std::uint64_t hellos = 0;     // TLS hellos that were read since the daemon started
  std::uint64_t throttles = 0;  // decisions in the ledger
  std::uint64_t blocks = 0;
  std::uint64_t allows = 0;
  std::uint64_t decisions_capacity = 0;  // throttles and blocks, of each family
  std::uint64_t allows_capacity = 0;     // of each family
  std::uint64_t refused_full = 0;        // decisions refused because a table was full
  std::uint64_t sources = 0;             // that the detector remembers
  std::uint64_t sources_capacity = 0;
  std::uint64_t sources_forgotten = 0;
  std::vector<LogStatus> logs;
  std::uint64_t pages_of_routes =
      0;  // served since the routes are as they are, by a route or the application's word
  std::uint64_t pages_of_no_route = 0;
  bool every_page_counts = false;  // pages of no route count as subjects
  std::uint64_t lists = 0;         // configured
  std::uint64_t lists_in_force = 0;
  ListMemory list_memory;
  StateOrFault<StoreState> store;
  ControlStatus control;
  std::uint64_t rss_bytes = 0;
  std::vector<CheckRow> checks;       // all that was looked at
  std::vector<std::string> warnings;  // the checks that are not well, with their remedies
  // The five largest since the routes are as they are. Those that look like people come first.
  std::vector<UncoveredShape> uncovered_shapes;
  std::vector<SoftwareSeen> software;
};
BOOST_DESCRIBE_STRUCT(StatusAnswer, (),
                      (version, mode, uptime_seconds, interfaces, scope, ports, counters, losses, resets,
                       hellos, throttles, blocks, allows, decisions_capacity, allows_capacity, refused_full,
                       sources, sources_capacity, sources_forgotten, logs, pages_of_routes, pages_of_no_route,
                       every_page_counts, lists, lists_in_force, list_memory, store, control, rss_bytes,
                       checks, warnings, uncovered_shapes, software))

namespace commands {

struct Status : Query<StatusRequest, StatusAnswer> {
  static constexpr std::string_view kName = "status";
};

}  // namespace commands
}  // namespace sluice::control
