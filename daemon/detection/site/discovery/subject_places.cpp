// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/site/discovery/subject_places.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace sluice::detection {
namespace {

bool is_image(const UrlTree& tree, const FoundShape& shape) {
  const UrlEnd& end = *tree.at(shape.node).end;
  return 2 * end.pictures > end.requests;
}

std::size_t place_in(const std::vector<NodeId>& chain, NodeId node) {
  return static_cast<std::size_t>(std::ranges::find(chain, node) - chain.begin());
}

// The variable that most likely is the subject, with what speaks for it. Of equals the first one: what
// stands behind it says more of the same subject.
std::pair<const Variable*, PeopleEvidence> choose(const UrlTree& tree, const FoundShape& shape) {
  const Variable* best = nullptr;
  PeopleEvidence of_best;
  for (const Variable& variable : shape.variables) {
    if (variable.values < kManyValues) continue;
    PeopleEvidence evidence = weigh_people(tree, shape.chain, place_in(shape.chain, variable.node));
    if (best != nullptr && evidence.weight <= of_best.weight) continue;
    best = &variable;
    of_best = std::move(evidence);
  }
  return {best, std::move(of_best)};
}

// The variables before the subject that are needed to tell subjects apart: the same last part stands below
// several of them. Only where the URL ends with the subject can that be seen.
std::vector<NodeId> earlier_parts(const UrlTree& tree, const FoundShape& shape, NodeId subject) {
  std::vector<NodeId> earlier;
  if (shape.node != subject) return earlier;
  const double own = tree.at(subject).values->values.estimate();
  constexpr double kMoreThanError = 1.4;
  if (tree.at(subject).end->tuples.estimate() < kMoreThanError * own) return earlier;
  for (const Variable& variable : shape.variables) {
    if (variable.node != subject) earlier.push_back(variable.node);
  }
  return earlier;
}

bool is_countable(ValueKind kind) {
  return kind == ValueKind::number;
}

// Whether two sites' values would never be the same by chance.
bool is_unguessable(ValueKind kind) {
  return kind == ValueKind::uuid || kind == ValueKind::hex;
}

// How much of the requests of a place follow a page of another one that shows the same value.
struct Followed {
  std::uint32_t same = 0;
  std::uint32_t at_once = 0;
};

Followed followed(const UrlTree& tree, const SubjectPlace& place, const SubjectPlace& page) {
  Followed sum;
  for (const FoundShape* shape : place.shapes) {
    for (const Predecessor& one : tree.at(shape->node).end->predecessors) {
      const bool is_page = std::ranges::any_of(page.shapes, [&](const FoundShape* of_page) {
        return tree.is_alive(one.page) && of_page->node == one.page.id;
      });
      if (!is_page) continue;
      sum.same += one.same_value;
      sum.at_once += one.at_once;
    }
  }
  return sum;
}

// Joins the places that show the same subjects: those where a page of one leads to a request of the other
// with the same value, and those whose values are the same though nobody could have counted them.
void find_same(const UrlTree& tree, std::vector<SubjectPlace>& places) {
  constexpr std::uint32_t kLeastFollowers = 5;
  constexpr double kLeastOverlap = 0.4;
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = 0; j < places.size(); ++j) {
      if (i == j) continue;
      const Followed sum = followed(tree, places[i], places[j]);
      const auto requests = static_cast<double>(places[i].requests());
      const bool is_led = sum.same >= kLeastFollowers && sum.same >= 0.2 * requests;
      const ValueClass& a = *tree.at(places[i].node).values;
      const ValueClass& b = *tree.at(places[j].node).values;
      const ValueKind kind = kind_of_class(a);
      const bool is_equal =
          !is_countable(kind) && kind == kind_of_class(b) && overlap(a.values, b.values) >= kLeastOverlap;
      if (!is_led && !is_equal) continue;
      places[i].same.push_back(j);
      if (is_equal && is_unguessable(kind)) places[i].equal.push_back(j);
      if (is_led) places[j].same.push_back(i);
      if (is_led && sum.at_once >= 0.5 * requests && !places[i].of_images) places[i].is_background = true;
    }
  }
}

// What shows the same subjects as a place that looks like people shows people.
void share_evidence(std::vector<SubjectPlace>& places) {
  constexpr double kSameSubjects = 3.0;
  constexpr double kEqualValues = 6.0;  // nobody could have counted them: stronger than any word
  struct Shared {
    std::size_t place;
    double weight;
    std::string reason;
  };
  std::vector<Shared> shared;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].people.score() >= kPeopleScore) continue;
    for (const std::size_t other : places[i].same) {
      if (places[other].people.score() < kPeopleScore) continue;
      const std::string& shape = places[other].shapes.front()->shape.text;
      const bool is_equal = std::ranges::find(places[i].equal, other) != places[i].equal.end();
      shared.push_back(
          {i, is_equal ? kEqualValues : kSameSubjects, fmt::format("{} shows the same values", shape)});
      break;
    }
  }
  for (Shared& one : shared)
    places[one.place].people.add(one.weight, std::move(one.reason));
}

}  // namespace

std::uint64_t SubjectPlace::requests() const {
  std::uint64_t sum = 0;
  for (const FoundShape* shape : shapes)
    sum += shape->shape.requests;
  return sum;
}

double SubjectPlace::values(const UrlTree& tree) const {
  if (earlier.empty()) return tree.at(node).values->values.estimate();
  return std::max(tree.at(node).values->values.estimate(), tree.at(node).end->tuples.estimate());
}

std::vector<SubjectPlace> find_subject_places(const UrlTree& tree, const std::vector<FoundShape>& shapes) {
  std::map<std::pair<NodeId, bool>, SubjectPlace> found;
  for (const FoundShape& shape : shapes) {
    auto [variable, evidence] = choose(tree, shape);
    if (variable == nullptr) continue;
    const bool of_images = is_image(tree, shape);
    SubjectPlace& place = found[{variable->node, of_images}];
    if (place.shapes.empty()) {
      place.node = variable->node;
      place.of_images = of_images;
      const std::size_t end = place_in(shape.chain, variable->node) + 1;
      place.way.assign(shape.chain.begin(), shape.chain.begin() + static_cast<std::ptrdiff_t>(end));
      place.people = std::move(evidence);
    }
    place.shapes.push_back(&shape);
    if (place.earlier.empty()) place.earlier = earlier_parts(tree, shape, variable->node);
  }
  std::vector<SubjectPlace> places;
  places.reserve(found.size());
  for (auto& [key, place] : found)
    places.push_back(std::move(place));
  std::ranges::stable_sort(
      places, [](const SubjectPlace& a, const SubjectPlace& b) { return a.requests() > b.requests(); });
  // Each is compared with each.
  constexpr std::size_t kMostPlaces = 256;
  if (places.size() > kMostPlaces) places.resize(kMostPlaces);
  find_same(tree, places);
  share_evidence(places);
  return places;
}

}  // namespace sluice::detection
