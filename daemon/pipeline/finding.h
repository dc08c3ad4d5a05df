// SPDX-License-Identifier: Apache-2.0
// What the heuristics say of one source, and their sum.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/time.h"

namespace sluice::pipeline {

struct Number {
  std::string name;  // snake_case, with its unit: "pages_per_minute"
  double value = 0;
};

struct Signal {
  std::string heuristic;  // "page_rate", "breadth", "enumeration", "decoy"
  double weight = 0;      // log-odds, added up by the detector; never negative
  std::string text;       // the reason in words, with the numbers
  std::vector<Number> numbers;
};

struct Finding {
  Prefix source;
  WallTime time;
  double score = 0;  // the sum of the weights
  std::vector<Signal> signals;
};

}  // namespace sluice::pipeline
