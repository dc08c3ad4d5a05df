// SPDX-License-Identifier: Apache-2.0
// Prints how well route discovery does on the made-up sites; with the name of a site, its log instead, to try
// `sluiced routes` on it. Measures time too, so it belongs to an optimised build.
#include <fmt/format.h>

#include "tests/unit/detection/discovery/sites/measure.h"

int main(int argc, char** argv) {
  using namespace sluice::detection::sites;
  std::vector<Measured> all;
  for (const Site& site : all_sites()) {
    if (argc < 2) {
      all.push_back(measure(site));
    } else if (site.name == argv[1]) {
      fmt::print("{}", to_log(site));
    }
  }
  if (argc < 2) fmt::print("{}", to_table(all));
  return 0;
}
