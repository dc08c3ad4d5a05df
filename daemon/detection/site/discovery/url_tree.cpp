// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/url_tree.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <map>
#include <utility>

#include "daemon/base/hash.h"
#include "daemon/detection/site/discovery/common_mask.h"

namespace sluice::detection {
namespace {

// A longer text is a value at once: nobody names a page so.
constexpr std::size_t kLongestLiteral = 64;
// With more literals than that in one place they become classes, whatever hangs below them.
constexpr std::size_t kTooManyLiterals = UrlTree::kMostLiterals * 3 / 2;
// Alike texts that are worth a class while the tree grows.
constexpr std::size_t kLeastAlike = 16;
// A text with so many different ones below it is a directory, not a value.
constexpr std::uint16_t kLiteralsOfDirectory = 8;
// Keys below one node; a URL has few, so more of them are made up by a visitor.
constexpr std::uint16_t kMostKeys = 24;
constexpr std::size_t kMostPredecessors = 6;

std::string_view mask_text(ValueForm form) {
  switch (form) {
    case ValueForm::number:
      return "{subject:number}";
    case ValueForm::uuid:
      return "{subject:uuid}";
    case ValueForm::hex:
      return "{subject:hex}";
    case ValueForm::text:
      break;
  }
  return "{subject}";
}

bool is_script(std::string_view text) {
  constexpr std::array<std::string_view, 9> kExtensions = {".php", ".asp", ".aspx", ".jsp",  ".cgi",
                                                           ".pl",  ".do",  ".cfm",  ".phtml"};
  return std::ranges::any_of(kExtensions, [&](std::string_view end) { return text.ends_with(end); });
}

void merge_predecessors(std::vector<Predecessor>& to, const std::vector<Predecessor>& from) {
  for (const Predecessor& one : from) {
    const auto at = std::ranges::find(to, one.page, &Predecessor::page);
    if (at == to.end()) {
      if (to.size() < kMostPredecessors) to.push_back(one);
      continue;
    }
    at->requests += one.requests;
    at->same_value += one.same_value;
    at->at_once += one.at_once;
  }
}

void merge_ends(UrlEnd& to, const UrlEnd& from) {
  to.requests += from.requests;
  to.covered += from.covered;
  to.posts += from.posts;
  to.pictures += from.pictures;
  to.tuples.merge(from.tuples);
  to.sources.merge(from.sources);
  merge_predecessors(to.predecessors, from.predecessors);
  to.pages.merge(from.pages);
  to.images.merge(from.images);
}

}  // namespace

void Followers::add(std::size_t followers, const NodeRef& whose) {
  if (of == NodeRef{}) of = whose;
  if (of != whose) return;
  const std::size_t place = std::min(followers, kMost);
  if (counts.size() <= place) counts.resize(place + 1);
  if (counts[place] < 0xffff) ++counts[place];
}

void Followers::merge(const Followers& other) {
  if (of == NodeRef{}) of = other.of;
  if (other.of != of) return;
  if (counts.size() < other.counts.size()) counts.resize(other.counts.size());
  for (std::size_t i = 0; i < other.counts.size(); ++i)
    counts[i] = static_cast<std::uint16_t>(std::min(0xffff, counts[i] + other.counts[i]));
}

void ValueClass::add(std::uint32_t hash, std::string_view text) {
  if (!values.add(hash)) return;
  if (samples.size() == kSamples && hash >= samples.back().hash) return;
  Sample sample;
  sample.hash = hash;
  sample.size = static_cast<std::uint8_t>(std::min(text.size(), Sample::kLongest));
  std::copy_n(text.data(), sample.size, sample.text.begin());
  const auto at = std::ranges::lower_bound(samples, hash, {}, &Sample::hash);
  if (at != samples.end() && at->hash == hash) return;
  const auto place = at - samples.begin();
  if (samples.size() == kSamples) samples.pop_back();
  samples.insert(samples.begin() + place, sample);
}

void ValueClass::merge(const ValueClass& other) {
  values.merge(other.values);
  std::vector<Sample> both;
  std::ranges::set_union(samples, other.samples, std::back_inserter(both), {}, &Sample::hash, &Sample::hash);
  if (both.size() > kSamples) both.resize(kSamples);
  samples = std::move(both);
}

UrlTree::UrlTree(const Limits& limits, std::uint64_t seed, TextTest stays)
    : limits_(limits), seed_(seed), stays_(stays), nodes_(2) {
  nodes_[kRoot].serial = ++serials_;
  used_ = 1;
}

std::uint64_t UrlTree::hash(std::string_view text) const {
  std::uint64_t state = seed_ ^ (text.size() * 0x9e3779b97f4a7c15ULL);
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    state = mix_bits(state ^ word);
    text.remove_prefix(8);
  }
  std::uint64_t last = 0;
  if (!text.empty()) std::memcpy(&last, text.data(), text.size());
  return mix_bits(state ^ last);
}

