// SPDX-License-Identifier: Apache-2.0
// Says whether identifiers can be guessed by somebody who knows a few of them: numbers in sequence can be
// counted through, names can be tried from a dictionary, random ones cannot be found. Used by the proposals
// of routes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/detection/site/discovery/url_tree.h"
#include "daemon/detection/site/discovery/value_kind.h"

namespace sluice::detection {

enum class Guess : std::uint8_t { by_counting, by_dictionary, hardly };

// "by counting", "by dictionary", "hardly".
[[nodiscard]] std::string_view to_text(Guess guess);

struct Guessable {
  Guess guess = Guess::hardly;
  std::string reason;  // "one in 3 numbers from 2 to 4,711 exists"
};

[[nodiscard]] Guessable guess_of(const ValueClass& values, ValueKind kind);

}  // namespace sluice::detection
