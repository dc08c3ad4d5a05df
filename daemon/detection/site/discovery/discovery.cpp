// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/discovery.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include "daemon/base/hash.h"
#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/software.h"
#include "daemon/detection/site/discovery/words.h"
#include "daemon/detection/site/pattern.h"

namespace sluice::detection {
namespace {

using Edge = UrlTree::Edge;

constexpr unsigned kMostSegments = 10;
constexpr std::size_t kLongestKey = 40;
constexpr std::size_t kLongestHost = 100;
// Switches that stand one below the other; each multiplies the places below it.
constexpr std::size_t kMostSwitches = 2;
// A key with more different words than that is no switch, unless four of them are nearly all requests.
constexpr std::uint16_t kMostSwitchValues = 12;
constexpr double kShareOfSwitch = 0.9;
// Different texts in one place that become values when somebody asks.
constexpr std::size_t kLeastDifferent = 20;

bool is_answered(std::uint16_t status) {
  return (status >= 200 && status < 300) || status == 304;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view one) { return equal_ignoring_case(word, one); });
}

enum class File : std::uint8_t { page, image, part_of_page };

// What a path is, by its extension.
File file_of(std::string_view path) {
  constexpr std::size_t kLongestExtension = 6;
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos || path.size() - dot > kLongestExtension) return File::page;
  const std::string_view extension = path.substr(dot + 1);
  if (is_one_of(extension, {"jpg", "jpeg", "png", "webp", "gif", "avif", "svg", "bmp"})) return File::image;
  if (is_one_of(extension, {"css", "js", "mjs", "map", "woff", "woff2", "ttf", "otf", "eot", "ico", "mp4",
                            "webm", "mp3", "ogg"}))
    return File::part_of_page;
  return File::page;
}

// The name of a site's host, in `buffer` where it is not plain; empty for an address, which is how scanners
// name a host, and where there is none.
std::string_view site_host(std::string_view host, std::string& buffer) {
  host = bare_host(host);
  if (host.empty() || host.size() > kLongestHost || host.find(':') != std::string_view::npos) return {};
  const bool is_address = std::ranges::all_of(host, [](char c) { return is_digit(c) || c == '.'; });
  if (is_address) return {};
  if (std::ranges::any_of(host, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    buffer = lowered(host);
    host = buffer;
  }
  return without_www(host);
}

// "/people/7" of "https://example.org/people/7"; empty where it is no URL.
std::string_view path_of_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto path = url.find('/', scheme + 3);
  if (path == std::string_view::npos) return "/";
  return url.substr(path, url.find('#', path) - path);
}

// A word that could name what a page does: letters, '-', '_' and '.', and not many.
bool is_switch_word(std::string_view text) {
  constexpr std::size_t kLongest = 24;
  if (text.empty() || text.size() > kLongest || !is_letter(text[0])) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || c == '-' || c == '_' || c == '.'; });
}

std::int64_t second_of(WallTime time) {
  return std::chrono::duration_cast<Seconds>(time.time_since_epoch()).count();
}

}  // namespace

RouteDiscovery::RouteDiscovery(const Options& options)
    : tree_(options.tree, options.seed, &is_part_of_site), visits_(options.sources) {}

void RouteDiscovery::note(const Target& target, const Request& request, const Prefix& source, bool covered) {
  ++counts_.requests;
  if (request.status == 404 || request.status == 410) ++counts_.not_found;
  if (!is_answered(request.status) || target.malformed || !target.path.starts_with('/')) return;
  if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") return;
  const File file = file_of(target.path);
  if (file == File::part_of_page) return;
  const Noted noted{request, mix_bits(hash_value(source) ^ tree_.hash({})), covered};
  Walk walk;
  walk.is_image = file == File::image;
  if (!walk_host(walk, target.host.empty() ? request.host : target.host)) return;
  if (!walk_path(walk, target.path)) return;
  ++counts_.noted;
  visitors_.add(static_cast<std::uint32_t>(noted.source));
  if (target.query.empty() || walk.is_image) {
    end(walk, noted);
    follow(walk, noted);
  } else {
    walk_query(walk, target.query, noted);
  }
}

bool RouteDiscovery::take_step(Walk& walk, Edge edge, std::string_view text, unsigned place) {
  const UrlTree::Step step = tree_.step(walk.node, edge, text);
  if (step.node == kNoNode) return false;
  walk.node = step.node;
  walk.in_class = step.in_class;
  walk.last_value = step.value;
  if (!step.in_class) return true;
  if (!walk.has_values) walk.first_value = step.value;
  walk.has_values = true;
  walk.tuple += UrlTree::tuple_part(step.value, place);
  return true;
}

bool RouteDiscovery::walk_host(Walk& walk, std::string_view host) {
  host = site_host(host, host_);
  return host.empty() || take_step(walk, Edge::host, host, ++walk.depth);
}

