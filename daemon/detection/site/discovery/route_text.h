// SPDX-License-Identifier: Apache-2.0
// Writes a way through the tree of URLs as the pattern of a route. Used by the proposals of routes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/detection/site/discovery/url_tree.h"

namespace sluice::detection {

struct RouteText {
  std::string pattern;  // "/memberlist.php?mode=viewprofile&u={subject}"
  std::string host;     // mask of the host; empty where the way has none
};

// What nodes of a way are.
struct WayParts {
  std::vector<NodeId> subjects;  // classes that are parts of the subject; other classes become "*"
  std::vector<NodeId> changing;  // texts that stand for others of their place as well; they become "*" too
};

// `way`: from the root's child on. `with_all_below`: also what lies below the path. Nothing where the grammar
// of patterns cannot say it.
[[nodiscard]] std::optional<RouteText> write_route(const UrlTree& tree, std::span<const NodeId> way,
                                                   const WayParts& parts, bool with_all_below);

// "people", "memberlist-viewprofile-u": the words of a pattern, for the name of its route.
[[nodiscard]] std::string name_of(std::string_view pattern);

}  // namespace sluice::detection
