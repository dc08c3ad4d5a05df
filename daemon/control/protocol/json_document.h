// SPDX-License-Identifier: Apache-2.0
// One line of JSON, parsed within bounds. Hides the library that parses, so that only json_document.cpp pays
// for its headers. Used by json_reader.h and protocol.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "daemon/base/error.h"

namespace sluice::control {

// A value of a document, which must outlive it.
class JsonValue {
 public:
  explicit JsonValue(const boost::json::value& value) : value_(&value) {}

  [[nodiscard]] bool is_null() const;
  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] std::optional<std::string_view> text() const;
  [[nodiscard]] std::optional<bool> boolean() const;

  // Whether it is a number that the type holds; then `to` has it.
  [[nodiscard]] bool get(std::int64_t& to) const;
  [[nodiscard]] bool get(std::uint64_t& to) const;
  [[nodiscard]] bool get(std::uint32_t& to) const;
  [[nodiscard]] bool get(double& to) const;  // may be infinite: 1e999 is

  // Of an object or an array: how many, and which. `key` is of an object alone.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] JsonValue element(std::size_t index) const;
  [[nodiscard]] std::string_view key(std::size_t index) const;
  [[nodiscard]] std::optional<JsonValue> member(std::string_view name) const;

 private:
  const boost::json::value* value_;
};

class JsonDocument {
 public:
  // An object. Fails in words.
  [[nodiscard]] static Result<JsonDocument> parse(std::string_view line, std::size_t max_depth);
  JsonDocument(JsonDocument&& other) noexcept;
  JsonDocument& operator=(JsonDocument&& other) noexcept;
  ~JsonDocument();

  [[nodiscard]] JsonValue root() const { return JsonValue(*value_); }

 private:
  explicit JsonDocument(std::unique_ptr<boost::json::value> value);
  std::unique_ptr<boost::json::value> value_;
};

}  // namespace sluice::control
