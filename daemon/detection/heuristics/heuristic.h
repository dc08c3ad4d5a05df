// SPDX-License-Identifier: Apache-2.0
// What a heuristic declares of itself, so that everything else follows from the list in all.h: its options,
// the keys of the configuration with their ranges, the evaluation, the scales that an operator or `sluiced
// learn` sets.
//
// A heuristic is a struct with
//   kName       as in the configuration, in findings and in the store
//   kCause      what it is evidence of (finding.h)
//   Options     a struct with `enabled`, `weight` and perhaps `max_weight`, each option with the source of
//   its number kOptions    a tuple of option(...): every other member of Options that is a key kAscending
//   optional: pairs of keys of which the first may not be greater than the second judge(view, options)  pure;
//   asked only while it is enabled
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

// What a heuristic says: a signal without its name and cause, which the list knows.
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
inline constexpr double kMostSubjects =
    16'000;  // SubjectSet::kMaxSubjects: no source is known to have read more
inline constexpr double kMostOfAccount =
    384;  // AccountTable::kMaxSlots: no account is known to have read more
inline constexpr Seconds kTenYears = Seconds(10 * 366 * 86400LL);

// The one curve that the weights follow: `at_limit` where a quantity just reaches its limit (ratio 1),
// `per_doubling` more for each doubling, up to `max`.
[[nodiscard]] inline double grown_weight(double ratio, double at_limit, double per_doubling, double max) {
  return std::min(at_limit + per_doubling * std::log2(std::max(ratio, 1.0)), max);
}

}  // namespace sluice::detection
