// SPDX-License-Identifier: Apache-2.0
// How well scales tell labelled sources apart that they were not fitted to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/decisions/policy.h"
#include "daemon/learn/example.h"

namespace sluice::learn {

// The sources that an action would reach: `right` scrapers and `wrong` people score as much as it takes,
// `missed` scrapers do not.
struct Verdicts {
  std::size_t right = 0;
  std::size_t wrong = 0;
  std::size_t missed = 0;

  // The share of scrapers among those reached; nothing where nobody is.
  [[nodiscard]] std::optional<double> precision() const;
  // The share of scrapers that is reached; nothing where nobody scrapes.
  [[nodiscard]] std::optional<double> recall() const;
};

struct Measures {
  Verdicts throttle;  // or stricter
  Verdicts block;
  double auc = 0;    // how often a scraper scores more than a person; a draw counts half
  double brier = 0;  // mean square of what the probability is off; 0 is perfect, 0.25 a coin

  static constexpr std::size_t kBins = 5;
  struct Bin {
    std::size_t sources = 0;
    double predicted = 0;  // mean probability
    double observed = 0;   // share of scrapers
  };
  std::array<Bin, kBins> reliability{};  // by probability, each a fifth wide
};

struct Judged {
  double score = 0;
  Kind kind = Kind::person;
};

[[nodiscard]] Measures measure(std::span<const Judged> judged, const decisions::PolicyOptions& policy);

struct Trial {
  static constexpr unsigned kFolds = 5;
  static constexpr std::uint64_t kSeed = 1;

  Measures before;  // the given scales, on all examples
  Measures after;   // on each example, what was fitted without it
};

// Stratified cross-validation: each fold has its share of either kind's lines, and sources of one line are
// always in the same fold, lest the rest of a network gives the answer away. With the same examples the same.
[[nodiscard]] Result<Trial> cross_validate(std::span<const Example> examples, const ScaleVector& before,
                                           const Scoring& scoring, const decisions::PolicyOptions& policy);

}  // namespace sluice::learn