bool RouteDiscovery::walk_path(Walk& walk, std::string_view path) {
  for (unsigned i = 0; i < kMostSegments && !path.empty(); ++i) {
    const std::string_view segment = next_segment(path);
    if (segment.empty()) break;  // "/people/" is "/people"
    if (!take_step(walk, Edge::segment, segment, ++walk.depth)) return false;
  }
  return true;
}

void RouteDiscovery::add_pair(NodeId page, std::string_view key, std::string_view value) {
  key = decode_form(key, buffers_[2 * pair_count_]);
  if (key.empty() || key.size() > kLongestKey || value.empty() || is_session_key(key)) return;
  value = decode_form(value, buffers_[2 * pair_count_ + 1]);
  const NodeId node = tree_.key(page, key);
  if (node == kNoNode) return;
  const auto end = pairs_.begin() + static_cast<std::ptrdiff_t>(pair_count_);
  const bool is_known =
      std::any_of(pairs_.begin(), end, [&](const Pair& pair) { return pair.node.id == node; });
  if (is_known) return;  // the same key again
  pairs_[pair_count_++] = {key, value, tree_.ref(node), false};
}

void RouteDiscovery::read_pairs(NodeId page, std::string_view query) {
  pair_count_ = 0;
  while (!query.empty() && pair_count_ < kMostPairs) {
    std::string_view value = take_until(query, '&');
    const std::string_view key = take_until(value, '=');
    add_pair(page, key, value);
  }
  for (std::size_t i = 0; i < pair_count_; ++i) {
    Pair& pair = pairs_[i];
    // A further key may have taken its place.
    pair.is_switch = tree_.is_alive(pair.node) && is_switch(pair.node.id, pair.value);
  }
}

bool RouteDiscovery::is_switch(NodeId key, std::string_view value) {
  UrlTree::Node& node = tree_.at(key);
  if (node.is_variable || !is_switch_word(value)) return false;
  ++node.as_switch;
  constexpr std::uint32_t kLeastSeen = 16;
  const bool is_rare = node.requests >= kLeastSeen && 2 * node.as_switch < node.requests;
  const bool is_many = node.literals > kMostSwitchValues && tree_.share_of_most(key) < kShareOfSwitch;
  if (!is_rare && !is_many) return true;
  tree_.make_variable(key);
  return false;
}

// Goes down the first switches, in the order in which the page's keys came to be known.
bool RouteDiscovery::walk_switches(Walk& walk) {
  const NodeId page = walk.node;
  const auto end = pairs_.begin() + static_cast<std::ptrdiff_t>(pair_count_);
  std::sort(pairs_.begin(), end, [](const Pair& a, const Pair& b) {
    return std::pair(!a.is_switch, a.node.serial) < std::pair(!b.is_switch, b.node.serial);
  });
  for (std::size_t i = 0; i < pair_count_ && i < kMostSwitches && pairs_[i].is_switch; ++i) {
    const NodeId key = walk.node == page && tree_.is_alive(pairs_[i].node)
                           ? pairs_[i].node.id
                           : tree_.key(walk.node, pairs_[i].key);
    if (key == kNoNode) return false;
    walk.node = key;
    if (!take_step(walk, Edge::value, pairs_[i].value, tree_.at(key).hash)) return false;
    const NodeRef value = tree_.ref(walk.node);
    if (tree_.at(key).literals > kMostSwitchValues + 4) tree_.drop_lightest(key);
    if (!tree_.is_alive(value)) return false;
  }
  return true;
}

void RouteDiscovery::walk_query(Walk walk, std::string_view query, const Noted& noted) {
  read_pairs(walk.node, query);
  const NodeRef page = tree_.ref(walk.node);
  if (!walk_switches(walk)) return;
  const NodeRef below = tree_.ref(walk.node);
  bool is_followed = false;
  for (std::size_t i = 0; i < pair_count_; ++i) {
    if (pairs_[i].is_switch || !tree_.is_alive(below)) continue;
    Walk one = walk;
    one.node = below == page && tree_.is_alive(pairs_[i].node) ? pairs_[i].node.id
                                                               : tree_.key(below.id, pairs_[i].key);
    if (one.node == kNoNode) continue;
    if (!take_step(one, Edge::value, pairs_[i].value, tree_.at(one.node).hash)) continue;
    end(one, noted);
    // One visit of a page, whatever is in its query.
    if (!std::exchange(is_followed, true)) follow(one, noted);
  }
  if (is_followed || !tree_.is_alive(below)) return;
  end(walk, noted);
  follow(walk, noted);
}

void RouteDiscovery::end(const Walk& walk, const Noted& noted) {
  UrlEnd& end = tree_.at(walk.node).end.get_or_make();
  ++end.requests;
  end.covered += noted.covered ? 1 : 0;
  end.posts += noted.request.method == "POST" ? 1 : 0;
  end.pictures += walk.is_image ? 1 : 0;
  end.sources.add(static_cast<std::uint32_t>(noted.source));
  if (walk.has_values) end.tuples.add(walk.tuple);
}

