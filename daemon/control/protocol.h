// SPDX-License-Identifier: Apache-2.0
// What the daemon and its operators say to each other: requests, answers and events as plain values, and
// their JSON. One message is one line of JSON with the version of the protocol in "v". Used by control/ and
// by ctl/, which includes nothing else of the daemon: hence strings where the pipeline has types of its own.
// Does no I/O.
//
//   -> {"v":1,"command":"block","addresses":["192.0.2.7"],"for_seconds":14400,"reason":"scraping"}
//   <- {"v":1,"ok":true,"result":{...}}  or  {"v":1,"ok":false,"error":"in words"}
//   <- {"v":1,"event":{...}}             after `watch` was answered with ok
//   <- {"v":1,"frame":{...}}             likewise, where frames were asked for
//
// Times are RFC 3339 in UTC to the second, "never" for kForever, null where there is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/base/audit_record.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::control {

inline constexpr std::int64_t kProtocolVersion = 1;
inline constexpr std::size_t kMaxMessage = 1024 * 1024;  // bytes of one line with its newline, either way
inline constexpr std::size_t kMaxAddresses = 1000;       // of one request: their answer fits one message
inline constexpr std::size_t kMaxReason = 500;           // bytes
inline constexpr std::int64_t kMaxForSeconds = 10LL * 366 * 86400;
inline constexpr std::int64_t kMaxRate = 1'000'000;  // packets a second, and packets of burst

// ---- requests ----

struct StatusRequest {};
struct ListsRequest {};
struct ReloadRequest {};
struct VersionRequest {};

// `block`, `throttle` and `allow`. From parse_request every address is one that Prefix::parse reads.
struct DecideRequest {
  std::string action;                  // "block", "throttle", "allow"
  std::vector<std::string> addresses;  // addresses and prefixes as typed, 1 to kMaxAddresses
  std::optional<std::int64_t>
      for_seconds;                    // 1 to kMaxForSeconds; else the configured time, for an allow no end
  std::string reason;                 // at most kMaxReason bytes, no control characters; may be empty
  std::optional<std::int64_t> rate;   // throttle: packets a second, 1 to kMaxRate; else the configured one
  std::optional<std::int64_t> burst;  // throttle: packets at once, 1 to kMaxRate; likewise
  // The address that the operator says to be connected from (an IP address or empty), so that nobody locks
  // himself out. It can only make the daemon refuse more.
  std::string connected_from;
};

// Takes back what stands for exactly these, blocks and throttles as well as allows.
struct UnblockRequest {
  std::vector<std::string> addresses;
};

// One decision that was made elsewhere.
struct ImportRow {
  std::string source;                 // as in DecideRequest
  std::string action;                 // "block", "throttle", "allow"
  std::optional<WallTime> until;      // kForever only for an allow; none: as without for_seconds there
  std::string reason;                 // as in DecideRequest
  std::optional<std::int64_t> rate;   // likewise
  std::optional<std::int64_t> burst;  // likewise
};

// `import`. Never makes a decision in force milder or shorter, whoever made it.
struct ImportRequest {
  std::vector<ImportRow> decisions;  // 1 to kMaxAddresses
  bool dry_run = false;              // say what would become of each, and do nothing
  std::string connected_from;        // as in DecideRequest
};

// The audit log, oldest rows first: those after row `after` that are not older than `since`.
struct AuditRequest {
  std::int64_t after = 0;
  std::optional<WallTime> since;
};

// Empty fields do not filter.
struct ListRequest {
  std::string source;  // an address or prefix: decisions that cover it or lie within it
  std::string action;  // "allow", "throttle", "challenge", "block"
  std::string actor;   // "detector", "operator alice", or the kind alone: "operator"
};

struct ExplainRequest {
  std::string address;
};

struct WatchRequest {
  // "": events. "samples": dropped frames' headers, a few a second, beside the events. "captures": dropped
  // frames, whole, and nothing else.
  std::string frames;
};

// Asks the sources of these lists now, or of all where none is named.
struct RefreshRequest {
  std::vector<std::string> names;  // at most kMaxAddresses
  bool force = false;              // takes a list although it shrank, and whether or not it changed
};

// Which lists hold these. From parse_request every address is one that Prefix::parse reads.
struct TestListsRequest {
  std::vector<std::string> addresses;  // addresses and prefixes, 1 to kMaxAddresses
};

using Request = std::variant<StatusRequest, DecideRequest, UnblockRequest, ImportRequest, ListRequest,
                             ExplainRequest, ListsRequest, RefreshRequest, TestListsRequest, WatchRequest,
                             AuditRequest, ReloadRequest, VersionRequest>;

// ---- answers ----

