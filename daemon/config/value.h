// SPDX-License-Identifier: Apache-2.0
// The kinds of values that a key can have. Each kind reads a TOML node into a plain value, refusing in words
// what does not fit (what was found, what is wanted, an example), and writes a value as TOML again. keys.cpp
// combines them.
//
// A kind has: Value; `std::optional<Value> read(const toml::node&, const Place&) const`, which has refused
// whatever it does not return; `std::string write(const Value&) const`.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/config/nearest.h"
#include "daemon/config/report.h"

namespace sluice::config {

// "a text", as a message shows it: quoted, control characters escaped, cut after 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);
// What a node is: `the text "six"`, `the number 7`, `a list`.
[[nodiscard]] std::string found(const toml::node& node);

// "... is not a number; write for example ..."
void refuse_type(const toml::node& node, const Place& place, std::string_view wanted,
                 std::string_view example);

struct Boolean {
  using Value = bool;
  [[nodiscard]] std::optional<bool> read(const toml::node& node, const Place& place) const;
  [[nodiscard]] std::string write(bool value) const { return value ? "true" : "false"; }
};

// A whole number from `least` to `most`.
template <class Int>
struct Whole {
  using Value = Int;
  std::int64_t least;
  std::int64_t most;

  [[nodiscard]] std::optional<Int> read(const toml::node& node, const Place& place) const {
    const auto* number = node.as_integer();
    if (number == nullptr) {
      refuse_type(node, place, fmt::format("a whole number from {} to {}", least, most),
                  std::to_string(least));
      return std::nullopt;
    }
    if (number->get() < least || number->get() > most) {
      place.refuse(node, fmt::format("{} is out of range: {} to {}", number->get(), least, most));
      return std::nullopt;
    }
    return static_cast<Int>(number->get());
  }
  [[nodiscard]] std::string write(Int value) const { return fmt::format("{}", value); }
};

// Any number from `least` to `most`.
struct Real {
  using Value = double;
  double least;
  double most;

  [[nodiscard]] std::optional<double> read(const toml::node& node, const Place& place) const;
  [[nodiscard]] std::string write(double value) const { return fmt::format("{}", value); }
};

[[nodiscard]] std::optional<Seconds> read_duration(const toml::node& node, const Place& place, Seconds least,
                                                   Seconds most);

// "15m", from `least` to `most`, kept in whatever unit the option has.
template <class Unit>
struct Duration {
  using Value = Unit;
  Seconds least;
  Seconds most;

  [[nodiscard]] std::optional<Unit> read(const toml::node& node, const Place& place) const {
    const auto seconds = read_duration(node, place, least, most);
    return seconds ? std::optional<Unit>(*seconds) : std::nullopt;
  }
  [[nodiscard]] std::string write(Unit value) const {
    return in_quotes(format_duration(std::chrono::duration_cast<Seconds>(value)));
  }
};

// One of a few words.
template <class T>
struct Choice {
  using Value = T;
  std::vector<std::pair<std::string_view, T>> choices;

  [[nodiscard]] std::optional<T> read(const toml::node& node, const Place& place) const {
    std::vector<std::string_view> words;
    for (const auto& choice : choices)
      words.push_back(choice.first);
    const std::string wanted = fmt::format("one of \"{}\"", fmt::join(words, "\", \""));
    const auto* text = node.as_string();
    if (text != nullptr) {
      const auto at = std::ranges::find(words, text->get());
      if (at != words.end()) return choices[static_cast<std::size_t>(at - words.begin())].second;
    }
    const std::string_view meant = text == nullptr ? std::string_view() : nearest(text->get(), words);
    const std::string hint = meant.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", meant);
    place.refuse(node, fmt::format("{} is not {}{}", found(node), wanted, hint));
    return std::nullopt;
  }
  [[nodiscard]] std::string write(const T& value) const {
    const auto at = std::ranges::find(choices, value, &std::pair<std::string_view, T>::second);
    return in_quotes(at == choices.end() ? std::string_view() : at->first);
  }
};

// A text that `check` accepts, without control characters.
struct Text {
  using Value = std::string;
  std::string_view what;     // "a path"
  std::string_view example;  // /var/log/nginx/access.log
  std::size_t least;         // bytes
  std::size_t most;
  Result<void> (*check)(std::string_view);

  [[nodiscard]] std::optional<std::string> read(const toml::node& node, const Place& place) const;
  [[nodiscard]] std::string write(const std::string& value) const { return in_quotes(value); }
};

// A network, but not so wide that nearly everybody would be in it.
struct Network {
  using Value = Prefix;
  [[nodiscard]] std::optional<Prefix> read(const toml::node& node, const Place& place) const;
  [[nodiscard]] std::string write(const Prefix& value) const { return in_quotes(value.to_string()); }
};

// At most `most` different values.
template <class Element>
struct List {
  using Value = std::vector<typename Element::Value>;
  Element element;
  std::size_t least;
  std::size_t most;

  [[nodiscard]] std::optional<Value> read(const toml::node& node, const Place& place) const {
    const auto* array = node.as_array();
    if (array == nullptr) {
      place.refuse(node, fmt::format("{} is not a list; put it into [ ]", found(node)));
      return std::nullopt;
    }
    if (array->size() < least || array->size() > most) {
      place.refuse(node, fmt::format("the list holds {}; it takes {} to {}", array->size(), least, most));
      return std::nullopt;
    }
    Value values;
    std::map<std::string, unsigned> lines;
    for (const toml::node& item : *array) {
      auto value = element.read(item, place);
      if (!value) continue;
      const auto [first, is_new] = lines.emplace(element.write(*value), line_of(item));
      if (!is_new) place.refuse(item, fmt::format("{} stands in the list twice; take one out", first->first));
      values.push_back(*std::move(value));
    }
    if (values.size() != array->size() || lines.size() != array->size()) return std::nullopt;
    return values;
  }
  [[nodiscard]] std::string write(const Value& values) const {
    std::vector<std::string> items;
    for (const auto& value : values)
      items.push_back(element.write(value));
    return fmt::format("[{}]", fmt::join(items, ", "));
  }
};

// ---- kinds of text ----

// Accepts every text.
[[nodiscard]] Result<void> check_nothing(std::string_view text);

[[nodiscard]] Text absolute_path();   // of a file
[[nodiscard]] Text optional_path();   // of a file; empty: there is none
[[nodiscard]] Text socket_path();     // short enough for sockaddr_un
[[nodiscard]] Text listen_address();  // on this host; empty: nowhere
[[nodiscard]] Text interface_name();
[[nodiscard]] Text group_name();
[[nodiscard]] Text optional_group_name();  // empty: there is none
[[nodiscard]] Text route_name();
[[nodiscard]] Text list_name();
[[nodiscard]] Text list_source();
[[nodiscard]] Text list_path();
[[nodiscard]] Text include_path();  // of a file, absolute or not
[[nodiscard]] Text route_pattern();
[[nodiscard]] Text url_path();
[[nodiscard]] Text file_extension();
[[nodiscard]] Text field_name();  // of a JSON log; empty: there is no such field

}  // namespace sluice::config
