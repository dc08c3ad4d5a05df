// SPDX-License-Identifier: Apache-2.0
// A decision: source, action, until when, why, who. Made by policy and by operators; it begins and ends in
// the ledger.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/time.h"
#include "daemon/detection/finding.h"

namespace sluice::decisions {

// In the order of strictness, the mildest first. `none` is never in the ledger.
enum class Action : std::uint8_t { none, allow, throttle, challenge, block };

[[nodiscard]] std::string_view to_string(Action action);
[[nodiscard]] Result<Action> parse_action(std::string_view text);
// The state of the source: "blocked", "throttled", "allowed"; "left alone" for none.
[[nodiscard]] std::string_view participle(Action action);

enum class Mode : std::uint8_t { observe, enforce };

[[nodiscard]] std::string_view to_string(Mode mode);

enum class ActorKind : std::uint8_t { detector, operator_, list, grant };

struct Actor {
  ActorKind kind = ActorKind::detector;
  std::string name;  // empty for the detector

  auto operator<=>(const Actor&) const = default;
};

// "detector", "operator alice", "list management", "grant acme". parse_actor reads it back.
[[nodiscard]] std::string to_string(const Actor& actor);
[[nodiscard]] Result<Actor> parse_actor(std::string_view text);

struct Rate {
  std::uint32_t packets_per_second = 0;  // 1 to 1,000,000
  std::uint32_t burst = 0;               // packets that may come at once, 1 to 1,000,000

  bool operator==(const Rate&) const = default;
};

struct Decision {
  Prefix source;
  Action action = Action::none;
  WallTime since;
  WallTime until;  // kForever only for an allow
  std::string reason;
  Actor actor;
  Rate rate;                               // of a throttle
  double score = 0;                        // of the detector; 0 for others
  std::vector<detection::Signal> signals;  // the detector's proof; empty for others
  detection::Exposure exposure;
  // The source is known only from a header of a trusted proxy. Its packets come from the proxy, so the
  // decision is not armed in any mode. With the first request that the source sends itself it is armed.
  bool forwarded = false;
  // When somebody is to look whether an allow is still wanted. It ends nothing.
  std::optional<WallTime> review = std::nullopt;
};

}  // namespace sluice::decisions