// What became of one address of a DecideRequest.
struct AddressResult {
  std::string address;            // canonical, as it stands in the ledger: "2001:db8::/64"
  std::string outcome;            // "added", "replaced", "kept", "overruled", "refused"
  bool armed = false;             // what was asked for is now in effect on packets
  std::string note;               // in words; always there for "kept", "overruled" and "refused"
  std::optional<WallTime> until;  // of the decision that now stands; none when refused
};

struct DecideAnswer {
  std::vector<AddressResult> results;  // one for each address, in order
};

struct UnblockResult {
  std::string address;             // canonical
  std::vector<std::string> ended;  // "block by operator alice", in words; empty when nothing stood for it
  std::vector<std::string> still_covered;  // "blocked by 198.51.100.0/24, operator alice, until 2026-..."
  std::string note;                        // why nothing ended, where that needs saying
};

struct UnblockAnswer {
  std::vector<UnblockResult> results;  // one for each address, in order
};

// One row of an ImportRequest of which not all that was asked for is now in effect.
struct ImportNote {
  std::int64_t number = 0;  // in the request, from 0
  std::string address;      // canonical
  std::string outcome;      // "overruled", "refused"
  std::string note;         // in words
};

// How many rows of an ImportRequest became what: as in AddressResult. In a dry run, would become.
struct ImportAnswer {
  std::uint64_t added = 0;
  std::uint64_t replaced = 0;
  std::uint64_t kept = 0;
  std::uint64_t overruled = 0;
  std::uint64_t refused = 0;
  std::vector<ImportNote> notes;  // in order
};

struct AuditAnswer {
  std::vector<AuditRow> rows;
  bool more = false;          // ask again, after the last of these
  std::int64_t head_seq = 0;  // the last row that the daemon knows to have written
  std::string head_hash;
  std::int64_t anchor_seq = 0;  // the last row that retention removed
  std::string anchor_hash;      // which the first that is left is chained to
};

struct DecisionRow {
  std::string source;
  std::string action;  // "allow", "throttle", "challenge", "block"
  bool armed = false;  // in effect on packets; false in observe mode and while an allow covers it
  WallTime since{};
  WallTime until{};
  std::string reason;
  std::string actor;          // "detector", "operator alice", "list protected"
  double score = 0;           // of the detector, else 0
  std::int64_t rate = 0;      // throttle: packets a second, else 0
  std::int64_t burst = 0;     // throttle: packets at once, else 0
  std::uint64_t packets = 0;  // dropped by it (block, throttle) or passed by it (allow)
  std::uint64_t bytes = 0;    // of those packets
};

// A long list comes in several messages; `more` says that another follows. Operations return it whole.
struct ListAnswer {
  std::vector<DecisionRow> decisions;
  bool more = false;
};

struct NumberRow {
  std::string name;  // with its unit: "pages_per_minute"
  double value = 0;
};

struct SignalRow {
  std::string heuristic;
  std::string cause;  // signals of one cause say the same: the strongest counts
  double weight = 0;
  double counted = 0;  // of the weight, what went into the score
  std::string text;
  std::vector<NumberRow> numbers;
};

// A decision with its proof.
struct DecisionDetail {
  DecisionRow decision;
  std::vector<SignalRow> signals;
  std::uint64_t requests_before = 0;  // what the source had reached when it was decided upon
  std::uint64_t pages_before = 0;
  std::uint64_t subjects_before = 0;
};

// What the detector knows of a source now.
struct SourceDetail {
  WallTime first_seen{};
  WallTime last_seen{};
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;
  std::uint64_t subjects = 0;
  std::uint32_t pages_per_minute = 0;  // in the last minute
  std::string user_agent;              // the last one, as it was sent; so for the rest: empty where not known
  std::string agent_class;             // what it says that it is: "browser", "library", "ai_crawler"
  std::string system;                  // autonomous: "AS64500 Example Ltd"
  std::string fingerprint;             // JA4 of its last TLS hello
  std::string crawler;                 // what was found of the crawler that it says to be, in words
  std::string exempt;                  // why nothing is held against it
  double score = 0;                    // the sum of the weights below
  std::vector<SignalRow> signals;
};

// The list that counts for an address, of those that hold it.
struct ListMatch {
  std::string name;
  std::string action;             // "allow", "throttle", "block"
  std::string why;                // whose decision, where the list has it from one; in words
  std::optional<WallTime> until;  // of that decision
  std::string remedy;             // a sentence: what ends it, beside what Sluice can do
};

struct ExplainAnswer {
  std::string address;  // canonical, as asked
  std::string source;   // whom it is held against: "2001:db8::/64"
  std::string mode;     // "observe", "enforce"
  std::string verdict;  // what the kernel does with its packets in scope now: "pass", "drop", "throttle"
  double throttle_score = 0;
  double block_score = 0;
  std::vector<DecisionDetail> in_force;        // that cover it, the one that counts first
  std::optional<ListMatch> list;               // counts where no decision is in effect
  std::optional<SourceDetail> known;           // none: the detector has not seen it, or has forgotten it
  std::vector<std::string> what_would_change;  // sentences
};

