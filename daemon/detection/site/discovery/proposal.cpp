// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/proposal.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "daemon/detection/site/discovery/common_mask.h"
#include "daemon/detection/site/discovery/lists.h"
#include "daemon/detection/site/discovery/route_text.h"
#include "daemon/detection/site/discovery/subject_places.h"
#include "daemon/detection/site/discovery/words.h"

namespace sluice::detection {
namespace {

using Edge = UrlTree::Edge;
using Role = ProposedRoute::Role;

// A proposal on its way, with the place that it was made of.
struct Draft {
  ProposedRoute route;
  std::size_t place = 0;
  NodeId node = kNoNode;
};

double share_of_visitors(const UrlTree& tree, const std::vector<const FoundShape*>& shapes, double visitors) {
  ValueSketch sources(64);
  for (const FoundShape* shape : shapes)
    sources.merge(tree.at(shape->node).end->sources);
  return visitors <= 0 ? 0 : std::min(1.0, sources.estimate() / visitors);
}

std::uint64_t covered_requests(const std::vector<const FoundShape*>& shapes) {
  std::uint64_t sum = 0;
  for (const FoundShape* shape : shapes)
    sum += shape->shape.covered_requests;
  return sum;
}

// Texts beside the class that stayed what they are: pages of the site itself, not subjects.
std::vector<std::string> exceptions_of(const UrlTree& tree, NodeId subject) {
  const UrlTree::Node& node = tree.at(subject);
  std::vector<std::string> except;
  if (node.edge != Edge::segment || !node.values->mask.is_subject()) return except;
  for (NodeId id = tree.at(node.parent).first_literal; id != kNoNode; id = tree.at(id).next) {
    if (tree.at(id).edge == Edge::segment && is_plain_in_pattern(tree.at(id).text))
      except.push_back(tree.at(id).text);
  }
  std::ranges::sort(except);
  return except;
}

std::uint32_t posts_of(const UrlTree& tree, const SubjectPlace& place) {
  std::uint32_t posts = 0;
  for (const FoundShape* shape : place.shapes)
    posts += tree.at(shape->node).end->posts;
  return posts;
}

// Whether URLs go on behind the subject: "/people/7/photos".
bool goes_on(const UrlTree& tree, const SubjectPlace& place) {
  return std::ranges::any_of(place.shapes, [&](const FoundShape* shape) {
    const auto at = std::ranges::find(shape->chain, place.node);
    return at != shape->chain.end() && std::any_of(at + 1, shape->chain.end(), [&](NodeId id) {
             return tree.at(id).edge == Edge::segment;
           });
  });
}

// For a picture the whole way: "/people/{subject}/avatar.jpg".
const std::vector<NodeId>& way_of(const SubjectPlace& place) {
  return place.of_images ? place.shapes.front()->chain : place.way;
}

// The segments of a picture's way whose text differs from one picture of a subject to the next:
// "1-800x600.webp".
std::vector<NodeId> changing_texts(const UrlTree& tree, const SubjectPlace& place) {
  std::vector<NodeId> changing;
  if (!place.of_images) return changing;
  const std::vector<NodeId>& way = place.shapes.front()->chain;
  for (std::size_t i = 0; i < way.size(); ++i) {
    const UrlTree::Node& node = tree.at(way[i]);
    if (node.is_class || node.edge != Edge::segment) continue;
    const bool differs = std::ranges::any_of(place.shapes, [&](const FoundShape* shape) {
      return shape->chain.size() == way.size() && shape->chain[i] != way[i];
    });
    if (differs) changing.push_back(way[i]);
  }
  return changing;
}

std::optional<Draft> draft_of(const UrlTree& tree, const std::vector<SubjectPlace>& places, std::size_t at,
                              double visitors) {
  const SubjectPlace& place = places[at];
  std::vector<NodeId> subjects = place.earlier;
  subjects.push_back(place.node);
  const bool all_below = !place.of_images && (goes_on(tree, place) || tree.at(place.node).edge == Edge::host);
  const auto text = write_route(tree, way_of(place), {subjects, changing_texts(tree, place)}, all_below);
  if (!text) return std::nullopt;
  Draft draft;
  draft.place = at;
  draft.node = place.node;
  ProposedRoute& route = draft.route;
  route.pattern = text->pattern;
  if (!text->host.empty()) route.hosts.push_back(text->host);
  route.role = place.of_images ? Role::image : place.is_background ? Role::background : Role::page;
  route.assets = place.of_images;
  route.requests = place.requests();
  route.covered_requests = covered_requests(place.shapes);
  if (2 * posts_of(tree, place) > route.requests) route.methods = {"GET", "POST"};
  route.except = exceptions_of(tree, place.node);
  route.shape = place.shapes.front()->shape.text;
  route.values = place.values(tree);
  route.visitors = share_of_visitors(tree, place.shapes, visitors);
  const ValueClass& values = *tree.at(place.node).values;
  route.kind = kind_of_class(values);
  route.guess = guess_of(values, route.kind);
  route.people = place.people.score();
  route.reasons = place.people.texts();
  route.main_reason = place.people.main_reason();
  if (!values.samples.empty()) route.example = readable(values.samples.front().view());
  return draft;
}

std::optional<Draft> draft_of(const UrlTree& tree, const FoundList& list,
                              const std::vector<SubjectPlace>& places, double visitors) {
  const auto text = write_route(tree, list.way, {}, false);
  if (!text) return std::nullopt;
  Draft draft;
  draft.place = list.place;
  ProposedRoute& route = draft.route;
  route.pattern = text->pattern;
  if (!text->host.empty()) route.hosts.push_back(text->host);
  route.role = Role::list;
  route.exposes = list.exposes;
  route.requests = list.requests;
  route.covered_requests = covered_requests(list.shapes);
  route.values = 0;
  route.shape = list.shapes.front()->shape.text;
  route.visitors = share_of_visitors(tree, list.shapes, visitors);
  route.reasons.push_back(fmt::format("exposes: {}", list.because));
  if (list.place < places.size()) {
    const SubjectPlace& place = places[list.place];
    route.people = place.people.score();
    route.main_reason = fmt::format("a list: pages of {} follow it", place.shapes.front()->shape.text);
    route.reasons.push_back(fmt::format("pages of {} follow it", place.shapes.front()->shape.text));
  } else {
    route.people = kPeopleScore;
    route.main_reason = "a list: its last word means people";
    route.reasons.emplace_back("its last word means people");
  }
  return draft;
}

// Takes out those for which `into(draft)` names another one that they are added to.
template <class Into>
void fold(std::vector<Draft>& drafts, Into&& into) {
  std::vector<Draft> kept;
  std::vector<bool> is_folded(drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    Draft* base = into(drafts[i]);
    if (base == nullptr || is_folded[static_cast<std::size_t>(base - drafts.data())]) continue;
    base->route.requests += drafts[i].route.requests;
    base->route.covered_requests += drafts[i].route.covered_requests;
    is_folded[i] = true;
  }
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (!is_folded[i]) kept.push_back(std::move(drafts[i]));
  }
  drafts = std::move(kept);
}

Draft* find_or_null(std::vector<Draft>& drafts, const auto& matches) {
  const auto at = std::ranges::find_if(drafts, matches);
  return at == drafts.end() ? nullptr : &*at;
}

// "/people/{subject:number}.json" beside "/people/{subject:number}" is an extension of it.
void fold_extensions(std::vector<Draft>& drafts) {
  fold(drafts, [&](const Draft& draft) -> Draft* {
    const std::string& pattern = draft.route.pattern;
    const auto dot = pattern.rfind("}.");
    const bool may_be = draft.route.role != Role::list && draft.route.role != Role::image;
    if (!may_be || dot == std::string::npos || pattern.find_first_of("/?", dot) != std::string::npos)
      return nullptr;
    const std::string_view without = std::string_view(pattern).substr(0, dot + 1);
    Draft* base = find_or_null(drafts, [&](const Draft& other) {
      const std::string& longer = other.route.pattern;
      return &other != &draft && other.route.hosts == draft.route.hosts && longer.starts_with(without) &&
             (longer.size() == without.size() || longer.substr(without.size()) == "/**");
    });
    if (base != nullptr) base->route.extensions.push_back(pattern.substr(dot + 2));
    return base;
  });
}

// Where texts and numbers of one place are people, one route is enough: "{subject}" fits numbers too.
void fold_forms(const UrlTree& tree, std::vector<Draft>& drafts) {
  fold(drafts, [&](const Draft& draft) -> Draft* {
    if (draft.node == kNoNode || draft.route.role == Role::image) return nullptr;
    const UrlTree::Node& node = tree.at(draft.node);
    if (node.values->form == ValueForm::text || node.edge == Edge::host) return nullptr;
    Draft* whole = find_or_null(drafts, [&](const Draft& other) {
      return other.node != kNoNode && other.node != draft.node && other.route.role != Role::image &&
             tree.at(other.node).parent == node.parent && tree.at(other.node).edge == node.edge &&
             tree.at(other.node).values->mask.is_subject() &&
             other.route.is_people() == draft.route.is_people();
    });
    if (whole != nullptr) whole->route.values += draft.route.values;
    return whole;
  });
}

// "/people?sort=name" is a list that "/people" means already.
void fold_lists(std::vector<Draft>& drafts) {
  fold(drafts, [&](const Draft& draft) -> Draft* {
    const auto question = draft.route.pattern.find('?');
    if (draft.route.role != Role::list || question == std::string::npos) return nullptr;
    return find_or_null(drafts, [&](const Draft& other) {
      return other.route.role == Role::list && other.route.hosts == draft.route.hosts &&
             other.route.pattern == std::string_view(draft.route.pattern).substr(0, question);
    });
  });
}

// One route for the same pattern on several hosts.
void fold_hosts(std::vector<Draft>& drafts) {
  std::map<std::pair<std::string, Role>, std::size_t> first;
  std::vector<Draft> folded;
  for (Draft& draft : drafts) {
    const auto key = std::pair(draft.route.pattern, draft.route.role);
    const auto [at, is_new] = first.emplace(key, folded.size());
    if (is_new) {
      folded.push_back(std::move(draft));
      continue;
    }
    ProposedRoute& route = folded[at->second].route;
    if (route.is_people() != draft.route.is_people()) {
      folded.push_back(std::move(draft));
      continue;
    }
    for (std::string& host : draft.route.hosts) {
      if (std::ranges::find(route.hosts, host) == route.hosts.end()) route.hosts.push_back(std::move(host));
    }
    route.requests += draft.route.requests;
    route.covered_requests += draft.route.covered_requests;
    route.values = std::max(route.values, draft.route.values);
  }
  drafts = std::move(folded);
}

// The word for people in a route's URL, for the name of its space.
std::string word_for(const ProposedRoute& route) {
  std::string last;
  std::string_view rest = route.pattern;
  for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest)) {
    if (word != "subject" && meaning_of(word) == WordMeaning::people) last = word;
  }
  return last.empty() ? name_of(route.pattern) : name_of(last);
}

