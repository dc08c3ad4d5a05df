// SPDX-License-Identifier: Apache-2.0
// The enumerations of the control protocol that several commands share, and how every enumeration of it is
// written. Each is one word or a few on the wire: words(E) has the texts, in the order of the enumerators.
// Used by control/, by app/, which maps its own types to these, and by ctl/. No I/O.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sluice::control {

// The first enumerator of each is `unset`, an empty text: the field was left out, or a newer daemon said what
// this side does not know.
template <class E>
concept Worded = std::is_enum_v<E> && requires(E value) {
  words(value);
};

template <Worded E>
[[nodiscard]] constexpr std::string_view to_text(E value) {
  return words(value).at(static_cast<std::size_t>(value));
}

template <Worded E>
[[nodiscard]] constexpr std::optional<E> from_text(std::string_view text) {
  constexpr auto kTexts = words(E{});
  const auto at = std::ranges::find(kTexts, text);
  if (at == kTexts.end()) return std::nullopt;
  return static_cast<E>(at - kTexts.begin());
}

template <std::size_t N>
using Words = std::array<std::string_view, N>;

// From the mildest. `none`: what a finding calls for that leads to no decision; never in a request.
enum class Action : std::uint8_t { unset, none, allow, throttle, challenge, block };
constexpr Words<6> words(Action /*type*/) {
  return {"", "none", "allow", "throttle", "challenge", "block"};
}

enum class Mode : std::uint8_t { unset, observe, enforce };
constexpr Words<3> words(Mode /*type*/) {
  return {"", "observe", "enforce"};
}

// What became of a decision that was put to the ledger.
enum class Outcome : std::uint8_t { unset, added, replaced, kept, overruled, refused };
constexpr Words<6> words(Outcome /*type*/) {
  return {"", "added", "replaced", "kept", "overruled", "refused"};
}

// The treatment of the addresses that a list holds.
enum class ListAction : std::uint8_t { unset, allow, throttle, block, verify_crawler, trusted_proxy };
constexpr Words<6> words(ListAction /*type*/) {
  return {"", "allow", "throttle", "block", "verify_crawler", "trusted_proxy"};
}

// Who decides. A name follows all but the detector.
enum class ActorKind : std::uint8_t { unset, detector, operator_, list, grant };
constexpr Words<5> words(ActorKind /*type*/) {
  return {"", "detector", "operator", "list", "grant"};
}

}  // namespace sluice::control
