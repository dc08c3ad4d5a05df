// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/routes.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

constexpr std::string_view kSubject = "{subject}";
constexpr std::string_view kAny = "*";
constexpr std::size_t kMaxExtension = 16;

// Cuts the next segment off a path that starts with '/'.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

Result<std::vector<std::string>> parse_pattern(std::string_view pattern) {
  if (pattern.empty() || pattern.front() != '/') {
    return Error(fmt::format("'{}': a pattern starts with '/'", pattern));
  }
  if (pattern.find_first_of("?#") != std::string_view::npos) {
    return Error(fmt::format("'{}': a pattern is a path, without query or fragment", pattern));
  }
  std::vector<std::string> segments;
  std::size_t subjects = 0;
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::string_view segment = next_segment(rest);
    const bool plain = segment.find_first_of("{}*") == std::string_view::npos;
    if (!plain && segment != kSubject && segment != kAny) {
      return Error(fmt::format("'{}': '{}' is neither plain text nor {} nor *", pattern, segment, kSubject));
    }
    if (segment == kSubject) ++subjects;
    segments.emplace_back(segment);
  }
  if (subjects > 1) return Error(fmt::format("'{}': {} stands more than once", pattern, kSubject));
  return segments;
}

// Whether the path has exactly these segments; a single trailing slash is as good as none.
bool matches(const std::vector<std::string>& segments, std::string_view path, std::string_view& subject) {
  std::string_view rest = path;
  std::string_view found;
  for (const std::string& segment : segments) {
    if (rest.empty()) return false;
    const std::string_view actual = next_segment(rest);
    if (segment == kSubject) {
      if (actual.empty()) return false;
      found = actual;
    } else if (segment != kAny && segment != actual) {
      return false;
    }
  }
  if (!rest.empty() && rest != "/") return false;
  subject = found;
  return true;
}

// Proxies log "GET http://host/path"; the path is what counts.
std::string_view path_of(std::string_view target) {
  if (const auto scheme = target.find("://"); scheme < 8) {
    const auto slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

double weight_of(Sensitivity sensitivity) {
  constexpr std::array<double, 3> kWeights = {0.5, 1, 2};
  return kWeights.at(static_cast<std::size_t>(sensitivity));
}

Result<void> check_pattern(std::string_view pattern) {
  if (auto segments = parse_pattern(pattern); !segments) return segments.error();
  return {};
}

Result<RouteTable> RouteTable::create(const RouteTableOptions& options) {
  RouteTable table;
  for (const RouteOptions& route : options.routes) {
    auto segments = parse_pattern(route.pattern);
    if (!segments) return segments.error().in(fmt::format("route '{}'", route.name));
    table.routes_.push_back(route);
    table.patterns_.push_back({*std::move(segments)});
  }
  table.extensions_ = options.asset_extensions;
  std::ranges::sort(table.extensions_);
  table.prefixes_ = options.asset_prefixes;
  table.decoys_ = options.decoys;
  std::ranges::sort(table.decoys_);
  return table;
}

RouteMatch RouteTable::match(std::string_view target) const {
  RouteMatch match;
  match.path = path_of(target);
  if (match.path.empty() || match.path.front() != '/') return match;
  if (match.path == "/robots.txt") {
    match.robots_txt = match.asset = true;
    return match;
  }
  match.decoy = std::ranges::binary_search(decoys_, match.path);
  if (match.decoy) return match;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (matches(patterns_[i].segments, match.path, match.subject)) {
      match.route = static_cast<int>(i);
      return match;  // an operator's route is a page, whatever its path ends in
    }
  }
  match.asset = is_asset(match.path);
  return match;
}

bool RouteTable::is_asset(std::string_view path) const {
  if (std::ranges::any_of(prefixes_, [&](const std::string& prefix) { return path.starts_with(prefix); }))
    return true;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const auto dot = file.rfind('.');
  if (dot == std::string_view::npos || file.size() - dot - 1 > kMaxExtension) return false;
  std::string extension(file.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::ranges::binary_search(extensions_, extension);
}

}  // namespace sluice::detection
