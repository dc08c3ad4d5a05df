// SPDX-License-Identifier: Apache-2.0
// The values of the control protocol that are one text on the wire and a type of their own here. Each has
// to_string() and a static parse() that reads it back. Used by the messages of control/commands. No I/O.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/control/protocol/words.h"

namespace sluice::control {

// What the protocol writes as a text and reads back from it.
template <class T>
concept TextValue = requires(const T& value, std::string_view text) {
  { value.to_string() } -> std::convertible_to<std::string>;
  { T::parse(text) } -> std::same_as<Result<T>>;
};

// An address or a prefix that remembers whether it was written with its length. Of an operator a bare IPv6
// address stands for the network that is held to account; one with a length stands for exactly that.
class WrittenPrefix {
 public:
  WrittenPrefix() = default;  // 0.0.0.0/0
  // NOLINTNEXTLINE(google-explicit-constructor): it is one, written down
  WrittenPrefix(const Address& address) : prefix_(address, max_prefix_length(address.family())) {}
  // A single address is bare, as Prefix::to_string() writes it.
  // NOLINTNEXTLINE(google-explicit-constructor): it is one, written down
  WrittenPrefix(const Prefix& prefix) : prefix_(prefix), has_length_(!prefix.is_single_address()) {}

  [[nodiscard]] static WrittenPrefix with_length(const Prefix& prefix);

  // The texts and errors of Prefix::parse.
  [[nodiscard]] static Result<WrittenPrefix> parse(std::string_view text);

  [[nodiscard]] const Prefix& prefix() const { return prefix_; }
  [[nodiscard]] bool has_length() const { return has_length_; }
  // With the length if it was given with one: "192.0.2.7", "192.0.2.7/32".
  [[nodiscard]] std::string to_string() const;

  bool operator==(const WrittenPrefix&) const = default;

 private:
  Prefix prefix_;
  bool has_length_ = false;
};

// "detector", "operator alice", "list management". A kind that this side does not know is unset, and the name
// has the whole text.
struct Actor {
  ActorKind kind = ActorKind::unset;
  std::string name;  // of the detector empty; in a filter empty: all of the kind

  [[nodiscard]] static Result<Actor> parse(std::string_view text);  // never fails
  [[nodiscard]] std::string to_string() const;

  // Whether this filter takes `other`: the same kind and, where this has a name, the same or one that begins
  // with its words.
  [[nodiscard]] bool covers(const Actor& other) const;

  bool operator==(const Actor&) const = default;
};

// A value, or none, which is an empty text. (std::optional is null on the wire.)
template <TextValue T>
class OrEmpty {
 public:
  OrEmpty() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a value is meant where one stands
  OrEmpty(T value) : value_(std::move(value)) {}

  [[nodiscard]] static Result<OrEmpty> parse(std::string_view text) {
    if (text.empty()) return OrEmpty();
    auto value = T::parse(text);
    if (!value) return value.error();
    return OrEmpty(*std::move(value));
  }
  [[nodiscard]] std::string to_string() const { return value_ ? value_->to_string() : std::string(); }

  explicit operator bool() const { return value_.has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }

  bool operator==(const OrEmpty&) const = default;

 private:
  std::optional<T> value_;
};

// One of the states of E or, where something is wrong, what, in words. A text that is no state is a fault.
template <Worded E>
class StateOrFault {
 public:
  StateOrFault() = default;  // E::unset
  // NOLINTNEXTLINE(google-explicit-constructor): a value is meant where one stands
  StateOrFault(E state) : state_(state) {}
  [[nodiscard]] static StateOrFault fault(std::string in_words) {
    StateOrFault made;
    made.fault_ = std::move(in_words);
    return made;
  }

  [[nodiscard]] static Result<StateOrFault> parse(std::string_view text) {
    const auto state = from_text<E>(text);
    return state ? StateOrFault(*state) : fault(std::string(text));
  }
  [[nodiscard]] std::string to_string() const {
    return fault_.empty() ? std::string(to_text(state_)) : fault_;
  }

  bool operator==(const StateOrFault&) const = default;

 private:
  E state_ = E::unset;
  std::string fault_;
};

}  // namespace sluice::control
