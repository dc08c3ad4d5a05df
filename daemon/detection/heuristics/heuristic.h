// SPDX-License-Identifier: Apache-2.0
// What a heuristic declares. All else follows from the list in all.h: the options, the configuration keys
// with their ranges, the evaluation, and the scales that an operator or `sluiced learn` sets.
//
// A heuristic is a struct with
//
// - kName: its name in the configuration, in findings and in the store;
// - kCause: what it points to (finding.h);
// - Options: a struct with `enabled`, `weight` and perhaps `max_weight`; each number with its source;
// - kOptions: a tuple of option(...) for every other member of Options that is a key;
// - kAscending, optional: pairs of keys of which the first must not be greater than the second;
// - judge(view, options): a pure function, called only while the heuristic is enabled.
//
// README.md in this folder shows how to write one.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

// What judge() returns: a signal without name and cause, which the evaluation adds.
struct Judgement {
  double weight = 0;  // log-odds; never negative
  std::string text;   // the reason in words, with the numbers
  std::vector<Number> numbers;
};

// One key of a heuristic: the configuration takes values from `least` to `most`.
template <class Options, class Value>
struct Option {
  std::string_view name;
  Value Options::*member;
  Value least;
  Value most;
};

template <class Options, class Value>
[[nodiscard]] constexpr Option<Options, Value> option(std::string_view name, Value Options::*member,
                                                      Value least, Value most) {
  return {name, member, least, most};
}

struct Ascending {
  std::string_view lesser;
  std::string_view greater;
};

// Ranges that several heuristics share.
inline constexpr double kMostWeight = 100;
inline constexpr double kMostSubjects = 16'000;  // below SubjectSet::kMaxSubjects: more is not counted
inline constexpr double kMostOfAccount = 384;    // of AccountTable::kMaxSlots: more is not counted
inline constexpr Seconds kTenYears = Seconds(10 * 366 * 86400LL);

// The curve that the weights follow: `at_limit` where a quantity just reaches its limit (ratio 1), and
// `per_doubling` more for each doubling, up to `max`.
[[nodiscard]] inline double grown_weight(double ratio, double at_limit, double per_doubling, double max) {
  return std::min(at_limit + per_doubling * std::log2(std::max(ratio, 1.0)), max);
}

}  // namespace sluice::detection
