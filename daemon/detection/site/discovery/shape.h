// SPDX-License-Identifier: Apache-2.0
// URLs with their varying parts replaced: "/memberlist.php?mode=viewprofile&u={number}". Read off a UrlTree.
// Used by RouteDiscovery and the proposals of routes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/detection/site/discovery/url_tree.h"
#include "daemon/detection/site/discovery/value_kind.h"

namespace sluice::detection {

struct Shape {
  std::string text;  // with the host in front where the log has several
  std::uint64_t requests = 0;
  std::uint64_t covered_requests = 0;  // that a route matched
  double values = 1;                   // different ones, about; of several parts together

  [[nodiscard]] bool covered() const { return 2 * covered_requests >= requests; }
};

// A place in a URL in which values vary.
struct Variable {
  NodeId node = kNoNode;
  ValueKind kind = ValueKind::text;
  double values = 0;
};

// A shape, and where in the tree it comes from.
struct FoundShape {
  Shape shape;
  NodeId node = kNoNode;
  std::vector<NodeId> chain;        // from the root's child to the node
  std::vector<Variable> variables;  // with at least two values
};

// Whether hosts are part of shapes: two or more have a part of the requests that is worth it.
[[nodiscard]] bool has_several_hosts(const UrlTree& tree);

// Largest first. A URL with several values in its query is several shapes, one for each.
[[nodiscard]] std::vector<FoundShape> find_shapes(const UrlTree& tree);

// The text with '?' for what is no UTF-8: URLs may hold any bytes.
[[nodiscard]] std::string readable(std::string_view text);

// The kind of the values of a class.
[[nodiscard]] ValueKind kind_of_class(const ValueClass& values);

}  // namespace sluice::detection
