// SPDX-License-Identifier: Apache-2.0
// list: the decisions in force.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/protocol/command.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

// A field that is unset or empty does not filter.
struct ListRequest {
  OrEmpty<WrittenPrefix> source;  // decisions that cover it or lie within it
  Action action = Action::unset;
  Actor actor;
};
BOOST_DESCRIBE_STRUCT(ListRequest, (), (source, action, actor))

struct DecisionRow {
  WrittenPrefix source;
  Action action = Action::unset;
  bool armed = false;  // in effect on packets; false in observe mode and while an allow covers it
  WallTime since{};
  WallTime until{};
  std::string reason;
  Actor actor;
  double score = 0;           // of the detector, else 0
  std::int64_t rate = 0;      // throttle: packets a second, else 0
  std::int64_t burst = 0;     // throttle: packets at once, else 0
  std::uint64_t packets = 0;  // dropped by it (block, throttle) or passed by it (allow)
  std::uint64_t bytes = 0;    // of those packets
  std::uint64_t served =
      0;  // block: requests that were answered all the same, half a minute and more after it
};
BOOST_DESCRIBE_STRUCT(DecisionRow, (),
                      (source, action, armed, since, until, reason, actor, score, rate, burst, packets, bytes,
                       served))

// A long list comes in several messages; `more` says that another follows. Operations return it whole.
struct ListAnswer {
  std::vector<DecisionRow> decisions;
  bool more = false;
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (decisions, more))

namespace commands {

struct List : Query<ListRequest, ListAnswer> {
  static constexpr std::string_view kName = "list";
  static void check(const ListRequest& request, Faults& faults) {
    if (request.action == Action::none) faults.add("action", "must be allow, throttle, challenge or block");
    if (request.actor.kind == ActorKind::unset && !request.actor.name.empty())
      faults.add("actor", "must be detector, operator, list or grant, or one of them with a name");
  }
};

}  // namespace commands
}  // namespace sluice::control
