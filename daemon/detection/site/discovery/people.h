// SPDX-License-Identifier: Apache-2.0
// Weighs whether the values in one place of a URL are people: the words around it, and the shape of a sample
// of the values. Evidence, never a fact: every weight has its reason in words. Used by the proposals of
// routes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "daemon/detection/site/discovery/url_tree.h"

namespace sluice::detection {

struct PeopleEvidence {
  double weight = 0;  // log-odds: negative speaks against people
  std::vector<std::string> reasons;

  void add(double more, std::string reason);
  // 0 to 1: how much the evidence speaks for people. Most places in URLs show other things.
  [[nodiscard]] double score() const;
};

// From this score on a route is proposed as one that shows people.
inline constexpr double kPeopleScore = 0.5;

// `chain`: from the root's child to the end of the URL; `at`: the place of the class in it.
[[nodiscard]] PeopleEvidence weigh_people(const UrlTree& tree, std::span<const NodeId> chain, std::size_t at);

}  // namespace sluice::detection
