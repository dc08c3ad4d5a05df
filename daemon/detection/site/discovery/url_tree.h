// SPDX-License-Identifier: Apache-2.0
// The URLs of a site as a tree of bounded size: hosts, then segments of the path, then keys of the query and
// their values. Where many different texts stand in one place they become one class of values. Used by
// RouteDiscovery, which walks it for each request; shapes.h reads it. Knows no time, and no words but those
// that it is given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/detection/site/discovery/common_mask.h"
#include "daemon/detection/site/discovery/value_kind.h"
#include "daemon/detection/site/discovery/value_sketch.h"
#include "daemon/detection/site/mask.h"

namespace sluice::detection {

// A value that a copy copies; null where there is none.
template <class T>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Owned(Owned&&) noexcept = default;
  Owned& operator=(const Owned& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Owned& operator=(Owned&&) noexcept = default;
  ~Owned() = default;

  [[nodiscard]] explicit operator bool() const { return value_ != nullptr; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  // Makes one where there is none.
  T& get_or_make() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  void reset() { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

// A node of the tree. 0 is none. A node that was removed leaves its number to another one; the serial tells.
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0;

struct NodeRef {
  NodeId id = kNoNode;
  std::uint32_t serial = 0;
  bool operator==(const NodeRef&) const = default;
};

// One of the pages that requests came from.
struct Predecessor {
  NodeRef page;
  std::uint32_t requests = 0;
  std::uint32_t same_value = 0;  // where that page showed the same value
  std::uint32_t at_once = 0;     // and the request came within two seconds of it
};

// What followed the views of a page: how often 0, 1, 2, ... different values of one class.
struct Followers {
  static constexpr std::size_t kMost = 100;
  std::vector<std::uint16_t> counts;
  NodeRef of;  // the class, or the parent of texts that are no class yet

  void add(std::size_t followers, const NodeRef& whose);
  void merge(const Followers& other);
};

// What is known of the URLs that end at a node.
struct UrlEnd {
  std::uint32_t requests = 0;
  std::uint32_t covered = 0;  // by a route
  std::uint32_t posts = 0;
  std::uint32_t pictures = 0;
  ValueSketch tuples{64};   // all values in the URL together
  ValueSketch sources{64};  // that asked for it
  std::vector<Predecessor> predecessors;
  Followers pages;
  Followers images;
};

// What is known of the values of a class.
struct ValueClass {
  static constexpr std::size_t kSamples = 24;
  struct Sample {
    static constexpr std::size_t kLongest = 35;
    std::uint32_t hash = 0;
    std::uint8_t size = 0;
    std::array<char, kLongest> text{};
    [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
  };

  Mask mask;
  ValueForm form = ValueForm::text;
  ValueSketch values{128};
  std::vector<Sample> samples;  // those with the smallest hashes; longer values are cut

  // `hash`: 32 bits of the value's hash.
  void add(std::uint32_t hash, std::string_view text);
  void merge(const ValueClass& other);
};

class UrlTree {
 public:
  enum class Edge : std::uint8_t { host, segment, key, value };

  struct Limits {
    std::size_t nodes = 4096;   // about 400 bytes each, with all that may hang on it
    std::size_t classes = 768;  // 1.4 KiB each
  };

  struct Node {
    std::string text;  // literal text, name of a key, or the mask of a class
    NodeId parent = kNoNode;
    NodeId next = kNoNode;  // the next one in the same list of the parent
    NodeId first_literal = kNoNode;
    NodeId first_class = kNoNode;
    NodeId first_key = kNoNode;
    std::uint32_t serial = 0;  // 0: a free node
    std::uint32_t hash = 0;    // of the text
    std::uint32_t requests = 0;
    std::uint16_t literals = 0;
    std::uint16_t keys = 0;
    Edge edge = Edge::segment;
    bool is_class = false;
    bool is_variable = false;     // of a key: its values are no switch
    std::uint32_t as_switch = 0;  // of a key: requests in which its value was a word
    Owned<UrlEnd> end;
    Owned<ValueClass> values;  // of a class
  };

  static constexpr NodeId kRoot = 1;
  // Different texts in one place before they become classes.
  static constexpr std::size_t kMostLiterals = 64;

  using TextTest = bool (*)(std::string_view text);

  // `seed`: random, so that strangers cannot choose texts that meet. `stays`: the first segments that never
  // become values.
  UrlTree(const Limits& limits, std::uint64_t seed, TextTest stays);

  struct Step {
    NodeId node = kNoNode;    // none: there was no room
    std::uint32_t value = 0;  // the hash of what stands there
    bool in_class = false;
  };
  // The child of `parent` for a text, made where there is none. Counts the text as a value where the child is
  // a class.
  [[nodiscard]] Step step(NodeId parent, Edge edge, std::string_view text);
  // The key of a query below a node; counts a request of it.
  [[nodiscard]] NodeId key(NodeId parent, std::string_view name);
  // Below a key whose values were taken for switches: they are values now, and what hangs below each of them
  // hangs beside the key.
  void make_variable(NodeId key);
  // The share of a key's requests that its four most frequent literal values have.
  [[nodiscard]] double share_of_most(NodeId key) const;
  // Removes the literal child with the fewest requests.
  void drop_lightest(NodeId parent);

  // Below each node, makes classes of the texts where at least `least` of them are alike. Directories with
  // the same structure become one class too, even if they are few, but for those whose text has a
  // meaning.
  void consolidate_all(std::size_t least, TextTest has_meaning);

  [[nodiscard]] Node& at(NodeId id) { return nodes_[id]; }
  [[nodiscard]] const Node& at(NodeId id) const { return nodes_[id]; }
  [[nodiscard]] NodeRef ref(NodeId id) const { return {id, nodes_[id].serial}; }
  [[nodiscard]] bool is_alive(const NodeRef& ref) const {
    return ref.id != kNoNode && nodes_[ref.id].serial == ref.serial;
  }
  [[nodiscard]] std::uint64_t hash(std::string_view text) const;
  // What a value at some depth adds to the hash of all values of a URL. The order of adding does not matter.
  [[nodiscard]] static std::uint32_t tuple_part(std::uint32_t value, unsigned depth);

  [[nodiscard]] std::size_t nodes() const { return used_; }
  [[nodiscard]] std::size_t classes() const { return classes_; }
  // Times that no node was made because the tree was full.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  using List = NodeId Node::*;

  [[nodiscard]] static List list_of(const Node& node);
  [[nodiscard]] std::uint64_t place(NodeId parent, Edge edge, std::uint32_t hash, bool is_class) const;
  [[nodiscard]] NodeId find(NodeId parent, Edge edge, std::string_view text, std::uint32_t hash,
                            bool is_class) const;
  [[nodiscard]] NodeId class_for(NodeId parent, Edge edge, std::string_view text, ValueForm form,
                                 std::string_view& value) const;
  NodeId add(NodeId parent, Edge edge, std::string_view text, std::uint32_t hash, bool is_class);
  NodeId add_class(NodeId parent, Edge edge, ValueForm form, std::string_view text, const Mask& mask);
  void link(NodeId parent, NodeId child);
  void unlink(NodeId child);
  void remove(NodeId leaf);
  void remove_with_all_below(NodeId node);
  // Frees an eighth of the nodes, or of the classes: those without children that have the fewest requests.
  void make_room(bool classes_only);

  // Whether a class was made.
  bool consolidate(NodeId parent, std::size_t least_texts, std::size_t least_alike, bool everything);
  // "/kiel/surgeons/{name}/contact" and "/kiel/dentists/{name}/contact": three or more such directories.
  void unite_directories(NodeId parent, TextTest has_meaning);
  // What stands in the two levels below, each as "child/grandchild".
  [[nodiscard]] std::vector<std::string> structure_below(NodeId node) const;
  [[nodiscard]] std::vector<NodeId> mergeable(NodeId parent, bool everything) const;
  void merge_into_class(NodeId literal, NodeId values);
  // Everything below `from`, and what is known of `from` itself, goes to `to`.
  void merge(NodeId from, NodeId to);
  void merge_children(NodeId from, NodeId to);
  void fold_value(NodeId node, std::uint32_t part);
  [[nodiscard]] std::optional<CommonMask> common_mask(NodeId parent, const std::vector<NodeId>& literals,
                                                      std::size_t least) const;
  [[nodiscard]] unsigned depth(NodeId node) const;
  [[nodiscard]] bool stays(NodeId parent, Edge edge, std::string_view text) const;
  // All nodes, each behind its parent.
  [[nodiscard]] std::vector<NodeRef> from_the_root() const;

  Limits limits_;
  std::uint64_t seed_;
  TextTest stays_;
  std::vector<Node> nodes_;
  std::vector<NodeId> free_;
  boost::unordered_flat_map<std::uint64_t, NodeId> index_;
  std::size_t used_ = 0;
  std::size_t classes_ = 0;
  std::uint32_t serials_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace sluice::detection
