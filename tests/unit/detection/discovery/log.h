// SPDX-License-Identifier: Apache-2.0
// A log line by line, for the tests of route discovery.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/detection/site/discovery/discovery.h"

namespace sluice::detection {

struct LogLine {
  std::string target;
  unsigned client = 1;
  std::int64_t second = 0;
  std::string referer{};
  std::string host{};
  std::string method = "GET";
  std::uint16_t status = 200;
  bool covered = false;
};

// Letters alone, different for every number.
inline std::string word(int i) {
  std::string text;
  for (int rest = i + 26; rest > 0; rest /= 26)
    text += static_cast<char>('a' + rest % 26);
  return text + "o";
}

// The client's address: 10.0.0.0 and so many.
inline Prefix source_of(unsigned client) {
  const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(client >> shift); };
  return {Address::from_v4({10, byte(16), byte(8), byte(0)}), 32};
}

inline void note(RouteDiscovery& discovery, const LogLine& line) {
  std::string buffer;
  Request request;
  request.time = WallTime(std::chrono::seconds(1'795'500'000 + line.second));
  request.client = source_of(line.client).address();
  request.method = line.method;
  request.target = line.target;
  request.status = line.status;
  request.referer = line.referer;
  request.host = line.host;
  request.fields = LogFields{LogField::referer, LogField::user_agent};
  const Target target = normalise(line.target, {}, buffer);
  discovery.note(target, request, source_of(line.client), line.covered);
}

inline std::optional<Shape> find_shape(const RouteDiscovery& discovery, std::string_view text) {
  for (Shape& shape : discovery.shapes()) {
    if (shape.text == text) return std::move(shape);
  }
  return std::nullopt;
}

// The texts of shapes with at least `least` different values.
inline std::vector<std::string> shapes_with_values(const RouteDiscovery& discovery, double least = 20) {
  std::vector<std::string> texts;
  for (const Shape& shape : discovery.shapes()) {
    if (shape.values >= least) texts.push_back(shape.text);
  }
  return texts;
}

inline std::optional<ProposedRoute> find_route(const RouteDiscovery& discovery, std::string_view pattern) {
  for (ProposedRoute& route : discovery.propose()) {
    if (route.pattern == pattern) return std::move(route);
  }
  return std::nullopt;
}

}  // namespace sluice::detection
