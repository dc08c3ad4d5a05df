// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/route_index.h"

#include <algorithm>

namespace sluice::detection {

void MaskIndex::add(const Mask& mask, std::uint32_t node) {
  Group& group = by_suffix(mask) ? suffixes_ : prefixes_;
  const std::string& key = by_suffix(mask) ? mask.suffix() : mask.prefix();
  group.edges[key].push_back({mask, node});
  if (std::ranges::find(group.lengths, key.size()) == group.lengths.end())
    group.lengths.push_back(key.size());
}

std::uint32_t MaskIndex::find(const Mask& mask) const {
  const Group& group = by_suffix(mask) ? suffixes_ : prefixes_;
  const auto at = group.edges.find(by_suffix(mask) ? mask.suffix() : mask.prefix());
  if (at == group.edges.end()) return 0;
  const auto edge = std::ranges::find(at->second, mask, &Edge::mask);
  return edge == at->second.end() ? 0 : edge->node;
}

std::uint32_t RouteIndex::make_node() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t RouteIndex::child_of(std::uint32_t node, const Mask& mask) {
  if (mask.is_literal()) {
    if (const auto at = nodes_[node].literals.find(mask.prefix()); at != nodes_[node].literals.end())
      return at->second;
    const std::uint32_t child = make_node();
    nodes_[node].literals.emplace(mask.prefix(), child);
    return child;
  }
  if (mask.is_any() || mask.is_subject()) {
    if (nodes_[node].any == 0) {
      const std::uint32_t child = make_node();
      nodes_[node].any = child;
    }
    return nodes_[node].any;
  }
  if (const std::uint32_t known = nodes_[node].masks.find(mask); known != 0) return known;
  const std::uint32_t child = make_node();
  nodes_[node].masks.add(mask, child);
  return child;
}

void RouteIndex::add(const PathPattern& pattern, std::uint32_t number) {
  std::uint32_t node = 0;
  for (const Mask& mask : pattern.head())
    node = child_of(node, mask);
  if (pattern.has_rest()) {
    if (nodes_[node].rest == 0) {
      const std::uint32_t rest = make_node();
      nodes_[rest].repeats = true;
      nodes_[node].rest = rest;
    }
    node = nodes_[node].rest;
    for (const Mask& mask : pattern.tail())
      node = child_of(node, mask);
  }
  nodes_[node].numbers.push_back(number);
}

// "**" stands for no segment too, so its node is entered with the one before it.
void RouteIndex::enter(std::uint32_t node, Active& active) const {
  if (std::ranges::find(active, node) != active.end()) return;
  active.push_back(node);
  if (nodes_[node].rest != 0) enter(nodes_[node].rest, active);
}

void RouteIndex::find(std::string_view path, Numbers& found) const {
  found.clear();
  Active active;
  enter(0, active);
  while (!path.empty() && !active.empty()) {
    const std::string_view segment = next_segment(path);
    Active next;
    for (const std::uint32_t number : active) {
      const Node& node = nodes_[number];
      if (node.repeats) enter(number, next);
      if (const auto at = node.literals.find(segment); at != node.literals.end()) enter(at->second, next);
      if (node.any != 0 && !segment.empty()) enter(node.any, next);
      node.masks.for_each_fitting(segment, [&](std::uint32_t child) { enter(child, next); });
    }
    active = std::move(next);
  }
  for (const std::uint32_t number : active)
    found.insert(found.end(), nodes_[number].numbers.begin(), nodes_[number].numbers.end());
  std::ranges::sort(found);
}

}  // namespace sluice::detection
