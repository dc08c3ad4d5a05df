// SPDX-License-Identifier: Apache-2.0
// How well route discovery does on a site whose truth is known: by what its routes match, not by how they are
// written.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/detection/site/discovery/discovery.h"
#include "tests/unit/detection/discovery/sites/site.h"

namespace sluice::detection::sites {

// How many of some things there are, how many were found, and how many of the found ones are right.
struct Rate {
  std::size_t there = 0;
  std::size_t found = 0;
  std::size_t right = 0;

  void add(const Rate& other);
  [[nodiscard]] double precision() const;  // 1 where nothing was found
  [[nodiscard]] double recall() const;     // 1 where nothing is there
};

struct Measured {
  std::string site;
  std::size_t lines = 0;
  Rate shapes;  // with many values
  Rate people;  // shapes that show people
  Rate pictures;
  Rate lists;
  Rate subjects;  // people whom the routes name as the truth does: one name for each, no name for two
  double ns_per_line = 0;          // of the processor, with making the target's normal form
  std::vector<std::string> wrong;  // in words
};

[[nodiscard]] RouteDiscovery discover(const Site& site);
[[nodiscard]] Measured measure(const Site& site);

// For people to read.
[[nodiscard]] std::string to_table(const std::vector<Measured>& all);

}  // namespace sluice::detection::sites
