#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One more heuristic touches four files: its pair, the list and CMake (and its test and the manual). Adds one to a copy of the tree,
`toy`, and compiles what follows from the list: the evaluation, the scales, the keys of the configuration, `sluiced learn`.

    tests/checks/price_of_a_heuristic.py TREE BUILD
"""

import sys

import price

MOST = 4

HEADER = '''// SPDX-License-Identifier: Apache-2.0
// Toy: more requests than anybody needs.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct ToyOptions {
  bool enabled = true;
  unsigned few = 10;
  unsigned many = 1000;
  double weight = 1.0;
  double max_weight = 2.0;
};

struct Toy {
  static constexpr std::string_view kName = "toy";
  static constexpr Cause kCause = Cause::pace;
  using Options = ToyOptions;
  static constexpr auto kOptions =
      std::tuple(option("few", &Options::few, 1U, 100U), option("many", &Options::many, 1U, 100'000U));
  static constexpr auto kAscending = std::array{Ascending{"few", "many"}};

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
'''

SOURCE = '''// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/heuristics/toy.h"

namespace sluice::detection {

std::optional<Judgement> Toy::judge(const SourceView& view, const Options& options) {
  if (view.record.requests < options.many) return std::nullopt;
  return Judgement{options.weight, "asked for much", {{"requests", static_cast<double>(view.record.requests)}}};
}

}  // namespace sluice::detection
'''

# Code that must know the new heuristic by itself. It is compiled and is no part of the price.
PROOF = '''
namespace sluice::detection {
static_assert(Heuristics::place<Toy>() + 1 == Heuristics::kCount);
static_assert(kTerms.back().name == "toy");
}  // namespace sluice::detection
'''


def main():
    tree, build = price.folders()
    folder = "daemon/detection/heuristics"
    with price.Change(tree, build) as change:
        change.add(f"{folder}/toy.h", HEADER)
        change.add(f"{folder}/toy.cpp", SOURCE)
        change.insert(f"{folder}/all.h", r'#include "daemon/detection/heuristics/tls_claim.h"\n', f'#include "{folder}/toy.h"\n')
        change.insert(f"{folder}/all.h", r"using Heuristics = HeuristicList<(.|\n)*?Returning", ",\n    Toy")
        change.insert("daemon/detection/CMakeLists.txt", r"  heuristics/tls_claim.cpp\n", "  heuristics/toy.cpp\n")
        change.append("daemon/detection/scoring/scales.cpp", PROOF)
        return price.report("One more heuristic", change, [
            (f"{folder}/toy.cpp", f"{folder}/timing.cpp"),
            "daemon/detection/scoring/evaluate.cpp",
            "daemon/detection/scoring/scales.cpp",
            "daemon/detection/detector.cpp",
            "daemon/config/heuristic_keys.cpp",
            "daemon/config/whole.cpp",
            "daemon/app/offline/learning_report.cpp",
        ], MOST)


if __name__ == "__main__":
    sys.exit(main())
