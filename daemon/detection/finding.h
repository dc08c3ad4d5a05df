// SPDX-License-Identifier: Apache-2.0
// What the heuristics say of one source, and the sum of it. Made by the detector, read by decisions/, the
// control protocol and the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/time.h"

namespace sluice::detection {

// What a signal points to. Two signals with the same cause say the same thing, so only the stronger one
// counts.
enum class Cause : std::uint8_t {
  breadth,     // how many people's data was read
  order,       // the pages were read as a machine reads them: in sequence, or all of a list
  decoy,       // the source asked for a decoy
  probing,     // the source asked for pages that do not exist or are not for visitors
  disguise,    // the client is not what it says it is
  pace,        // how fast, how regularly or how much the source reads
  client,      // the client is not a browser
  robots_txt,  // the client ignored robots.txt
  history,     // the source was blocked before
};
inline constexpr std::size_t kCauses = 9;

// "breadth".
[[nodiscard]] std::string_view to_text(Cause cause);
// Also takes the names that earlier versions stored.
[[nodiscard]] std::optional<Cause> parse_cause(std::string_view text);

// Whether a cause can only support others. A monitoring probe is regular, a script is not a browser, an
// office reads fast, an address that was blocked may have a new holder. All of these together still do not
// show that somebody collects personal data.
[[nodiscard]] constexpr bool is_supporting(Cause cause) {
  return cause == Cause::pace || cause == Cause::client || cause == Cause::robots_txt ||
         cause == Cause::history;
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
  Cause cause = Cause::breadth;
  double counted = 0;  // the part of the weight that went into the score
};

// What a source was shown until now.
struct Exposure {
  std::uint64_t requests = 0;
  std::uint64_t pages = 0;
  std::uint64_t subjects = 0;  // distinct people whose data was served
};

struct Finding {
  Prefix source;
  WallTime time;
  double score = 0;  // the sum of Signal::counted
  std::vector<Signal> signals;
  std::string exempt;  // why the source is out of scope; then there are no signals
};

}  // namespace sluice::detection