// Places that show the same subjects get one space, others each their own. Where one space is enough, it is
// the site's and needs no name.
class Spaces {
 public:
  Spaces(const std::vector<SubjectPlace>& places, std::size_t count) : parent_(count) {
    for (std::size_t i = 0; i < count; ++i)
      parent_[i] = i;
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (const std::size_t other : places[i].same)
        join(i, other);
    }
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }
  [[nodiscard]] std::size_t root(std::size_t at) {
    while (parent_[at] != at)
      at = parent_[at] = parent_[parent_[at]];
    return at;
  }

 private:
  std::vector<std::size_t> parent_;
};

void name_spaces(const std::vector<SubjectPlace>& places, std::vector<Draft>& drafts) {
  Spaces spaces(places, places.size() + 1);
  std::map<std::string, std::size_t> of_word;
  for (const Draft& draft : drafts) {
    if (!draft.route.is_people() || draft.route.role == Role::list) continue;
    // The same word and the same kind mean the same people: "/people/7" and "/api/people/7".
    const std::string key = fmt::format("{} {}", word_for(draft.route), to_text(draft.route.kind));
    const auto [at, is_new] = of_word.emplace(key, draft.place);
    if (!is_new) spaces.join(draft.place, at->second);
  }
  std::map<std::size_t, std::string> names;
  std::set<std::string> taken;
  for (const Draft& draft : drafts) {
    if (!draft.route.is_people() || draft.route.role == Role::list) continue;
    std::string& name = names[spaces.root(draft.place)];
    if (!name.empty()) continue;
    name = word_for(draft.route);
    for (int i = 2; taken.contains(name); ++i)
      name = fmt::format("{}-{}", word_for(draft.route), i);
    taken.insert(name);
  }
  if (names.size() < 2) return;
  for (Draft& draft : drafts) {
    const auto at = names.find(spaces.root(draft.place));
    if (draft.route.is_people() && at != names.end()) draft.route.space = at->second;
  }
}

