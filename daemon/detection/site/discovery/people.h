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
  struct Reason {
    double weight = 0;
    std::string text;  // "'users' before it means people"
  };
  std::vector<Reason> reasons;

  void add(double more, std::string reason);
  // Each as "+3.0 'users' before it means people".
  [[nodiscard]] std::vector<std::string> texts() const;
  // The one that says most for what the score says; empty where there is none.
  [[nodiscard]] std::string main_reason() const;
  // 0 to 1: how much the evidence speaks for people. Most places in URLs show other things.
  [[nodiscard]] double score() const;
};

// From this score on a route is proposed as one that shows people.
inline constexpr double kPeopleScore = 0.5;

// `chain`: from the root's child to the end of the URL; `at`: the place of the class in it.
[[nodiscard]] PeopleEvidence weigh_people(const UrlTree& tree, std::span<const NodeId> chain, std::size_t at);

}  // namespace sluice::detection
