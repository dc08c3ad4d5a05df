// SPDX-License-Identifier: Apache-2.0
#include "daemon/learn/trial.h"

#include <algorithm>
#include <map>
#include <random>

#include "daemon/learn/fit.h"

namespace sluice::learn {
namespace {

std::optional<double> share(std::size_t part, std::size_t rest) {
  if (part + rest == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(part + rest);
}

Verdicts verdicts(std::span<const Judged> judged, double threshold) {
  Verdicts found;
  for (const Judged& one : judged) {
    const bool said = one.score >= threshold;
    if (one.kind == Kind::scraper) {
      ++(said ? found.right : found.missed);
    } else if (said) {
      ++found.wrong;
    }
  }
  return found;
}

// By ranks (Mann and Whitney).
double area_under_curve(std::span<const Judged> judged) {
  std::vector<Judged> sorted(judged.begin(), judged.end());
  std::ranges::sort(sorted, {}, &Judged::score);
  double rank_sum = 0;
  std::size_t scrapers = 0;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i;
    while (end < sorted.size() && sorted[end].score == sorted[i].score)
      ++end;
    const double rank = (static_cast<double>(i) + static_cast<double>(end - 1)) / 2 + 1;
    for (; i < end; ++i) {
      if (sorted[i].kind != Kind::scraper) continue;
      rank_sum += rank;
      ++scrapers;
    }
  }
  const auto ours = static_cast<double>(scrapers);
  const auto theirs = static_cast<double>(sorted.size() - scrapers);
  if (ours == 0 || theirs == 0) return 0.5;
  return (rank_sum - ours * (ours + 1) / 2) / (ours * theirs);
}

// The fold of each line of the labels.
std::map<unsigned, unsigned> deal_folds(std::span<const Example> examples) {
  std::array<std::vector<unsigned>, 2> lines;
  std::map<unsigned, unsigned> folds;
  for (const Example& example : examples) {
    if (folds.try_emplace(example.line, 0).second)
      lines[static_cast<std::size_t>(example.kind)].push_back(example.line);
  }
  std::mt19937_64 random(Trial::kSeed);
  unsigned next = 0;
  for (auto& of_kind : lines) {
    std::ranges::sort(of_kind);
    std::ranges::shuffle(of_kind, random);
    for (const unsigned line : of_kind)
      folds[line] = next++ % Trial::kFolds;
  }
  return folds;
}

}  // namespace

std::optional<double> Verdicts::precision() const {
  return share(right, wrong);
}

std::optional<double> Verdicts::recall() const {
  return share(right, missed);
}

Measures measure(std::span<const Judged> judged, const decisions::PolicyOptions& policy) {
  Measures measures;
  measures.throttle = verdicts(judged, policy.throttle_score);
  measures.block = verdicts(judged, policy.block_score);
  measures.auc = area_under_curve(judged);
  for (const Judged& one : judged) {
    const double predicted = probability(one.score, policy.block_score);
    const double truth = one.kind == Kind::scraper ? 1 : 0;
    measures.brier += (predicted - truth) * (predicted - truth) / static_cast<double>(judged.size());
    const auto place = static_cast<std::size_t>(predicted * Measures::kBins);
    Measures::Bin& bin = measures.reliability.at(std::min(place, Measures::kBins - 1));
    ++bin.sources;
    bin.predicted += predicted;
    bin.observed += truth;
  }
  for (Measures::Bin& bin : measures.reliability) {
    if (bin.sources == 0) continue;
    bin.predicted /= static_cast<double>(bin.sources);
    bin.observed /= static_cast<double>(bin.sources);
  }
  return measures;
}

Result<Trial> cross_validate(std::span<const Example> examples, const ScaleVector& before,
                             const Scoring& scoring, const decisions::PolicyOptions& policy) {
  std::vector<Judged> as_before;
  for (const Example& example : examples)
    as_before.push_back({score(example, before, scoring).score, example.kind});

  const auto folds = deal_folds(examples);
  std::vector<Judged> held_out;
  for (unsigned fold = 0; fold < Trial::kFolds; ++fold) {
    std::vector<Example> rest;
    for (const Example& example : examples) {
      if (folds.at(example.line) != fold) rest.push_back(example);
    }
    const auto scales = fit(rest, scoring, policy.block_score);
    if (!scales) return scales.error();
    for (const Example& example : examples) {
      if (folds.at(example.line) == fold)
        held_out.push_back({score(example, *scales, scoring).score, example.kind});
    }
  }
  return Trial{measure(as_before, policy), measure(held_out, policy)};
}

}  // namespace sluice::learn
