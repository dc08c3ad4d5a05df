// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/scoring/scales.h"

#include <algorithm>

#include "daemon/detection/scoring/evaluate.h"

namespace sluice::detection {
namespace {

template <class... Hs>
constexpr std::array<HeuristicTerms, sizeof...(Hs)> terms_of(HeuristicList<Hs...>) {
  return {HeuristicTerms{Hs::kName, [](const HeuristicOptions& options) { return options.of<Hs>().weight; },
                         [](const HeuristicOptions& options) { return max_weight_of(options.of<Hs>()); }}...};
}

constexpr auto kTerms = terms_of(Heuristics());

}  // namespace

std::span<const HeuristicTerms> heuristic_terms() {
  return kTerms;
}

const HeuristicTerms* find_terms(std::string_view heuristic) {
  const auto at = std::ranges::find(kTerms, heuristic, &HeuristicTerms::name);
  return at == kTerms.end() ? nullptr : &*at;
}

}  // namespace sluice::detection
