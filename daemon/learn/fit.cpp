// SPDX-License-Identifier: Apache-2.0
#include "daemon/learn/fit.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <nlopt.h>

namespace sluice::learn {
namespace {

double intercept(double block_score) {
  return std::log(kBlockMeans / (1 - kBlockMeans)) - block_score;
}

// ln(1 + e^x) without overflow.
double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

// How surprising a label is at these log-odds.
double loss(Kind kind, double log_odds) {
  return softplus(kind == Kind::scraper ? -log_odds : log_odds);
}

double penalty(double scale) {
  return (scale - 1) * (scale - 1) / (2 * kSpread * kSpread);
}

// What is minimised while the same signals count: convex in the scales.
struct Problem {
  struct Row {
    Kind kind;
    double fixed;  // log-odds at scales of 0
    std::vector<Slope> slopes;
  };
  std::vector<Row> rows;

  Problem(std::span<const Example> examples, const ScaleVector& scales, const Scoring& scoring,
          double block_score) {
    rows.reserve(examples.size());
    for (const Example& example : examples) {
      Scored scored = score(example, scales, scoring);
      // Nothing of it depends on the scales.
      if (scored.slopes.empty()) continue;
      rows.push_back({example.kind, intercept(block_score) + scored.fixed, std::move(scored.slopes)});
    }
  }

  // The value, and the slope into `gradient` unless that is null.
  [[nodiscard]] double at(std::span<const double> scales, double* gradient) const {
    double value = 0;
    for (std::size_t i = 0; i < scales.size(); ++i) {
      value += penalty(scales[i]);
      if (gradient != nullptr) gradient[i] = (scales[i] - 1) / (kSpread * kSpread);
    }
    for (const Row& row : rows) {
      double log_odds = row.fixed;
      for (const Slope& slope : row.slopes)
        log_odds += slope.slope * scales[slope.heuristic];
      value += loss(row.kind, log_odds);
      if (gradient == nullptr) continue;
      const double expected = 1 / (1 + std::exp(-log_odds));
      const double error = expected - (row.kind == Kind::scraper ? 1 : 0);
      for (const Slope& slope : row.slopes)
        gradient[slope.heuristic] += error * slope.slope;
    }
    return value;
  }
};

double evaluate(unsigned count, const double* scales, double* gradient, void* problem) noexcept {
  return static_cast<const Problem*>(problem)->at({scales, count}, gradient);
}

// The least of the problem within the bounds, from `scales` on.
Result<ScaleVector> minimise(Problem& problem, ScaleVector scales) {
  const std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> optimiser(
      nlopt_create(NLOPT_LD_SLSQP, static_cast<unsigned>(scales.size())), nlopt_destroy);
  if (!optimiser) return Error("the optimiser could not be made");
  nlopt_set_min_objective(optimiser.get(), evaluate, &problem);
  nlopt_set_lower_bounds1(optimiser.get(), kLeastScale);
  nlopt_set_upper_bounds1(optimiser.get(), detection::kMaxScale);
  nlopt_set_xtol_abs1(optimiser.get(), 1e-6);
  nlopt_set_maxeval(optimiser.get(), 1000);
  double value = 0;
  const nlopt_result result = nlopt_optimize(optimiser.get(), scales.data(), &value);
  // What rounding kept from going on is as near as a double comes.
  if (result < 0 && result != NLOPT_ROUNDOFF_LIMITED)
    return Error(fmt::format("the optimiser failed: {}", nlopt_result_to_string(result)));
  return {boost::system::in_place_value, std::move(scales)};
}

// What is to be least in the end: with the signals that count at these very scales.
double objective(std::span<const Example> examples, const ScaleVector& scales, const Scoring& scoring,
                 double block_score) {
  double value = 0;
  for (const double scale : scales)
    value += penalty(scale);
  for (const Example& example : examples)
    value += loss(example.kind, intercept(block_score) + score(example, scales, scoring).score);
  return value;
}

}  // namespace

double probability(double score, double block_score) {
  return 1 / (1 + std::exp(-(intercept(block_score) + score)));
}

Result<ScaleVector> fit(std::span<const Example> examples, const Scoring& scoring, double block_score) {
  // Which signal of a cause is the strongest depends on the scales: fitted for those that count, then looked
  // at again. The best seen is kept, so that it ends however the two go on.
  constexpr int kRounds = 20;
  constexpr double kSame = 1e-3;
  ScaleVector scales(detection::heuristic_terms().size(), 1.0);
  ScaleVector best = scales;
  double least = objective(examples, scales, scoring, block_score);
  for (int round = 0; round < kRounds; ++round) {
    Problem problem(examples, scales, scoring, block_score);
    auto next = minimise(problem, scales);
    if (!next) return next.error();
    double moved = 0;
    for (std::size_t i = 0; i < scales.size(); ++i) {
      moved = std::max(moved, std::abs((*next)[i] - scales[i]));
      // Half the way after the first, so that two heuristics do not take turns for ever.
      scales[i] = round == 0 ? (*next)[i] : (scales[i] + (*next)[i]) / 2;
    }
    for (const ScaleVector& candidate : {*next, scales}) {
      const double value = objective(examples, candidate, scoring, block_score);
      if (value < least) {
        least = value;
        best = candidate;
      }
    }
    if (moved < kSame) break;
  }
  return {boost::system::in_place_value, std::move(best)};
}

}  // namespace sluice::learn
