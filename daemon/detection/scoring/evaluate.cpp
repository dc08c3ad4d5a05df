// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/scoring/evaluate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/detection/scoring/sum.h"

namespace sluice::detection {
namespace {

template <class H>
constexpr bool only_beside_others() {
  if constexpr (requires { H::kOnlyBesideOthers; }) {
    return H::kOnlyBesideOthers;
  } else {
    return false;
  }
}

// Asks H if it judges views of this kind.
template <class H, class View>
void ask(const View& view, const ScoringOptions& options, Finding& finding) {
  const typename H::Options& own = options.heuristics.of<H>();
  if constexpr (requires { H::judge(view, own); }) {
    if (!own.enabled || (only_beside_others<H>() && finding.signals.empty())) return;
    auto judgement = H::judge(view, own);
    if (!judgement) return;
    Signal signal;
    signal.heuristic = H::kName;
    signal.cause = H::kCause;
    signal.weight = std::min(judgement->weight * options.scales[Heuristics::place<H>()], max_weight_of(own));
    signal.text = std::move(judgement->text);
    signal.numbers = std::move(judgement->numbers);
    finding.signals.push_back(std::move(signal));
  }
}

template <class View>
void ask_all(const View& view, const ScoringOptions& options, Finding& finding) {
  Heuristics::for_each([&]<class H>(std::type_identity<H>) { ask<H>(view, options, finding); });
  sum_up(finding, options.most_supporting);
}

}  // namespace

void evaluate(const SourceView& view, const ScoringOptions& options, Finding& finding) {
  ask_all(view, options, finding);
}

void evaluate(const NetworkView& view, const ScoringOptions& options, Finding& finding) {
  ask_all(view, options, finding);
}

}  // namespace sluice::detection
