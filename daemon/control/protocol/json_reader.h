// SPDX-License-Identifier: Apache-2.0
// JSON to messages: reads every field into its type and collects what does not fit, with the place where it
// stands. Used by codec.h and protocol.cpp.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/time.h"
#include "daemon/control/protocol/faults.h"
#include "daemon/control/protocol/fields.h"
#include "daemon/control/protocol/json_document.h"
#include "daemon/control/protocol/limits.h"
#include "daemon/control/protocol/values.h"

namespace sluice::control {

class JsonReader {
 public:
  // A request must be understood whole: a key or a word that is not known is a fault, and arrays have at most
  // kMaxAddresses elements. In an answer such keys are skipped and such words are unset: a newer daemon may
  // say more.
  enum class Of : std::uint8_t { request, answer };
  explicit JsonReader(Of of) : of_(of) {}

  // The members of `object` but those that belong to the message as a whole.
  template <Described T>
  void read_request(JsonValue object, T& to) {
    read_object(object, to, "", kOfTheMessage);
  }

  template <Described T>
  void read(JsonValue from, T& to, const std::string& place) {
    if (!from.is_object()) return mistyped(place, "must be an object");
    read_object(from, to, place, {});
  }

  void read(JsonValue from, std::string& to, const std::string& place) {
    const auto text = from.text();
    if (!text) return mistyped(place, "must be a string");
    to = *text;
  }

  void read(JsonValue from, bool& to, const std::string& place) {
    const auto value = from.boolean();
    if (!value) return mistyped(place, "must be true or false");
    to = *value;
  }

  void read(JsonValue from, double& to, const std::string& place) {
    if (from.is_null()) return;  // what was not finite
    double value = 0;
    if (!from.get(value)) return mistyped(place, "must be a number");
    // JSON can write 1e999, which is read as infinity and could not be written again.
    if (!std::isfinite(value)) return mistyped(place, "must be a number that a double can hold");
    to = value;
  }

  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>) void read(JsonValue from, T& to,
                                                                        const std::string& place) {
    if (!from.get(to)) mistyped(place, "must be a whole number in range");
  }

  void read(JsonValue from, WallTime& to, const std::string& place) {
    const std::string_view text = from.text().value_or(std::string_view());
    if (text == kNever) {
      to = kForever;
      return;
    }
    const auto time = parse_time(text);
    if (!time) return mistyped(place, "must be an RFC 3339 time or \"never\"");
    to = *time;
  }

  template <Worded E>
  void read(JsonValue from, E& to, const std::string& place) {
    const auto text = from.text();
    if (!text) return mistyped(place, "must be a string");
    const auto value = from_text<E>(*text);
    to = value.value_or(E{});
    if (!value && of_ == Of::request) faults_.add(place, must_be<E>());
  }

  template <TextValue T>
  void read(JsonValue from, T& to, const std::string& place) {
    const auto text = from.text();
    if (!text) return mistyped(place, "must be a string");
    auto value = T::parse(*text);
    if (!value) return faults_.add(place, value.error().message());
    to = *std::move(value);
  }

  template <class T>
  void read(JsonValue from, std::optional<T>& to, const std::string& place) {
    to.reset();
    if (from.is_null()) return;
    T value{};
    read(from, value, place);
    to = std::move(value);
  }

  template <class T>
  void read(JsonValue from, std::vector<T>& to, const std::string& place) {
    if (!from.is_array()) return mistyped(place, "must be an array");
    if (of_ == Of::request && from.size() > kMaxAddresses)
      return mistyped(place, fmt::format("at most {} in one request", kMaxAddresses));
    to.clear();
    to.reserve(from.size());
    for (std::size_t i = 0; i < from.size(); ++i)
      read(from.element(i), to.emplace_back(), fmt::format("{}[{}]", place, i));
  }

  [[nodiscard]] Faults& faults() { return faults_; }
  // Whether something is not of its type: what was read is then not worth another check.
  [[nodiscard]] bool is_mistyped() const { return mistyped_; }

 private:
  static constexpr std::string_view kNever = "never";
  static constexpr std::array<std::string_view, 2> kOfTheMessage = {"v", "command"};

  template <class T>
  void read_object(JsonValue object, T& to, const std::string& place,
                   std::span<const std::string_view> skipped) {
    std::size_t known = 0;
    for (const std::string_view name : skipped)
      known += object.member(name) ? 1 : 0;
    for_each_field(to, [&](std::string_view name, auto& member) {
      const auto value = object.member(name);
      if (!value) return;
      ++known;
      read(*value, member, place.empty() ? std::string(name) : fmt::format("{}.{}", place, name));
    });
    if (of_ == Of::answer || known == object.size()) return;
    for (std::size_t i = 0; i < object.size(); ++i) {
      const std::string_view key = object.key(i);
      bool found = std::ranges::find(skipped, key) != skipped.end();
      for_each_field(to, [&](std::string_view name, auto&) { found = found || name == key; });
      if (!found) mistyped(key.substr(0, 64), "is not known for this command");
    }
  }

  // "must be samples or captures". `none` is a word of answers alone.
  template <Worded E>
  [[nodiscard]] static std::string must_be() {
    std::string text;
    std::string_view last;
    for (const std::string_view word : words(E{})) {
      if (word.empty() || word == kNone) continue;
      if (!last.empty()) text += fmt::format("{}{}", text.empty() ? "" : ", ", last);
      last = word;
    }
    return fmt::format("must be {}{}{}", text, text.empty() ? "" : " or ", last);
  }
  static constexpr std::string_view kNone = "none";

  void mistyped(std::string_view place, std::string_view what) {
    mistyped_ = true;
    faults_.add(place, what);
  }

  Of of_;
  bool mistyped_ = false;
  Faults faults_;
};

}  // namespace sluice::control
