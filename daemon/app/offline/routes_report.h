// SPDX-License-Identifier: Apache-2.0
// What `sluiced routes` found, as a table and as JSON. Used by routes.cpp.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "daemon/detection/site/discovery/discovery.h"
#include "daemon/detection/site/discovery/software.h"

namespace sluice::app {

struct RoutesReport {
  std::vector<detection::ProposedRoute> routes;  // those that look like people first
  std::vector<detection::Shape> shapes;          // largest first
  std::vector<detection::FoundSoftware> software;
  std::uint64_t requests = 0;  // all of them
  std::uint64_t noted = 0;     // pages and images that were served
  std::uint64_t not_found = 0;
  double visitors = 0;
};

void print_table(const RoutesReport& report, bool with_colour, std::FILE* out);
[[nodiscard]] std::string to_json(const RoutesReport& report);

}  // namespace sluice::app