void RouteDiscovery::follow(const Walk& walk, const Noted& noted) {
  const Request& request = noted.request;
  const std::int64_t second = second_of(request.time);
  const bool has_referers = request.fields.has(LogField::referer) || !request.referer.empty();
  const std::string_view referer = path_of_url(request.referer);
  const auto of_referer = static_cast<std::uint32_t>(tree_.hash(referer) | 1U);
  PageVisit* from = visits_.find(noted.source, referer.empty() ? 0 : of_referer, has_referers, second);
  const NodeId parent = tree_.at(walk.node).parent;
  bool is_background = false;
  if (from != nullptr && from->page.id != walk.node) {
    UrlEnd& end = *tree_.at(walk.node).end;
    note_predecessor(end, *from, walk, second);
    // Texts that are no class yet count under what they hang below.
    constexpr std::uint16_t kLeastTexts = 8;
    if (walk.in_class || tree_.at(parent).literals >= kLeastTexts) {
      FollowerBits& followers = walk.is_image ? from->images : from->pages;
      followers.add(walk.last_value, tree_.ref(walk.in_class ? walk.node : parent));
    }
    is_background = second - from->second <= 2 && from->last_value == walk.last_value;
  }
  if (walk.is_image || is_background || request.method == "POST") return;
  PageVisit visit;
  visit.url = static_cast<std::uint32_t>(tree_.hash(request.target.substr(0, request.target.find('#'))) | 1U);
  visit.first_value = walk.has_values ? walk.first_value : walk.last_value;
  visit.last_value = walk.last_value;
  visit.second = second;
  visit.page = tree_.ref(walk.node);
  visits_.add(noted.source, visit, [this](const PageVisit& old) { forget(tree_, old); });
}

void RouteDiscovery::note_predecessor(UrlEnd& end, const PageVisit& from, const Walk& walk,
                                      std::int64_t second) {
  constexpr std::size_t kMost = 6;
  auto at = std::ranges::find(end.predecessors, from.page, &Predecessor::page);
  if (at == end.predecessors.end()) {
    if (end.predecessors.size() < kMost) {
      at = end.predecessors.insert(at, Predecessor{from.page, 0, 0, 0});
    } else {
      // The rarest makes room, and its count counts on: whatever comes often gets in.
      at = std::ranges::min_element(end.predecessors, {}, &Predecessor::requests);
      *at = Predecessor{from.page, at->requests, 0, 0};
    }
  }
  ++at->requests;
  const std::uint32_t first = walk.has_values ? walk.first_value : walk.last_value;
  const bool is_same = from.last_value == walk.last_value || from.first_value == first;
  at->same_value += is_same ? 1 : 0;
  at->at_once += is_same && second - from.second <= 2 ? 1 : 0;
}

void RouteDiscovery::forget(UrlTree& tree, const PageVisit& visit) {
  if (!tree.is_alive(visit.page) || !tree.at(visit.page.id).end) return;
  UrlEnd& end = *tree.at(visit.page.id).end;
  if (visit.pages.bits != 0) end.pages.add(visit.pages.count(), visit.pages.of);
  if (visit.images.bits != 0) end.images.add(visit.images.count(), visit.images.of);
}

UrlTree RouteDiscovery::consolidated() const {
  UrlTree tree = tree_;
  visits_.for_each([&](const PageVisit& visit) { forget(tree, visit); });
  tree.consolidate_all(kLeastDifferent,
                       [](std::string_view text) { return meaning_of(text) != WordMeaning::none; });
  return tree;
}

std::vector<Shape> RouteDiscovery::shapes() const {
  const UrlTree tree = consolidated();
  // Hosts that hardly anybody asks for have shapes with the same text.
  std::map<std::string, Shape> by_text;
  for (FoundShape& found : find_shapes(tree)) {
    const auto [at, is_new] = by_text.try_emplace(found.shape.text, found.shape);
    if (is_new) continue;
    at->second.requests += found.shape.requests;
    at->second.covered_requests += found.shape.covered_requests;
    at->second.values = std::max(at->second.values, found.shape.values);
  }
  std::vector<Shape> shapes;
  shapes.reserve(by_text.size());
  for (auto& [text, shape] : by_text)
    shapes.push_back(std::move(shape));
  std::ranges::stable_sort(shapes, std::greater(), &Shape::requests);
  return shapes;
}

std::vector<ProposedRoute> RouteDiscovery::propose() const {
  const UrlTree tree = consolidated();
  return propose_routes(tree, find_shapes(tree), visitors_.estimate());
}

const std::vector<ProposedRoute>& RouteDiscovery::proposals() const {
  if (!is_still_good(proposed_at_, counts_.noted)) {
    proposals_ = propose();
    proposed_at_ = counts_.noted;
  }
  return proposals_;
}

std::size_t RouteDiscovery::memory_bytes() const {
  return sizeof *this + tree_.memory_bytes() + visits_.memory_bytes() + visitors_.memory_bytes();
}

}  // namespace sluice::detection
