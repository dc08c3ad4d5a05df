// SPDX-License-Identifier: Apache-2.0
// Routes that a site may have, read off the tree of its URLs: where the subject stands, what lists of
// subjects there are, and the evidence for each. Used by RouteDiscovery. Proposals are for an operator to
// read and accept; nothing here is taken for a fact.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/detection/site/discovery/guess.h"
#include "daemon/detection/site/discovery/shape.h"
#include "daemon/detection/site/discovery/value_kind.h"

namespace sluice::detection {

struct ProposedRoute {
  enum class Role : std::uint8_t {
    page,        // shows one subject
    background,  // an answer that a page of the same subject asks for by itself
    image,       // a picture of one subject
    list,        // shows several subjects and names none
  };

  // As the tables [[route]] of the configuration have them; what is empty is not written.
  std::string name;
  std::string pattern;               // of path and query; see PathPattern
  std::vector<std::string> hosts;    // masks
  std::vector<std::string> methods;  // empty: the default
  std::vector<std::string> except;
  std::vector<std::string> extensions;  // "json": ends that mean the same subject
  std::string space;                    // empty: the one of the site
  std::string exposes;                  // of a list: a number, or the name of a key of the query
  bool assets = false;

  // The evidence.
  Role role = Role::page;
  std::string shape;  // the largest of those that the route is made of
  std::uint64_t requests = 0;
  std::uint64_t covered_requests = 0;  // that a route matched already
  double values = 0;                   // different ones, about
  double visitors = 0;                 // the share of all visitors who asked for one, 0 to 1
  ValueKind kind = ValueKind::text;
  Guessable guess;
  double people = 0;                 // 0 to 1: how much speaks for people
  std::vector<std::string> reasons;  // what speaks for them and against
  std::string main_reason;           // the one that decided, without its weight; empty where nothing did
  std::string example;               // a value that was seen

  [[nodiscard]] bool is_people() const;
};

[[nodiscard]] std::string_view to_text(ProposedRoute::Role role);

// Those that look like people first, then the others, each by requests. `visitors`: of the whole site.
[[nodiscard]] std::vector<ProposedRoute> propose_routes(const UrlTree& tree,
                                                        const std::vector<FoundShape>& shapes,
                                                        double visitors);

// The tables [[route]] of those that look like people, with the evidence as comments. What may harm where
// the evidence errs (pictures) is written as a comment, and so are the five largest that do not look like
// people but may be.
[[nodiscard]] std::string to_toml(const std::vector<ProposedRoute>& routes);

}  // namespace sluice::detection
