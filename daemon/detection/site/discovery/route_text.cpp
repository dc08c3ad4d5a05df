// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/route_text.h"

#include <algorithm>

#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/common_mask.h"
#include "daemon/detection/site/discovery/value_kind.h"
#include "daemon/detection/site/pattern.h"

namespace sluice::detection {
namespace {

using Edge = UrlTree::Edge;

// The mask with "*" for the gap: "*.example.org"; a mask that has a "*" already is "*" as a whole.
std::string without_subject(std::string_view mask) {
  const auto begin = mask.find("{subject");
  if (begin == std::string_view::npos || mask.find('*') != std::string_view::npos) return "*";
  const auto end = mask.find('}', begin) + 1;
  return std::string(mask.substr(0, begin)) + "*" + std::string(mask.substr(end));
}

// A class that is a part of the subject keeps its mask. A text that would mean something else in a pattern
// becomes "*".
std::string piece_of(const UrlTree::Node& node, bool is_subject) {
  if (!node.is_class) return is_plain_in_pattern(node.text) ? node.text : "*";
  if (!is_subject) return without_subject(node.text);
  if (node.edge != Edge::value) return node.text;
  // In a query a number is told by its key, and some values may be names.
  constexpr std::string_view kNumber = "{subject:number}";
  std::string text = node.text;
  if (text == kNumber) text = "{subject}";
  return text;
}

// ".webp" of "3-800x600.webp"; nothing where the end is no plain text.
std::string end_of_file(std::string_view text) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || !is_plain_in_pattern(text.substr(dot))) return {};
  return std::string(text.substr(dot));
}

bool is_plain_key(std::string_view key) {
  return is_plain_in_pattern(key) && key.find('=') == std::string_view::npos;
}

}  // namespace

std::optional<RouteText> write_route(const UrlTree& tree, std::span<const NodeId> way, const WayParts& parts,
                                     bool with_all_below) {
  RouteText route;
  std::string query;
  for (const NodeId id : way) {
    const UrlTree::Node& node = tree.at(id);
    const bool is_subject = std::ranges::find(parts.subjects, id) != parts.subjects.end();
    const bool is_changing = std::ranges::find(parts.changing, id) != parts.changing.end();
    const std::string piece = is_changing ? "*" + end_of_file(node.text) : piece_of(node, is_subject);
    switch (node.edge) {
      case Edge::host:
        route.host = piece;
        break;
      case Edge::segment:
        route.pattern += '/' + piece;
        break;
      case Edge::key:
        if (!is_plain_key(node.text)) return std::nullopt;
        query += (query.empty() ? '?' : '&') + node.text;
        break;
      case Edge::value:
        query += '=' + piece;
        break;
    }
  }
  if (with_all_below && query.empty()) route.pattern += "/**";
  if (route.pattern.empty()) route.pattern = "/";
  route.pattern += query;
  if (!PathPattern::parse(route.pattern)) return std::nullopt;
  if (!route.host.empty() && !Mask::parse(route.host)) return std::nullopt;
  return route;
}

std::string name_of(std::string_view pattern) {
  std::string name;
  std::string text;
  // Without the gaps.
  for (bool inside = false; const char c : pattern) {
    if (c == '{') inside = true;
    text.push_back(inside ? ' ' : c);
    if (c == '}') inside = false;
  }
  std::string_view rest = text;
  constexpr std::size_t kLongest = 40;
  for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
    const bool is_extension = word == "php" || word == "html" || word == "htm" || word == "aspx";
    const bool is_ascii =
        std::ranges::all_of(word, is_alphanumeric);  // the configuration takes no other names
    if (is_extension || !is_ascii || name.size() + word.size() > kLongest) continue;
    if (!name.empty()) name.push_back('-');
    name += lowered(word);
  }
  return name.empty() ? "people" : name;
}

}  // namespace sluice::detection
