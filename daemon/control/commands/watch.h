// SPDX-License-Identifier: Apache-2.0
// watch: events as they happen, and frames that the filter drops.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/time.h"
#include "daemon/control/commands/version.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

// Unset: events alone. `samples`: dropped frames' headers, a few a second, beside the events. `captures`:
// dropped frames, whole, and nothing else.
enum class FrameKind : std::uint8_t { unset, samples, captures };
constexpr Words<3> words(FrameKind /*type*/) {
  return {"", "samples", "captures"};
}

// Answered by a VersionAnswer, which events and frames follow.
struct WatchRequest {
  FrameKind frames = FrameKind::unset;
};
BOOST_DESCRIBE_STRUCT(WatchRequest, (), (frames))

// `decision`: one began. `finding`: no decision followed. `reload`, `mode` and `warning` are about the daemon
// and have no source.
enum class EventKind : std::uint8_t { unset, decision, ended, finding, refused, reload, mode, warning };
constexpr Words<8> words(EventKind /*type*/) {
  return {"", "decision", "ended", "finding", "refused", "reload", "mode", "warning"};
}

// A field that an event does not have is empty or unset.
struct Event {
  WallTime time{};
  EventKind event = EventKind::unset;
  OrEmpty<Prefix> source;
  Action action = Action::unset;
  bool armed = false;
  std::optional<WallTime> until;
  Actor actor;
  std::string reason;
  double score = 0;
  std::string text;  // the whole in words
};
BOOST_DESCRIBE_STRUCT(Event, (), (time, event, source, action, armed, until, actor, reason, score, text))

// A frame that was not passed. Answers a WatchRequest for frames.
struct Frame {
  WallTime time{};
  std::int64_t time_ns = 0;  // the same, in nanoseconds since 1970
  std::string interface;     // by name; empty where it is gone
  std::string reason;        // "drop_decision"
  OrEmpty<Address> source;   // empty where the copy holds no IP header
  OrEmpty<Address> destination;
  std::int64_t protocol = 0;  // of IP: 6 is TCP
  std::optional<std::int64_t> source_port;
  std::optional<std::int64_t> destination_port;
  std::uint64_t bytes = 0;  // of the frame as it came
  std::string data;         // its beginning, in hexadecimal digits
};
BOOST_DESCRIBE_STRUCT(Frame, (),
                      (time, time_ns, interface, reason, source, destination, protocol, source_port,
                       destination_port, bytes, data))

namespace commands {

struct Watch : Query<WatchRequest, VersionAnswer> {
  static constexpr std::string_view kName = "watch";
  static constexpr CarriedOut kCarriedOut = CarriedOut::by_socket;

  // Whole frames reveal what visitors send: a policy owner's, and in the audit log, under a name of its own.
  static Role role_of(const WatchRequest& request) {
    return request.frames == FrameKind::captures ? Role::policy_owner : kRole;
  }
  static std::string_view audit_name(const WatchRequest& request) {
    return request.frames == FrameKind::captures ? "capture" : kName;
  }
  static std::optional<AuditEntry> audit_entry(const WatchRequest& request) {
    if (request.frames != FrameKind::captures) return std::nullopt;
    return AuditEntry{{"dropped frames, whole"}, ""};
  }
};

}  // namespace commands
}  // namespace sluice::control