std::uint32_t UrlTree::tuple_part(std::uint32_t value, unsigned depth) {
  return static_cast<std::uint32_t>(mix_bits((std::uint64_t{depth} << 32U) | value));
}

UrlTree::List UrlTree::list_of(const Node& node) {
  if (node.edge == Edge::key) return &Node::first_key;
  return node.is_class ? &Node::first_class : &Node::first_literal;
}

// Different for every child of every node, but for texts with one hash.
std::uint64_t UrlTree::place(NodeId parent, Edge edge, std::uint32_t hash, bool is_class) const {
  const std::uint64_t kind = static_cast<std::uint64_t>(edge) * 2 + (is_class ? 1 : 0);
  return (((std::uint64_t{parent} << 3U) | kind) << 32U) | hash;
}

NodeId UrlTree::find(NodeId parent, Edge edge, std::string_view text, std::uint32_t hash,
                     bool is_class) const {
  const auto found = index_.find(place(parent, edge, hash, is_class));
  return found != index_.end() && nodes_[found->second].text == text ? found->second : kNoNode;
}

NodeId UrlTree::class_for(NodeId parent, Edge edge, std::string_view text, ValueForm form,
                          std::string_view& value) const {
  if (nodes_[parent].first_class == kNoNode || stays(parent, edge, text)) return kNoNode;
  for (NodeId id = nodes_[parent].first_class; id != kNoNode; id = nodes_[id].next) {
    const Node& node = nodes_[id];
    if (node.edge != edge) continue;
    if (form != ValueForm::text) {
      if (node.values->form != form) continue;
      value = text;
      return id;
    }
    if (node.values->form == ValueForm::text && node.values->mask.fits(text, value)) return id;
  }
  return kNoNode;
}

void UrlTree::link(NodeId parent, NodeId child) {
  Node& node = nodes_[child];
  node.parent = parent;
  NodeId* slot = &(nodes_[parent].*list_of(node));
  // The class that takes every text is asked last.
  const bool is_last = node.is_class && node.values->mask.is_subject();
  while (is_last && *slot != kNoNode)
    slot = &nodes_[*slot].next;
  node.next = *slot;
  *slot = child;
  if (node.edge == Edge::key) {
    ++nodes_[parent].keys;
  } else if (!node.is_class) {
    ++nodes_[parent].literals;
  }
  index_[place(parent, node.edge, node.hash, node.is_class)] = child;
}

void UrlTree::unlink(NodeId child) {
  Node& node = nodes_[child];
  NodeId* slot = &(nodes_[node.parent].*list_of(node));
  while (*slot != child)
    slot = &nodes_[*slot].next;
  *slot = node.next;
  node.next = kNoNode;
  if (node.edge == Edge::key) {
    --nodes_[node.parent].keys;
  } else if (!node.is_class) {
    --nodes_[node.parent].literals;
  }
  index_.erase(place(node.parent, node.edge, node.hash, node.is_class));
}

void UrlTree::remove(NodeId leaf) {
  unlink(leaf);
  if (nodes_[leaf].is_class) --classes_;
  nodes_[leaf] = Node();
  free_.push_back(leaf);
  --used_;
}

void UrlTree::remove_with_all_below(NodeId node) {
  for (const List list : {&Node::first_literal, &Node::first_class, &Node::first_key}) {
    while (nodes_[node].*list != kNoNode)
      remove_with_all_below(nodes_[node].*list);
  }
  remove(node);
}

