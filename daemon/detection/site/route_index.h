// SPDX-License-Identifier: Apache-2.0
// Finds the patterns that a path may fit, without asking each of them: a tree with a level for each segment.
// The work depends on the length of the path and on how many patterns it fits, not on how many there are.
// Used by RouteTable, which asks the patterns found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "daemon/detection/site/mask.h"
#include "daemon/detection/site/pattern.h"

namespace sluice::detection {

// Hashes texts for look-ups by a view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// Masks of one level that are neither literal nor a gap alone, by their beginning or their end.
class MaskIndex {
 public:
  void add(const Mask& mask, std::uint32_t node);
  // The node of a mask that was added; 0: it was not.
  [[nodiscard]] std::uint32_t find(const Mask& mask) const;

  // Calls `take` with the node of each mask that fits.
  template <class Take>
  void for_each_fitting(std::string_view segment, Take take) const {
    for (const std::size_t length : prefixes_.lengths) {
      if (length <= segment.size()) ask(prefixes_, segment.substr(0, length), segment, take);
    }
    for (const std::size_t length : suffixes_.lengths) {
      if (length <= segment.size()) ask(suffixes_, segment.substr(segment.size() - length), segment, take);
    }
  }

 private:
  struct Edge {
    Mask mask;
    std::uint32_t node = 0;
  };
  struct Group {
    TextMap<std::vector<Edge>> edges;
    std::vector<std::size_t> lengths;  // of the keys, each once
  };

  template <class Take>
  static void ask(const Group& group, std::string_view key, std::string_view segment, Take& take) {
    const auto at = group.edges.find(key);
    if (at == group.edges.end()) return;
    std::string_view subject;
    for (const Edge& edge : at->second) {
      if (edge.mask.fits(segment, subject)) take(edge.node);
    }
  }
  [[nodiscard]] bool by_suffix(const Mask& mask) const { return mask.prefix().empty(); }

  Group prefixes_;
  Group suffixes_;
};

class RouteIndex {
 public:
  RouteIndex() : nodes_(1) {}

  // `number` is what find() gives.
  void add(const PathPattern& pattern, std::uint32_t number);

  using Numbers = boost::container::small_vector<std::uint32_t, 16>;
  // The numbers of the patterns whose paths fit, in ascending order. `path` is normalised, without a closing
  // '/'; the top is empty.
  void find(std::string_view path, Numbers& found) const;

 private:
  struct Node {
    TextMap<std::uint32_t> literals;
    MaskIndex masks;
    std::uint32_t any = 0;               // "*" or "{subject}": any segment; 0: none
    std::uint32_t rest = 0;              // "**"; 0: none
    bool repeats = false;                // the node of a "**": it stays for further segments
    std::vector<std::uint32_t> numbers;  // of the patterns that end here
  };
  using Active = boost::container::small_vector<std::uint32_t, 16>;

  std::uint32_t child_of(std::uint32_t node, const Mask& mask);
  std::uint32_t make_node();
  void enter(std::uint32_t node, Active& active) const;

  std::vector<Node> nodes_;  // the first is the root
};

}  // namespace sluice::detection
