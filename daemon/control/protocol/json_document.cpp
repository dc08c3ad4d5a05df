// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/protocol/json_document.h"

#include <exception>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace sluice::control {
namespace {

template <class T>
bool get_number(const boost::json::value& from, T& to) {
  boost::json::error_code error;
  const T value = from.to_number<T>(error);
  if (error) return false;
  to = value;
  return true;
}

}  // namespace

bool JsonValue::is_null() const {
  return value_->is_null();
}
bool JsonValue::is_object() const {
  return value_->is_object();
}
bool JsonValue::is_array() const {
  return value_->is_array();
}

std::optional<std::string_view> JsonValue::text() const {
  const boost::json::string* text = value_->if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::optional<bool> JsonValue::boolean() const {
  const bool* value = value_->if_bool();
  return value == nullptr ? std::nullopt : std::optional(*value);
}

bool JsonValue::get(std::int64_t& to) const {
  return get_number(*value_, to);
}
bool JsonValue::get(std::uint64_t& to) const {
  return get_number(*value_, to);
}
bool JsonValue::get(std::uint32_t& to) const {
  return get_number(*value_, to);
}
bool JsonValue::get(double& to) const {
  return get_number(*value_, to);
}

std::size_t JsonValue::size() const {
  return value_->is_object() ? value_->get_object().size() : value_->get_array().size();
}

JsonValue JsonValue::element(std::size_t index) const {
  return JsonValue(value_->get_array()[index]);
}

std::string_view JsonValue::key(std::size_t index) const {
  return (value_->get_object().begin() + static_cast<std::ptrdiff_t>(index))->key();
}

std::optional<JsonValue> JsonValue::member(std::string_view name) const {
  const boost::json::value* value = value_->get_object().if_contains(name);
  return value == nullptr ? std::nullopt : std::optional(JsonValue(*value));
}

JsonDocument::JsonDocument(std::unique_ptr<boost::json::value> value) : value_(std::move(value)) {}
JsonDocument::JsonDocument(JsonDocument&& other) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&& other) noexcept = default;
JsonDocument::~JsonDocument() = default;

Result<JsonDocument> JsonDocument::parse(std::string_view line, std::size_t max_depth) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::error_code error;
  auto value = std::make_unique<boost::json::value>();
  try {
    *value = boost::json::parse(line, error, {}, options);
  } catch (const std::exception& exception) {  // out of memory
    return Error(fmt::format("the message cannot be read: {}", exception.what()));
  }
  if (error) return Error(fmt::format("the message is not JSON: {}", error.message()));
  if (!value->is_object()) return Error("the message must be a JSON object");
  return JsonDocument(std::move(value));
}

}  // namespace sluice::control
