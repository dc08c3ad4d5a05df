// SPDX-License-Identifier: Apache-2.0
// How a decision ends, and a decision that has ended. Made by the ledger and by whoever records what the
// ledger tells. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/decisions/decision.h"

namespace sluice::decisions {

// Why a decision left the ledger.
enum class Ending : std::uint8_t {
  expired,    // its deadline came
  withdrawn,  // it was taken back
  replaced,   // the same actor decided anew for the same source
  merged,     // one decision for the network around it took its place
  displaced,  // the table was full, and a stricter or newer one needed its place
  pardoned,   // it was taken back, and what the source was blocked for before was forgotten
};

[[nodiscard]] std::string_view to_string(Ending ending);
[[nodiscard]] Result<Ending> parse_ending(std::string_view text);

struct End {
  // NOLINTNEXTLINE(google-explicit-constructor): an end of which no more is known
  End(Ending why_ended) : ending(why_ended) {}
  End(Ending why_ended, std::optional<Actor> who, std::string words)
      : ending(why_ended), by(std::move(who)), reason(std::move(words)) {}

  Ending ending;
  std::optional<Actor> by;  // who ended it, where somebody did
  std::string reason;       // in words; as an operator gave it, or what took its place; may be empty
};

struct PastDecision {
  // What the kernel counted: dropped by it (block, throttle) or passed by it (allow).
  struct Usage {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;

    bool operator==(const Usage&) const = default;
  };

  Decision decision;
  bool in_effect = false;  // packets felt it when it ended
  WallTime ended;
  End end{Ending::expired};
  std::optional<Usage> usage;  // none: it is not known
};

}  // namespace sluice::decisions
