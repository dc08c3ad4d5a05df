// SPDX-License-Identifier: Apache-2.0
// Labelled sources as a test makes them: each signal with a chance of its own, by kind.
#pragma once

#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/learn/example.h"

namespace sluice::learn::test {

inline std::size_t place(std::string_view heuristic) {
  const detection::HeuristicTerms* terms = detection::find_terms(heuristic);
  EXPECT_NE(terms, nullptr) << heuristic;
  return terms == nullptr ? 0 : static_cast<std::size_t>(terms - detection::heuristic_terms().data());
}

struct Chance {
  std::string_view heuristic;
  detection::Cause cause;
  double weight;
  double of_scraper;  // 0 to 1
  double of_person;
};

inline std::vector<Example> made(std::size_t each, const std::vector<Chance>& chances, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> draw(0, 1);
  std::vector<Example> examples;
  for (std::size_t i = 0; i < 2 * each; ++i) {
    Example& example = examples.emplace_back();
    example.kind = i % 2 == 0 ? Kind::scraper : Kind::person;
    example.line = static_cast<unsigned>(i + 1);
    for (const Chance& chance : chances) {
      const bool fires =
          draw(random) < (example.kind == Kind::scraper ? chance.of_scraper : chance.of_person);
      if (fires) example.strengths.push_back({place(chance.heuristic), chance.cause, chance.weight});
    }
  }
  return examples;
}

}  // namespace sluice::learn::test
