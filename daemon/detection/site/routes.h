// SPDX-License-Identifier: Apache-2.0
// What a request asks for: a page or an asset, which route, whose data, a decoy. Compiled once from the
// configuration, then pure look-ups.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::detection {

enum class Sensitivity : std::uint8_t { low, normal, high };

// How much one subject of a route weighs in breadth: 0.5, 1, 2.
[[nodiscard]] double weight_of(Sensitivity sensitivity);

struct RouteOptions {
  std::string name;
  std::string
      pattern;  // "/people/{subject}/photos": literal segments, "*" for any one, "{subject}" at most once
  Sensitivity sensitivity = Sensitivity::normal;

  bool operator==(const RouteOptions&) const = default;
};

struct RouteTableOptions {
  std::vector<RouteOptions> routes = {{"people", "/people/{subject}", Sensitivity::normal}};
  std::vector<std::string> asset_extensions = {
      "css",  "js",    "mjs", "map", "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico",        "bmp",
      "woff", "woff2", "ttf", "otf", "eot", "mp4", "webm", "mp3", "json", "xml",  "txt", "webmanifest"};
  std::vector<std::string> asset_prefixes = {"/assets/", "/static/"};
  std::vector<std::string> decoys;  // exact paths

  bool operator==(const RouteTableOptions&) const = default;
};

// What the target of a request is. The views point into the target.
struct RouteMatch {
  static constexpr int kNone = -1;

  std::string_view path;     // without query and fragment
  int route = kNone;         // index into RouteTable::routes(), or kNone
  std::string_view subject;  // not decoded; empty when the route names none
  bool asset = false;
  bool decoy = false;
  bool robots_txt = false;  // the file itself
};

class RouteTable {
 public:
  // Fails on a pattern that does not parse; the message says which and why.
  [[nodiscard]] static Result<RouteTable> create(const RouteTableOptions& options);

  [[nodiscard]] RouteMatch match(std::string_view target) const;
  [[nodiscard]] const std::vector<RouteOptions>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;  // "*" and "{subject}" stand for themselves
  };

  RouteTable() = default;
  [[nodiscard]] bool is_asset(std::string_view path) const;

  std::vector<RouteOptions> routes_;
  std::vector<Pattern> patterns_;        // as routes_
  std::vector<std::string> extensions_;  // sorted, lower case
  std::vector<std::string> prefixes_;
  std::vector<std::string> decoys_;  // sorted
};

// Checks one pattern as RouteTable::create does; for the configuration's faults.
[[nodiscard]] Result<void> check_pattern(std::string_view pattern);

}  // namespace sluice::detection
