// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/pattern.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/detection/site/target.h"

namespace sluice::detection {
namespace {

constexpr std::string_view kRest = "**";

// Whether the segments at the beginning of `path` fit the masks, one by one; they are cut off.
bool fit_segments(const std::vector<Mask>& masks, std::string_view& path, std::string& subject) {
  for (const Mask& mask : masks) {
    if (path.empty()) return false;
    std::string_view part;
    const std::string_view segment = next_segment(path);
    if (segment.empty() || !mask.fits(segment, part)) return false;
    if (mask.has_subject()) add_part(subject, part);
  }
  return true;
}

// The last `count` segments of a path; nothing if it has fewer.
std::optional<std::string_view> last_segments(std::string_view path, std::size_t count) {
  std::size_t begin = path.size();
  for (; count > 0; --count) {
    if (begin == 0) return std::nullopt;
    begin = path.rfind('/', begin - 1);
    if (begin == std::string_view::npos) return std::nullopt;
  }
  return path.substr(begin);
}

// The last value of a key in a query; nothing if the key is missing.
std::optional<std::string_view> value_of(std::string_view query, std::string_view name) {
  std::optional<std::string_view> found;
  std::string buffer;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view key = take_until(value, '=');
    if (key == name || (key.size() > name.size() && decode_form(key, buffer) == name)) found = value;
  }
  return found;
}

// The first part of a query that has no '='; empty if there is none.
std::string_view keyless_part(std::string_view query) {
  while (!query.empty()) {
    const std::string_view pair = take_until(query, '&');
    if (!pair.empty() && pair.find('=') == std::string_view::npos) return pair;
  }
  return {};
}

// "/members/anna.7" of "members/anna.7/": as paths are.
std::string as_path(std::string_view part) {
  if (part.starts_with('/')) part.remove_prefix(1);
  if (part.ends_with('/')) part.remove_suffix(1);
  return "/" + std::string(part);
}

}  // namespace

Result<PathPattern> PathPattern::parse(std::string_view text) {
  if (!text.starts_with('/')) return Error(fmt::format("'{}': a pattern starts with '/'", text));
  if (text.find('#') != std::string_view::npos)
    return Error(fmt::format("'{}': a pattern has no fragment: browsers do not send it", text));
  PathPattern pattern;
  const auto question = text.find('?');
  for (std::string_view rest = text.substr(0, question); !rest.empty();) {
    const std::string_view segment = next_segment(rest);
    if (segment.empty() && !rest.empty())
      return Error(fmt::format("'{}': two '/' without text between", text));
    if (segment.empty()) break;  // "/people/" is "/people"
    if (segment == kRest) {
      if (pattern.has_rest_) return Error(fmt::format("'{}': ** stands more than once", text));
      pattern.has_rest_ = true;
      continue;
    }
    auto mask = Mask::parse(segment);
    if (!mask) return mask.error().in(fmt::format("'{}'", text));
    (pattern.has_rest_ ? pattern.tail_ : pattern.head_).push_back(*std::move(mask));
  }
  std::string_view query =
      question == std::string_view::npos ? std::string_view() : text.substr(question + 1);
  if (question != std::string_view::npos && query.empty())
    return Error(fmt::format("'{}': behind '?' stands a key, as in /profile?id={{subject}}", text));
  while (!query.empty()) {
    const std::string_view pair = take_until(query, '&');
    const auto equals = pair.find('=');
    // Without a gap it is a key whose value was forgotten.
    if (equals == std::string_view::npos && pair.find_first_of("*{") != std::string_view::npos) {
      if (pair.find('?') != std::string_view::npos)
        return Error(fmt::format("'{}': '{}' has a query of its own", text, pair));
      if (!pattern.keyless_.empty())
        return Error(fmt::format("'{}': more than one part of the query has no key", text));
      auto keyless = parse(as_path(pair));
      if (!keyless) return keyless.error().in(fmt::format("'{}'", text));
      pattern.keyless_.push_back(*std::move(keyless));
      continue;
    }
    if (equals == 0 || equals == std::string_view::npos)
      return Error(fmt::format("'{}': '{}' is no key with a value, as in id={{subject}}", text, pair));
    auto mask = Mask::parse(pair.substr(equals + 1));
    if (!mask) return mask.error().in(fmt::format("'{}'", text));
    pattern.query_.push_back({std::string(pair.substr(0, equals)), *std::move(mask)});
  }
  return pattern;
}

void add_part(std::string& subject, std::string_view part) {
  if (!subject.empty()) subject.push_back('/');
  subject.append(part);
}

bool PathPattern::has_subject() const {
  return std::ranges::any_of(head_, &Mask::has_subject) || std::ranges::any_of(tail_, &Mask::has_subject) ||
         std::ranges::any_of(query_, [](const Key& key) { return key.value.has_subject(); }) ||
         std::ranges::any_of(keyless_, &PathPattern::has_subject);
}

bool PathPattern::fits_path(std::string_view path, std::string& subject) const {
  if (path == "/") path = {};
  if (!fit_segments(head_, path, subject)) return false;
  if (!has_rest_) return path.empty();
  const auto last = last_segments(path, tail_.size());
  if (!last) return false;
  std::string_view rest = *last;
  return fit_segments(tail_, rest, subject);
}

bool PathPattern::fits_query(std::string_view query, std::string& subject) const {
  std::string buffer;
  for (const Key& key : query_) {
    const auto value = value_of(query, key.name);
    std::string_view part;
    if (!value || !key.value.fits(decode_form(*value, buffer), part)) return false;
    if (key.value.has_subject()) add_part(subject, part);
  }
  return keyless_.empty() || fits_keyless(query, subject);
}

bool PathPattern::fits_keyless(std::string_view query, std::string& subject) const {
  const std::string_view part = keyless_part(query);
  if (part.empty()) return false;
  std::string buffer;
  return keyless_.front().fits_path(as_path(decode_form(part, buffer)), subject);
}

}  // namespace sluice::detection