struct InterfaceStatus {
  std::string name;
  std::string xdp_mode;   // "native", "generic", "not attached"
  std::string placement;  // "dispatcher", "single program"; empty when not attached
  std::uint32_t program_id = 0;
};

struct CounterRow {
  std::string reason;  // "drop_decision"
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

struct LossRow {
  std::string kind;  // "reports": for programs, and of a metric's label
  std::string name;  // in words: "activity reports lost, the ring buffer was full"
  std::uint64_t count = 0;
};

struct LogStatus {
  std::string path;
  std::string state;  // "following", "waiting for the file", or what is wrong, in words
  std::uint64_t lines = 0;
  std::uint64_t requests = 0;
  std::uint64_t unreadable = 0;
  std::optional<WallTime> last_line;
  std::uint64_t lag_bytes = 0;
  std::uint64_t forwarded = 0;       // requests that came through a trusted proxy
  std::uint64_t nameless = 0;        // of those, do not say whom they are for, or not so that it can be read
  std::uint64_t datagrams_lost = 0;  // of a socket: the kernel had no room
  std::uint64_t datagrams_refused = 0;  // likewise: from a sender that may not
  std::uint64_t datagrams_cut = 0;      // likewise: longer than a line may be
};

// What a list of CrowdSec's decisions leaves out.
struct LeftOut {
  std::string what;  // "scope AS", "type captcha"
  std::uint64_t count = 0;
};

struct ListStatus {
  std::string name;
  std::string action;  // "block", "throttle", "allow", "verify_crawler", "trusted_proxy"
  std::string source;  // a URL or a path
  std::int64_t priority = 0;
  std::string state;             // "in force", "not armed: ..." or what is wrong, in words
  std::uint64_t entries_v4 = 0;  // of the text
  std::uint64_t entries_v6 = 0;
  std::uint64_t redundant = 0;           // of those, within an entry of a list that counts as much or more
  std::uint64_t host_bits = 0;           // of those, had address bits beyond the length, which were cleared
  std::uint64_t bad_lines = 0;           // left out
  std::uint64_t too_wide = 0;            // entries left out for holding nearly everybody
  std::uint64_t spared = 0;              // entries left out or cut for the private networks in them
  std::vector<LeftOut> not_for_packets;  // of the decisions of a CrowdSec
  std::optional<WallTime> loaded;        // when what is in force was read
  std::optional<WallTime> checked;       // when its source last gave it, or said that it is still the one
  std::optional<WallTime> next;          // when its source is asked again
  std::string failure;  // why the last attempt changed nothing; what is in force is older. Empty: it is not
  std::uint64_t failures = 0;  // on end
  // That it let pass (allow, trusted_proxy) or that it was asked about and dropped; none of a verify_crawler,
  // whose requests are counted: those that said they were its crawler, and were, or were not.
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> verified;
  std::optional<std::uint64_t> contradicted;
};

// What the compiled lists take; bytes of one of the two images.
struct ListMemory {
  std::uint64_t entries_v4 = 0;
  std::uint64_t entries_v6 = 0;
  std::uint64_t used = 0;
  std::uint64_t available = 0;
};

struct ListsAnswer {
  std::vector<ListStatus> lists;  // in the order of the configuration
  ListMemory memory;
};

// What became of one list of a RefreshRequest.
struct RefreshResult {
  std::string name;
  std::string outcome;        // "updated", "unchanged", "kept" (the last good one), "failed" (there is none)
  std::string note;           // in words; always there for "kept" and "failed"
  std::uint64_t entries = 0;  // in force now
};

struct RefreshAnswer {
  std::vector<RefreshResult> results;
};

// An entry that holds an address.
struct ListHit {
  std::string name;
  std::string action;
  std::string entry;    // a network
  bool counts = false;  // the packets of the address are judged by it, unless a decision says otherwise
  std::string why;      // as of ListMatch
  std::optional<WallTime> until;
};

struct TestListsResult {
  std::string address;  // canonical
  std::vector<ListHit> hits;
};

struct TestListsAnswer {
  std::vector<TestListsResult> results;  // one for each address, in order
};

struct ControlStatus {
  std::uint64_t connections = 0;    // open now
  std::uint64_t watchers = 0;       // of which watch
  std::uint64_t refused_full = 0;   // connections refused because kMaxConnections were open
  std::uint64_t refused_peers = 0;  // requests of peers who may not use the socket
  std::uint64_t cut_slow =
      0;  // connections cut for not finishing a request, or not reading an answer, in time
  std::uint64_t cut_watchers = 0;   // watchers cut for not reading
  std::uint64_t events_unsent = 0;  // to those watchers
};

// One thing that could make protection absent, as it was found now.
struct CheckRow {
  std::string area;    // "filter", "logs", "clock", ...
  std::string state;   // "ok", "note", "warning", "critical"
  std::string text;    // what was found, in sentences
  std::string remedy;  // what to do about it; empty where nothing is to be done
};

struct StatusAnswer {
  std::string version;
  std::string mode;
  std::int64_t uptime_seconds = 0;
  std::vector<InterfaceStatus> interfaces;
  std::string scope;  // "ports", "all"
  std::vector<std::int64_t> ports;
  std::vector<CounterRow> counters;
  std::vector<LossRow> losses;
  std::uint64_t resets = 0;     // blocked connection attempts that were answered with one
  std::uint64_t hellos = 0;     // TLS hellos that were read since the daemon started
  std::uint64_t throttles = 0;  // decisions in the ledger
  std::uint64_t blocks = 0;
  std::uint64_t allows = 0;
  std::uint64_t decisions_capacity = 0;  // throttles and blocks, of each family
  std::uint64_t allows_capacity = 0;     // likewise
  std::uint64_t refused_full = 0;        // decisions refused because a table was full
  std::uint64_t sources = 0;             // that the detector remembers
  std::uint64_t sources_capacity = 0;
  std::uint64_t sources_forgotten = 0;
  std::vector<LogStatus> logs;
  std::uint64_t lists = 0;  // configured
  std::uint64_t lists_in_force = 0;
  ListMemory list_memory;
  std::string store;  // "ok", or what is wrong, in words
  ControlStatus control;
  std::uint64_t rss_bytes = 0;
  std::vector<CheckRow> checks;       // all that was looked at
  std::vector<std::string> warnings;  // of those, what is not well, with its remedy
};

struct ReloadAnswer {
  bool ok = false;                  // the file is in force; else nothing changed
  std::vector<std::string> faults;  // "file:line: key: message"
  std::vector<std::string> notes;   // "filter.ports takes effect at the next attach"
};

struct VersionAnswer {
  std::string version;
};

// ---- events ----

struct Event {
  WallTime time{};
  // "decision" (begun), "ended", "finding" (no decision followed), "refused", "reload", "mode", "warning"
  std::string event;
  std::string source;  // empty where there is none; so for the rest
  std::string action;
  bool armed = false;
  std::optional<WallTime> until;
  std::string actor;
  std::string reason;
  double score = 0;
  std::string text;  // the whole in words
};

// A frame that was not passed. Answers a WatchRequest for frames.
struct Frame {
  WallTime time{};
  std::int64_t time_ns = 0;  // the same, in nanoseconds since 1970
  std::string interface;     // by name; empty where it is gone
  std::string reason;        // "drop_decision"
  std::string source;        // empty where the copy holds no IP header
  std::string destination;
  std::int64_t protocol = 0;  // of IP: 6 is TCP
  std::optional<std::int64_t> source_port;
  std::optional<std::int64_t> destination_port;
  std::uint64_t bytes = 0;  // of the frame as it came
  std::string data;         // its beginning, in hexadecimal digits
};

// ---- JSON ----

// Daemon's side. The line may end in a newline. Everything wrong with the request is named in the error at
// once.
[[nodiscard]] Result<Request> parse_request(std::string_view line);
// Each with its newline. Control characters and the like are escaped by JSON.
[[nodiscard]] std::string error_message(std::string_view error);
[[nodiscard]] std::string event_message(const Event& event);
[[nodiscard]] std::string frame_message(const Frame& frame);
template <class Answer>
[[nodiscard]] std::string answer_message(const Answer& answer);  // to `watch` and `version`: a VersionAnswer
// Without version and newline, for `--json`: each Answer above, DecisionRow, Event, Frame, and a std::string
// alone.
template <class Value>
[[nodiscard]] std::string to_json(const Value& value);

// "block", "list".
[[nodiscard]] std::string_view command_name(const Request& request);

// Operator's side.
[[nodiscard]] std::string request_message(const Request& request);
// Unknown keys are skipped and absent ones keep their defaults: a newer daemon may say more. An answer with
// "ok":false, another version, or a wrong type is an Error.
template <class Answer>
[[nodiscard]] Result<Answer> parse_answer(std::string_view line);
[[nodiscard]] Result<Event> parse_event(std::string_view line);
[[nodiscard]] Result<Frame> parse_frame(std::string_view line);
// What a line to a watcher holds.
[[nodiscard]] bool is_frame_message(std::string_view line);

}  // namespace sluice::control