// Such a route stands behind the others: the first that fits counts, and it fits their URLs too.
bool begins_with_anything(std::string_view pattern) {
  return pattern.starts_with("/{subject") || pattern.starts_with("/*");
}

void name_routes(std::vector<Draft>& drafts) {
  std::set<std::string> taken;
  for (Draft& draft : drafts) {
    std::string name = name_of(draft.route.pattern);
    if (draft.route.role == Role::list) name += "-list";
    if (draft.route.role == Role::image) name += "-image";
    draft.route.name = name;
    for (int i = 2; taken.contains(draft.route.name); ++i)
      draft.route.name = fmt::format("{}-{}", name, i);
    taken.insert(draft.route.name);
  }
}

}  // namespace

bool ProposedRoute::is_people() const {
  return people >= kPeopleScore;
}

std::string_view to_text(ProposedRoute::Role role) {
  switch (role) {
    case Role::page:
      return "page";
    case Role::background:
      return "background";
    case Role::image:
      return "image";
    case Role::list:
      break;
  }
  return "list";
}

std::vector<ProposedRoute> propose_routes(const UrlTree& tree, const std::vector<FoundShape>& shapes,
                                          double visitors) {
  const std::vector<SubjectPlace> places = find_subject_places(tree, shapes);
  const bool with_hosts = has_several_hosts(tree);
  std::vector<Draft> drafts;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (auto draft = draft_of(tree, places, i, visitors)) drafts.push_back(*std::move(draft));
  }
  for (const FoundList& list : find_lists(tree, shapes, places)) {
    if (auto draft = draft_of(tree, list, places, visitors)) drafts.push_back(*std::move(draft));
  }
  if (!with_hosts) {
    for (Draft& draft : drafts)
      draft.route.hosts.clear();
  }
  fold_extensions(drafts);
  fold_forms(tree, drafts);
  fold_lists(drafts);
  fold_hosts(drafts);
  std::ranges::stable_sort(drafts, [](const Draft& a, const Draft& b) {
    const auto key = [](const ProposedRoute& route) {
      return std::tuple(route.is_people(), !begins_with_anything(route.pattern), route.role != Role::list,
                        route.requests);
    };
    return key(a.route) > key(b.route);
  });
  name_spaces(places, drafts);
  name_routes(drafts);
  std::vector<ProposedRoute> routes;
  routes.reserve(drafts.size());
  for (Draft& draft : drafts)
    routes.push_back(std::move(draft.route));
  return routes;
}

}  // namespace sluice::detection
