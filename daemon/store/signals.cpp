// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/signals.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sluice::store {
namespace {

namespace json = boost::json;

std::optional<double> read_number(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return std::nullopt;
  double number = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (ec != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::optional<detection::Signal> read_signal(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto* heuristic = object->if_contains("heuristic");
  const auto* weight = object->if_contains("weight");
  const auto* text = object->if_contains("text");
  const auto* numbers = object->if_contains("numbers");
  const auto* cause = object->if_contains("cause");
  const auto* counted = object->if_contains("counted");
  if (heuristic == nullptr || weight == nullptr || text == nullptr || numbers == nullptr) return std::nullopt;
  const auto weight_read = read_number(*weight);
  if (!heuristic->is_string() || !weight_read || !text->is_string() || !numbers->is_array())
    return std::nullopt;

  detection::Signal signal{
      std::string(heuristic->get_string()), *weight_read, std::string(text->get_string()), {}};
  // Without these it was stored before there were causes: all of it counted.
  signal.counted = *weight_read;
  if (counted != nullptr) {
    const auto read = read_number(*counted);
    if (!read || cause == nullptr || !cause->is_string()) return std::nullopt;
    const auto named = detection::parse_cause(cause->get_string());
    if (!named) return std::nullopt;
    signal.counted = *read;
    signal.cause = *named;
  }
  for (const json::value& pair : numbers->get_array()) {
    const auto* named = pair.if_array();
    if (named == nullptr || named->size() != 2 || !(*named)[0].is_string()) return std::nullopt;
    const auto number = read_number((*named)[1]);
    if (!number) return std::nullopt;
    signal.numbers.push_back({std::string((*named)[0].get_string()), *number});
  }
  return signal;
}

}  // namespace

std::string write_signals(const std::vector<detection::Signal>& signals) {
  json::array array;
  for (const detection::Signal& signal : signals) {
    json::array numbers;
    for (const detection::Number& number : signal.numbers) {
      numbers.push_back(json::array{number.name, fmt::format("{}", number.value)});
    }
    array.push_back(json::object{{"heuristic", signal.heuristic},
                                 {"cause", detection::to_text(signal.cause)},
                                 {"weight", fmt::format("{}", signal.weight)},
                                 {"counted", fmt::format("{}", signal.counted)},
                                 {"text", signal.text},
                                 {"numbers", std::move(numbers)}});
  }
  return json::serialize(array);
}

Result<std::vector<detection::Signal>> read_signals(std::string_view text) {
  // Most proofs fit: parsing one then takes no memory of its own.
  std::array<unsigned char, 8192> buffer;
  json::monotonic_resource memory(buffer.data(), buffer.size());
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // reasons quote what strangers sent
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec, &memory, options);
  if (ec) return Error(fmt::format("the signals are not JSON: {}", ec.message()));
  const auto* array = value.if_array();
  if (array == nullptr) return Error("the signals are no list");
  std::vector<detection::Signal> signals;
  for (const json::value& item : *array) {
    auto signal = read_signal(item);
    if (!signal) return Error("a signal lacks a part");
    signals.push_back(*std::move(signal));
  }
  return signals;
}

}  // namespace sluice::store
