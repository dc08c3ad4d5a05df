// SPDX-License-Identifier: Apache-2.0
// history: the decisions that ended, with their proof, and before them those in force; what ended last first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/commands/explain.h"
#include "daemon/control/commands/list.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

// A field that is unset, empty or null does not filter.
struct HistoryRequest {
  OrEmpty<WrittenPrefix> source;  // decisions that cover it or lie within it
  Action action = Action::unset;
  Actor actor;
  std::optional<WallTime> since;  // those that had not ended by then
  std::optional<WallTime> until;  // those that had begun by then
  bool ended = false;             // without those in force
  std::int64_t before = 0;        // the next page: `next` of the answer; 0: the first
};
BOOST_DESCRIBE_STRUCT(HistoryRequest, (), (source, action, actor, since, until, ended, before))

// How a decision ended; unset: it is in force.
enum class HowEnded : std::uint8_t { unset, expired, withdrawn, replaced, merged, displaced, pardoned };
constexpr Words<7> words(HowEnded /*type*/) {
  return {"", "expired", "withdrawn", "replaced", "merged", "displaced", "pardoned"};
}

// Where a decision ended, `armed` says whether it was in effect then, and `until` when it would have ended.
struct HistoryRow : DecisionRow {
  std::optional<WallTime> ended;  // null: it is in force
  HowEnded ending = HowEnded::unset;
  Actor ended_by;            // unset: nobody
  std::string ended_reason;  // in words; may be empty
  bool counted = false;      // packets and bytes are known
  std::vector<SignalRow> signals;
  std::uint64_t requests_before = 0;  // as in DecisionDetail
  std::uint64_t pages_before = 0;
  std::uint64_t subjects_before = 0;
};
BOOST_DESCRIBE_STRUCT(HistoryRow, (DecisionRow),
                      (ended, ending, ended_by, ended_reason, counted, signals, requests_before, pages_before,
                       subjects_before))

struct HistoryAnswer {
  std::vector<HistoryRow> rows;
  bool more = false;      // ask again, before `next`
  std::int64_t next = 0;  // 0: there is no more
  std::string note;       // why something is missing, in words; or empty
};
BOOST_DESCRIBE_STRUCT(HistoryAnswer, (), (rows, more, next, note))

namespace commands {

struct History : Query<HistoryRequest, HistoryAnswer> {
  static constexpr std::string_view kName = "history";
  static void check(const HistoryRequest& request, Faults& faults) {
    if (request.action == Action::none) faults.add("action", "must be allow, throttle, challenge or block");
    if (request.actor.kind == ActorKind::unset && !request.actor.name.empty())
      faults.add("actor", "must be detector, operator, list or grant, or one of them with a name");
    if (request.since && request.until && *request.since > *request.until)
      faults.add("since", "must not be after until");
    if (request.before < 0) faults.add("before", "must be 0 or more");
  }
};

}  // namespace commands
}  // namespace sluice::control
