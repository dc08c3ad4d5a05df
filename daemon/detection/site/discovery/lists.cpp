// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/lists.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/words.h"

namespace sluice::detection {
namespace {

using Edge = UrlTree::Edge;

// What is known of one page of a path, from all shapes that end at it.
struct Page {
  std::vector<NodeId> way;
  std::vector<const FoundShape*> shapes;
  std::uint64_t requests = 0;
  NodeId paging = kNoNode;     // the key
  NodeId page_size = kNoNode;  // the key
  bool is_search = false;
  bool is_counted = false;  // "/people/page/2"
  bool has_switch = false;  // the query chooses among pages of this path
};

// The way without what varies from one part of a list to the next: the query, but for its switches, and
// "/page/{number}".
std::vector<NodeId> way_of_page(const UrlTree& tree, const FoundShape& shape, Page& page) {
  std::vector<NodeId> way = shape.chain;
  const auto key = std::ranges::find_if(way, [&](NodeId id) { return tree.at(id).edge == Edge::key; });
  for (auto at = key; at != way.end(); at += std::min<std::ptrdiff_t>(2, way.end() - at)) {
    switch (meaning_of(tree.at(*at).text)) {
      case WordMeaning::page:
        page.paging = *at;
        break;
      case WordMeaning::page_size:
        page.page_size = *at;
        break;
      case WordMeaning::search:
        page.is_search = true;
        break;
      default:
        break;
    }
  }
  // Switches stay: they stand in front, and their values are texts.
  auto end = key;
  while (end != way.end() && end + 1 != way.end() && !tree.at(*(end + 1)).is_class &&
         meaning_of(tree.at(*end).text) == WordMeaning::none)
    end += 2;
  way.erase(end, way.end());
  const bool has_query = std::ranges::any_of(way, [&](NodeId id) { return tree.at(id).edge == Edge::key; });
  if (!has_query && way.size() >= 2 && tree.at(way.back()).is_class &&
      meaning_of(tree.at(way[way.size() - 2]).text) == WordMeaning::page) {
    page.is_counted = true;
    way.resize(way.size() - 2);
  }
  return way;
}

std::vector<Page> find_pages(const UrlTree& tree, const std::vector<FoundShape>& shapes) {
  std::map<std::vector<NodeId>, Page> pages;
  for (const FoundShape& shape : shapes) {
    Page read;
    std::vector<NodeId> way = way_of_page(tree, shape, read);
    Page& page = pages[way];
    page.way = std::move(way);
    page.shapes.push_back(&shape);
    page.requests += shape.shape.requests;
    if (read.paging != kNoNode) page.paging = read.paging;
    if (read.page_size != kNoNode) page.page_size = read.page_size;
    page.is_search = page.is_search || read.is_search;
    page.is_counted = page.is_counted || read.is_counted;
  }
  std::vector<Page> all;
  all.reserve(pages.size());
  for (auto& [way, page] : pages)
    all.push_back(std::move(page));
  return all;
}

// Whether followers that were counted under `of` are subjects of a place: its class, or a text that was no
// class yet and hangs below what the class hangs below.
bool is_of_place(const UrlTree& tree, const NodeRef& of, const SubjectPlace& place) {
  if (!tree.is_alive(of)) return false;
  const bool is_below =
      std::ranges::any_of(place.shapes, [&](const FoundShape* shape) { return shape->node == of.id; });
  return of.id == place.node || is_below || of.id == tree.at(place.node).parent;
}

struct Following {
  std::uint64_t views = 0;      // that anything followed
  std::uint64_t followers = 0;  // all of them
  std::size_t most = 0;         // that followed a view, in a good part of the views
};

Following following(const UrlTree& tree, const Page& page, const SubjectPlace& place) {
  Following sum;
  std::array<std::uint64_t, Followers::kMost + 1> counts{};
  for (const FoundShape* shape : page.shapes) {
    const UrlEnd& end = *tree.at(shape->node).end;
    const Followers& followers = place.of_images ? end.images : end.pages;
    if (!is_of_place(tree, followers.of, place)) continue;
    for (std::size_t i = 1; i < followers.counts.size(); ++i) {
      counts.at(i) += followers.counts[i];
      sum.views += followers.counts[i];
      sum.followers += followers.counts[i] * i;
    }
  }
  // A visitor who reads the whole list shows how long it is.
  std::uint64_t so_far = 0;
  const std::uint64_t wanted = std::max<std::uint64_t>(3, sum.views / 20);
  for (std::size_t i = counts.size(); i-- > 1;) {
    so_far += counts.at(i);
    if (so_far < wanted) continue;
    sum.most = i;
    break;
  }
  return sum;
}

// The greatest common divisor of offsets: 25 of 0, 25, 75. Nothing where the numbers count pages.
std::optional<std::uint64_t> step_of(const UrlTree& tree, NodeId key) {
  std::uint64_t divisor = 0;
  std::size_t count = 0;
  for (NodeId id = tree.at(key).first_class; id != kNoNode; id = tree.at(id).next) {
    for (const ValueClass::Sample& sample : tree.at(id).values->samples) {
      const auto number = parse_number<std::uint64_t>(sample.view()).value_or(0);
      if (number == 0) continue;
      divisor = std::gcd(divisor, number);
      ++count;
    }
  }
  constexpr std::size_t kLeast = 3;
  constexpr std::uint64_t kShortest = 5;
  constexpr std::uint64_t kLongest = 1000;
  if (count < kLeast || divisor < kShortest || divisor > kLongest) return std::nullopt;
  return divisor;
}

void say_how_many(const UrlTree& tree, const Page& page, const Following& followers, FoundList& list) {
  constexpr std::size_t kAssumed = 20;
  constexpr std::size_t kLeastSeen = 4;
  if (page.page_size != kNoNode) {
    list.exposes = tree.at(page.page_size).text;
    list.because = fmt::format("the key '{}' says how many", list.exposes);
    return;
  }
  if (const auto step = page.paging == kNoNode ? std::nullopt : step_of(tree, page.paging)) {
    list.exposes = std::to_string(*step);
    list.because = fmt::format("the values of '{}' are multiples of it", tree.at(page.paging).text);
    return;
  }
  if (followers.most >= kLeastSeen) {
    list.exposes = std::to_string(followers.most);
    list.because = "so many followed one view of the list";
    return;
  }
  list.exposes = std::to_string(kAssumed);
  list.because = "assumed: nothing says how many";
  list.is_assumed = true;
}

// Whether a page shows lists of a place's subjects.
bool is_list(const UrlTree& tree, const Page& page, const SubjectPlace& place, const Following& followers) {
  constexpr std::uint64_t kLeastFollowers = 5;
  const bool is_in_parts = page.paging != kNoNode || page.page_size != kNoNode || page.is_counted;
  if (followers.followers >= kLeastFollowers && (is_in_parts || page.is_search)) return true;
  const bool is_parent = !page.way.empty() && page.way.size() + 1 == place.way.size() &&
                         std::equal(page.way.begin(), page.way.end(), place.way.begin());
  if (is_parent && (is_in_parts || followers.followers >= kLeastFollowers)) return true;
  // "/authors", from where one in five goes on to an author.
  const bool is_word = !page.way.empty() && !tree.at(page.way.back()).is_class &&
                       meaning_of(tree.at(page.way.back()).text) == WordMeaning::people;
  if (is_word && followers.followers >= kLeastFollowers && 5 * followers.followers >= page.requests)
    return true;
  // Of the front page only a part of what follows is a list.
  constexpr double kManyOfPage = 1.5;
  return !page.way.empty() && followers.most >= 5 &&
         static_cast<double>(followers.followers) >= kManyOfPage * static_cast<double>(page.requests);
}

// Whether the words alone say that it is a list of people: "/api/users?page=2".
bool is_list_by_words(const UrlTree& tree, const Page& page) {
  if (page.way.empty() || (page.paging == kNoNode && page.page_size == kNoNode)) return false;
  const UrlTree::Node& last = tree.at(page.way.back());
  return !last.is_class && meaning_of(last.text) == WordMeaning::people;
}

// A page whose query also shows single subjects is meant only where the query says which part of the list.
void narrow(const UrlTree& tree, const Page& page, const std::vector<SubjectPlace>& places, FoundList& list) {
  const bool is_shared = std::ranges::any_of(places, [&](const SubjectPlace& place) {
    return place.people.score() >= kPeopleScore && place.way.size() > page.way.size() &&
           std::equal(page.way.begin(), page.way.end(), place.way.begin()) &&
           tree.at(place.way[page.way.size()]).edge == Edge::key;
  });
  const NodeId key = page.paging != kNoNode ? page.paging : page.page_size;
  if (!is_shared || key == kNoNode) return;
  list.way.push_back(key);
  const NodeId value =
      tree.at(key).first_class != kNoNode ? tree.at(key).first_class : tree.at(key).first_literal;
  if (value != kNoNode) list.way.push_back(value);
}

}  // namespace

std::vector<FoundList> find_lists(const UrlTree& tree, const std::vector<FoundShape>& shapes,
                                  const std::vector<SubjectPlace>& places) {
  std::vector<FoundList> lists;
  for (const Page& page : find_pages(tree, shapes)) {
    std::optional<std::size_t> best;
    Following of_best;
    const bool is_subject = std::ranges::any_of(places, [&](const SubjectPlace& place) {
      return place.people.score() >= kPeopleScore &&
             std::ranges::find(page.way, place.node) != page.way.end();
    });
    if (is_subject) continue;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].people.score() < kPeopleScore) continue;
      const Following followers = following(tree, page, places[i]);
      if (!is_list(tree, page, places[i], followers)) continue;
      if (best && followers.followers <= of_best.followers) continue;
      best = i;
      of_best = followers;
    }
    if (!best && !is_list_by_words(tree, page)) continue;
    FoundList list;
    list.way = page.way;
    list.place = best.value_or(places.size());
    list.requests = page.requests;
    list.shapes = page.shapes;
    say_how_many(tree, page, of_best, list);
    narrow(tree, page, places, list);
    lists.push_back(std::move(list));
  }
  return lists;
}

}  // namespace sluice::detection
