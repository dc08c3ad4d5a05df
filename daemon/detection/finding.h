// SPDX-License-Identifier: Apache-2.0
// What the heuristics say of one source, and their sum.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/time.h"

namespace sluice::detection {

// What a signal is evidence of. Signals of one cause say the same thing twice: the strongest of them counts.
enum class Cause : std::uint8_t {
  reach,     // how many people's data was read
  order,     // that it was read as a machine reads: in sequence, all of a list
  trap,      // asked for what only who collects comes across
  probing,   // looked for what is not there, or not for visitors
  disguise,  // is not who it says it is
  pace,      // how fast, how regularly, how much
  client,    // that the client is no browser
  wishes,    // what became of robots.txt
  history,   // what it did before
};

// "reach".
[[nodiscard]] std::string_view to_text(Cause cause);
[[nodiscard]] std::optional<Cause> parse_cause(std::string_view text);

// Whether a cause speaks only beside others. A monitoring probe is regular, a script is no browser, an office
// is fast together, an address that was blocked has another holder: all of that together is still nobody who
// takes people's data.
[[nodiscard]] constexpr bool is_supporting(Cause cause) {
  return cause == Cause::pace || cause == Cause::client || cause == Cause::wishes || cause == Cause::history;
}

struct Number {
  std::string name;  // snake_case, with its unit: "pages_per_minute"
  double value = 0;
};

struct Signal {
  std::string heuristic;  // "page_rate", "breadth", "enumeration", "decoy", ...
  double weight = 0;      // log-odds; never negative
  std::string text;       // the reason in words, with the numbers
  std::vector<Number> numbers;
  Cause cause = Cause::reach;
  double counted = 0;  // of the weight, what went into the score
};

struct Finding {
  Prefix source;
  WallTime time;
  double score = 0;  // the sum of what is counted of the signals
  std::vector<Signal> signals;
  std::string exempt;  // why nothing is held against the source; then there are no signals
};

// Sums the signals up: of each cause the strongest, of the supporting causes together at most
// `most_supporting`. Sets the score and what is counted of each signal.
void sum_up(Finding& finding, double most_supporting);

}  // namespace sluice::detection
