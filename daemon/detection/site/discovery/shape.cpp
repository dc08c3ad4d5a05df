// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/shape.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/utf8.h"

namespace sluice::detection {
namespace {

using Edge = UrlTree::Edge;

constexpr double kLeastValues = 2;

bool is_variable(const UrlTree::Node& node) {
  return node.is_class && node.values->values.estimate() >= kLeastValues;
}

// "profile-{subject:number}.html" with what shows the kind instead of the gap.
std::string with_kind(const UrlTree::Node& node, ValueKind kind) {
  std::string text = node.text;
  const auto begin = text.find("{subject");
  if (begin == std::string::npos) return text;
  const auto end = text.find('}', begin) + 1;
  const bool says_number = text.substr(begin, end - begin) == "{subject:number}";
  text.replace(begin, end - begin, fmt::format("{{{}}}", says_number ? "number" : to_text(kind)));
  if (const auto star = text.find('*'); star != std::string::npos) text.replace(star, 1, "{text}");
  return text;
}

// The only value of a class, where it stands.
std::string only_value(const UrlTree::Node& node) {
  const std::string_view value = node.values->samples.empty() ? "" : node.values->samples.front().view();
  std::string text = node.text;
  const auto begin = text.find("{subject");
  if (begin == std::string::npos) return text;
  return text.replace(begin, text.find('}', begin) + 1 - begin, value);
}

// Walks a tree, the way to the node that it is at in hand.
class ShapeReader {
 public:
  explicit ShapeReader(const UrlTree& tree) : tree_(tree), with_hosts_(has_several_hosts(tree)) {}

  std::vector<FoundShape> read() {
    visit(UrlTree::kRoot, "");
    std::ranges::stable_sort(
        found_, [](const FoundShape& a, const FoundShape& b) { return a.shape.requests > b.shape.requests; });
    return std::move(found_);
  }

 private:
  void visit(NodeId id, const std::string& text) {
    const UrlTree::Node& node = tree_.at(id);
    if (node.end) add(id, text);
    for (const NodeId first : {node.first_literal, node.first_class, node.first_key}) {
      for (NodeId child = first; child != kNoNode; child = tree_.at(child).next)
        descend(child, text);
    }
  }

  void descend(NodeId id, const std::string& before) {
    const UrlTree::Node& node = tree_.at(id);
    const bool varies = is_variable(node);
    chain_.push_back(id);
    std::string piece = node.text;
    if (varies) {
      variables_.push_back({id, kind_of_class(*node.values), node.values->values.estimate()});
      piece = with_kind(node, variables_.back().kind);
    } else if (node.is_class) {
      piece = only_value(node);
    }
    visit(id, joined(before, node.edge, piece));
    if (varies) variables_.pop_back();
    chain_.pop_back();
  }

  [[nodiscard]] std::string joined(const std::string& before, Edge edge, const std::string& piece) const {
    switch (edge) {
      case Edge::host:
        return with_hosts_ ? piece : std::string();
      case Edge::segment:
        return before + '/' + piece;
      case Edge::key: {
        const std::string path = before.find('/') == std::string::npos ? before + '/' : before;
        return path + (before.find('?') == std::string::npos ? '?' : '&') + piece;
      }
      case Edge::value:
        return before + '=' + piece;
    }
    return before;
  }

  void add(NodeId id, const std::string& text) {
    const UrlEnd& end = *tree_.at(id).end;
    FoundShape found;
    found.shape.text = readable(text.find('/') == std::string::npos ? text + '/' : text);
    found.shape.requests = end.requests;
    found.shape.covered_requests = end.covered;
    if (variables_.size() == 1) found.shape.values = variables_.front().values;
    if (!variables_.empty() && !end.tuples.empty()) {
      const double tuples = end.tuples.estimate();
      // Where all values of the one class end here, its own sketch is the more exact one.
      if (variables_.size() > 1 || variables_.front().node != id) found.shape.values = tuples;
    }
    found.node = id;
    found.chain = chain_;
    found.variables = variables_;
    found_.push_back(std::move(found));
  }

  const UrlTree& tree_;
  bool with_hosts_;
  std::vector<NodeId> chain_;
  std::vector<Variable> variables_;
  std::vector<FoundShape> found_;
};

}  // namespace

bool has_several_hosts(const UrlTree& tree) {
  std::uint64_t all = 0;
  std::vector<std::uint64_t> hosts;
  for (const NodeId first : {tree.at(UrlTree::kRoot).first_literal, tree.at(UrlTree::kRoot).first_class}) {
    for (NodeId id = first; id != kNoNode; id = tree.at(id).next) {
      if (tree.at(id).edge != Edge::host) continue;
      all += tree.at(id).requests;
      hosts.push_back(tree.at(id).requests);
      if (tree.at(id).is_class) return true;
    }
  }
  return std::ranges::count_if(hosts, [&](std::uint64_t requests) { return requests * 50 >= all; }) >= 2;
}

ValueKind kind_of_class(const ValueClass& values) {
  if (const auto kind = kind_of(values.form)) return *kind;
  std::vector<std::string_view> texts;
  texts.reserve(values.samples.size());
  for (const ValueClass::Sample& sample : values.samples)
    texts.push_back(sample.view());
  return kind_of(texts);
}

std::string readable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    result += length == 0 ? "?" : std::string(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return result;
}

std::vector<FoundShape> find_shapes(const UrlTree& tree) {
  return ShapeReader(tree).read();
}

}  // namespace sluice::detection