NodeId UrlTree::add(NodeId parent, Edge edge, std::string_view text, std::uint32_t hash, bool is_class) {
  const auto is_full = [&] { return used_ >= limits_.nodes || (is_class && classes_ >= limits_.classes); };
  if (is_full()) {
    // The parent must not go, which has perhaps no child yet.
    const std::uint32_t requests = std::exchange(nodes_[parent].requests, ~std::uint32_t{0});
    make_room(used_ < limits_.nodes);
    nodes_[parent].requests = requests;
  }
  if (is_full() || index_.contains(place(parent, edge, hash, is_class))) {
    ++refused_;
    return kNoNode;
  }
  NodeId id = static_cast<NodeId>(nodes_.size());
  if (free_.empty()) {
    nodes_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Node& node = nodes_[id];
  node.text = text;
  node.hash = hash;
  node.edge = edge;
  node.serial = ++serials_;
  node.is_class = is_class;
  ++used_;
  if (is_class) {
    ++classes_;
    node.values.get_or_make();
  }
  return id;
}

NodeId UrlTree::add_class(NodeId parent, Edge edge, ValueForm form, std::string_view text, const Mask& mask) {
  const NodeId id = add(parent, edge, text, static_cast<std::uint32_t>(hash(text)), true);
  if (id == kNoNode) return id;
  nodes_[id].values->form = form;
  nodes_[id].values->mask = mask;
  link(parent, id);
  return id;
}

void UrlTree::make_room(bool classes_only) {
  std::vector<std::pair<std::uint32_t, NodeId>> leaves;
  for (NodeId id = kRoot + 1; id < nodes_.size(); ++id) {
    const Node& node = nodes_[id];
    const bool is_leaf =
        node.first_literal == kNoNode && node.first_class == kNoNode && node.first_key == kNoNode;
    const bool is_pinned = node.requests == ~std::uint32_t{0};
    if (node.serial != 0 && is_leaf && !is_pinned && (node.is_class || !classes_only))
      leaves.emplace_back(node.requests, id);
  }
  const std::size_t wanted = (classes_only ? limits_.classes : limits_.nodes) / 8 + 1;
  const std::size_t count = std::min(leaves.size(), wanted);
  std::ranges::nth_element(leaves, leaves.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i)
    remove(leaves[i].second);
}

UrlTree::Step UrlTree::step(NodeId parent, Edge edge, std::string_view text) {
  const auto whole = static_cast<std::uint32_t>(hash(text));
  const ValueForm form = form_of(text);
  if (form == ValueForm::text) {
    if (const NodeId literal = find(parent, edge, text, whole, false); literal != kNoNode) {
      ++nodes_[literal].requests;
      return {literal, whole, false};
    }
  }
  std::string_view value = text;
  NodeId found = class_for(parent, edge, text, form, value);
  const bool is_crowded = nodes_[parent].literals >= kMostLiterals;
  if (found == kNoNode && form == ValueForm::text && is_crowded) {
    consolidate(parent, kMostLiterals / 2, kLeastAlike, nodes_[parent].literals >= kTooManyLiterals);
    found = class_for(parent, edge, text, form, value);
  }
  if (found == kNoNode && (form != ValueForm::text || text.size() > kLongestLiteral)) {
    const std::string_view mask = mask_text(form);
    found = add_class(parent, edge, form, mask, *Mask::parse(mask));
    if (found == kNoNode) return {};
  }
  if (found != kNoNode) {
    const std::uint32_t of_value =
        value.size() == text.size() ? whole : static_cast<std::uint32_t>(hash(value));
    ++nodes_[found].requests;
    nodes_[found].values->add(of_value, value);
    return {found, of_value, true};
  }
  const NodeId literal = add(parent, edge, text, whole, false);
  if (literal == kNoNode) return {};
  link(parent, literal);
  nodes_[literal].requests = 1;
  return {literal, whole, false};
}

NodeId UrlTree::key(NodeId parent, std::string_view name) {
  const auto hash_of_name = static_cast<std::uint32_t>(hash(name));
  if (const NodeId known = find(parent, Edge::key, name, hash_of_name, false); known != kNoNode) {
    ++nodes_[known].requests;
    return known;
  }
  if (nodes_[parent].keys >= kMostKeys) {
    // The rarest makes room, of equals the oldest: what comes again soon stays.
    NodeId rarest = nodes_[parent].first_key;
    for (NodeId id = rarest; id != kNoNode; id = nodes_[id].next) {
      if (nodes_[id].requests <= nodes_[rarest].requests) rarest = id;
    }
    remove_with_all_below(rarest);
    ++refused_;
  }
  const NodeId made = add(parent, Edge::key, name, hash_of_name, false);
  if (made == kNoNode) return made;
  link(parent, made);
  nodes_[made].requests = 1;
  return made;
}

double UrlTree::share_of_most(NodeId key) const {
  std::array<std::uint32_t, 4> most{};
  std::uint64_t all = 0;
  for (NodeId id = nodes_[key].first_literal; id != kNoNode; id = nodes_[id].next) {
    all += nodes_[id].requests;
    const auto least = std::ranges::min_element(most);
    *least = std::max(*least, nodes_[id].requests);
  }
  std::uint64_t sum = 0;
  for (const std::uint32_t requests : most)
    sum += requests;
  return all == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(all);
}

void UrlTree::drop_lightest(NodeId parent) {
  NodeId lightest = kNoNode;
  for (NodeId id = nodes_[parent].first_literal; id != kNoNode; id = nodes_[id].next) {
    if (lightest == kNoNode || nodes_[id].requests < nodes_[lightest].requests) lightest = id;
  }
  if (lightest != kNoNode) remove_with_all_below(lightest);
}

void UrlTree::make_variable(NodeId key) {
  nodes_[key].is_variable = true;
  const NodeId beside = nodes_[key].parent;
  for (NodeId value = nodes_[key].first_literal; value != kNoNode; value = nodes_[value].next) {
    while (nodes_[value].first_key != kNoNode) {
      const NodeId below = nodes_[value].first_key;
      const NodeId same = find(beside, Edge::key, nodes_[below].text, nodes_[below].hash, false);
      if (same == key) {
        remove_with_all_below(below);  // the same key twice in one URL: the tree knows it already
      } else if (same != kNoNode) {
        merge(below, same);
      } else {
        unlink(below);
        link(beside, below);
      }
    }
  }
}

bool UrlTree::stays(NodeId parent, Edge edge, std::string_view text) const {
  const bool is_first = parent == kRoot || nodes_[parent].edge == Edge::host;
  return is_first && edge == Edge::segment && stays_(text);
}

unsigned UrlTree::depth(NodeId node) const {
  unsigned steps = 0;
  for (; node != kRoot; node = nodes_[node].parent)
    ++steps;
  return steps;
}

// A directory, a script or a page that everybody reads is no value, unless most of its neighbours are alike.
std::vector<NodeId> UrlTree::mergeable(NodeId parent, bool everything) const {
  std::vector<NodeId> all;
  std::vector<std::uint32_t> requests;
  std::size_t with_class = 0;
  std::size_t with_many = 0;
  for (NodeId id = nodes_[parent].first_literal; id != kNoNode; id = nodes_[id].next) {
    all.push_back(id);
    requests.push_back(nodes_[id].requests);
    with_class += nodes_[id].first_class != kNoNode ? 1 : 0;
    with_many += nodes_[id].literals >= kLiteralsOfDirectory ? 1 : 0;
  }
  if (all.empty()) return all;
  const auto middle = requests.begin() + static_cast<std::ptrdiff_t>(requests.size() / 2);
  std::ranges::nth_element(requests, middle);
  const std::uint64_t median = *middle;
  std::erase_if(all, [&](NodeId id) {
    const Node& node = nodes_[id];
    const bool is_directory = (node.first_class != kNoNode && 2 * with_class < requests.size()) ||
                              (node.literals >= kLiteralsOfDirectory && 2 * with_many < requests.size());
    const bool is_heavy = node.requests >= 32 && node.requests >= 8 * median &&
                          std::uint64_t{node.requests} * 50 >= nodes_[parent].requests;
    if (stays(parent, node.edge, node.text)) return true;
    return is_heavy || (!everything && (is_directory || (node.keys > 0 && is_script(node.text))));
  });
  return all;
}

std::optional<CommonMask> UrlTree::common_mask(NodeId parent, const std::vector<NodeId>& literals,
                                               std::size_t least) const {
  std::size_t classes = 0;
  for (NodeId id = nodes_[parent].first_class; id != kNoNode; id = nodes_[id].next)
    ++classes;
  // Every text is compared with every class of its place, so these stay few.
  constexpr std::size_t kMostClasses = 10;
  if (classes >= kMostClasses) {
    const std::string_view whole = mask_text(ValueForm::text);
    return CommonMask{std::string(whole), *Mask::parse(whole)};
  }
  std::vector<std::string_view> texts;
  texts.reserve(literals.size());
  for (const NodeId id : literals)
    texts.push_back(nodes_[id].text);
  return find_common_mask(texts, least, nodes_[literals.front()].edge == Edge::host);
}

bool UrlTree::consolidate(NodeId parent, std::size_t least_texts, std::size_t least_alike, bool everything) {
  bool made_any = false;
  for (;;) {
    std::vector<NodeId> literals = mergeable(parent, everything);
    if (literals.empty() || literals.size() < least_texts) return made_any;
    const Edge edge = nodes_[literals.front()].edge;
    const auto common = common_mask(parent, literals, least_alike);
    if (!common) return made_any;
    NodeId values = find(parent, edge, common->text, static_cast<std::uint32_t>(hash(common->text)), true);
    if (values == kNoNode) values = add_class(parent, edge, ValueForm::text, common->text, common->mask);
    if (values == kNoNode) return made_any;
    bool merged_any = false;
    // Asked again: making the class may have taken room from some of them.
    for (const NodeId id : mergeable(parent, everything)) {
      std::string_view value;
      if (nodes_[id].edge != edge || !common->mask.fits(nodes_[id].text, value)) continue;
      merge_into_class(id, values);
      merged_any = true;
    }
    if (!merged_any) return made_any;
    made_any = true;
  }
}

void UrlTree::merge_into_class(NodeId literal, NodeId values) {
  const std::string text = nodes_[literal].text;
  std::string_view value;
  if (!nodes_[values].values->mask.fits(text, value)) return;
  const auto of_value = static_cast<std::uint32_t>(hash(value));
  nodes_[values].values->add(of_value, value);
  const unsigned place =
      nodes_[literal].edge == Edge::value ? nodes_[nodes_[literal].parent].hash : depth(literal);
  fold_value(literal, tuple_part(of_value, place));
  merge(literal, values);
}

void UrlTree::fold_value(NodeId node, std::uint32_t part) {
  if (nodes_[node].end) {
    ValueSketch& tuples = nodes_[node].end->tuples;
    if (tuples.empty()) {
      tuples.add(part);
    } else {
      tuples.shift(part);
    }
  }
  for (const List list : {&Node::first_literal, &Node::first_class, &Node::first_key}) {
    for (NodeId id = nodes_[node].*list; id != kNoNode; id = nodes_[id].next)
      fold_value(id, part);
  }
}

void UrlTree::merge(NodeId from, NodeId to) {
  nodes_[to].requests += nodes_[from].requests;
  nodes_[to].as_switch += nodes_[from].as_switch;
  nodes_[to].is_variable = nodes_[to].is_variable || nodes_[from].is_variable;
  if (nodes_[from].end) merge_ends(nodes_[to].end.get_or_make(), *nodes_[from].end);
  if (nodes_[from].values && nodes_[to].values) nodes_[to].values->merge(*nodes_[from].values);
  merge_children(from, to);
  remove(from);
}

void UrlTree::merge_children(NodeId from, NodeId to) {
  for (const List list : {&Node::first_class, &Node::first_literal, &Node::first_key}) {
    while (nodes_[from].*list != kNoNode) {
      const NodeId child = nodes_[from].*list;
      const Node& node = nodes_[child];
      std::string_view value;
      NodeId same = find(to, node.edge, node.text, node.hash, node.is_class);
      const bool is_literal = !node.is_class && node.edge != Edge::key;
      if (same != kNoNode) {
        merge(child, same);
      } else if (same = is_literal ? class_for(to, node.edge, node.text, ValueForm::text, value) : kNoNode;
                 same != kNoNode) {
        merge_into_class(child, same);
      } else if (index_.contains(place(to, node.edge, node.hash, node.is_class))) {
        remove_with_all_below(child);  // another text has the same hash: one in four thousand million
      } else {
        unlink(child);
        link(to, child);
      }
    }
  }
}

std::vector<std::string> UrlTree::structure_below(NodeId node) const {
  constexpr std::size_t kMost = 256;
  std::vector<std::string> paths;
  for (const List upper : {&Node::first_class, &Node::first_literal}) {
    for (NodeId child = nodes_[node].*upper; child != kNoNode; child = nodes_[child].next) {
      if (nodes_[child].edge != Edge::segment) continue;
      for (const List lower : {&Node::first_class, &Node::first_literal}) {
        for (NodeId id = nodes_[child].*lower; id != kNoNode && paths.size() < kMost; id = nodes_[id].next) {
          if (nodes_[id].edge == Edge::segment) paths.push_back(nodes_[child].text + '/' + nodes_[id].text);
        }
      }
    }
  }
  std::ranges::sort(paths);
  return paths;
}

void UrlTree::unite_directories(NodeId parent, TextTest has_meaning) {
  constexpr std::size_t kLeastAlike = 3;
  if (parent == kRoot || nodes_[parent].edge == Edge::key) return;
  std::vector<std::pair<NodeId, std::vector<std::string>>> directories;
  std::map<std::string, std::size_t> frequency;
  for (NodeId id = nodes_[parent].first_literal; id != kNoNode; id = nodes_[id].next) {
    if (nodes_[id].edge != Edge::segment || has_meaning(nodes_[id].text)) continue;
    std::vector<std::string> below = structure_below(id);
    if (below.empty()) continue;
    for (const std::string& path : below)
      ++frequency[path];
    directories.emplace_back(id, std::move(below));
  }
  if (directories.size() < kLeastAlike) return;
  // The paths that most directories have; a directory that lacks most of these is not one of them.
  const auto is_usual = [&](const std::string& path) {
    return frequency[path] >= kLeastAlike && 5 * frequency[path] >= 3 * directories.size();
  };
  const auto usual = static_cast<std::size_t>(
      std::ranges::count_if(frequency, [&](const auto& one) { return is_usual(one.first); }));
  if (usual == 0) return;
  std::erase_if(directories, [&](const auto& one) {
    const auto own = static_cast<std::size_t>(std::ranges::count_if(one.second, is_usual));
    return 5 * own < 3 * usual || 2 * own < one.second.size();
  });
  if (directories.size() < kLeastAlike) return;
  const std::string whole(mask_text(ValueForm::text));
  NodeId values = find(parent, Edge::segment, whole, static_cast<std::uint32_t>(hash(whole)), true);
  if (values == kNoNode)
    values = add_class(parent, Edge::segment, ValueForm::text, whole, *Mask::parse(whole));
  if (values == kNoNode) return;
  for (const auto& [id, below] : directories) {
    // Making the class may have taken room from one.
    if (nodes_[id].serial != 0 && nodes_[id].parent == parent && !nodes_[id].is_class)
      merge_into_class(id, values);
  }
}

std::vector<NodeRef> UrlTree::from_the_root() const {
  std::vector<NodeRef> refs = {ref(kRoot)};
  for (std::size_t i = 0; i < refs.size(); ++i) {
    for (const List list : {&Node::first_literal, &Node::first_class, &Node::first_key}) {
      for (NodeId id = nodes_[refs[i].id].*list; id != kNoNode; id = nodes_[id].next)
        refs.push_back(ref(id));
    }
  }
  return refs;
}

void UrlTree::consolidate_all(std::size_t least, TextTest has_meaning) {
  // The lowest first, so that a directory of values is known as one when its neighbours become values.
  std::vector<NodeRef> refs = from_the_root();
  for (auto at = refs.rbegin(); at != refs.rend(); ++at) {
    if (is_alive(*at)) consolidate(at->id, least, least * 3 / 5, false);
  }
  refs = from_the_root();
  for (auto at = refs.rbegin(); at != refs.rend(); ++at) {
    if (is_alive(*at)) unite_directories(at->id, has_meaning);
  }
  // Merged directories may have become crowded again.
  for (const NodeRef& one : from_the_root()) {
    if (is_alive(one)) consolidate(one.id, least, least * 3 / 5, false);
  }
}

std::size_t UrlTree::memory_bytes() const {
  std::size_t bytes = nodes_.capacity() * sizeof(Node) + free_.capacity() * sizeof(NodeId);
  bytes += index_.bucket_count() * (sizeof(std::uint64_t) + sizeof(NodeId) + 5);
  constexpr std::size_t kBlock = 16;  // what an allocation costs beside its size
  for (const Node& node : nodes_) {
    if (node.text.capacity() > sizeof(std::string) / 2) bytes += node.text.capacity() + kBlock;
    if (node.end) {
      bytes +=
          sizeof(UrlEnd) + node.end->tuples.memory_bytes() + node.end->sources.memory_bytes() +
          node.end->predecessors.capacity() * sizeof(Predecessor) +
          (node.end->pages.counts.capacity() + node.end->images.counts.capacity()) * sizeof(std::uint16_t) +
          6 * kBlock;
    }
    if (node.values) {
      bytes += sizeof(ValueClass) + node.values->values.memory_bytes() +
               node.values->samples.capacity() * sizeof(ValueClass::Sample) + 3 * kBlock;
    }
  }
  return bytes;
}

}  // namespace sluice::detection
