// SPDX-License-Identifier: Apache-2.0
// Identifiers asked for one after the other, with a constant stride, or as a block in any order, whether they
// exist or not: people do not read profiles by number. Also names in the order of the alphabet.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct EnumerationOptions {
  bool enabled = true;
  // Twenty in a row is two pages of a usual list; random draws from a thousand identifiers reach a regularity
  // of 0.8 over twenty steps with a probability below 1e-30.
  unsigned min_subjects = 20;  // 8 to 64 (IdentifierTrail::kLength)
  double min_regularity = 0.8;
  // A person who reads down an alphabetical list opens names in this order too, which does not happen with
  // numbers. Forty names without a search between them are half a power user's day. By chance nine tenths of
  // forty steps go the same way twice in ten million.
  unsigned min_names = 40;    // 8 to 120 (NameOrder halves its count at 256)
  double names_weight = 1.5;  // at min_names; a thorough person stays below any throttle
  double weight = 3.5;
  double max_weight = 5.5;
};

struct Enumeration {
  static constexpr std::string_view kName = "enumeration";
  static constexpr Cause kCause = Cause::order;
  using Options = EnumerationOptions;
  static constexpr auto kOptions =
      std::tuple(option("min_subjects", &Options::min_subjects, 8U, 64U),
                 option("min_regularity", &Options::min_regularity, 0.5, 1.0),
                 option("min_names", &Options::min_names, 8U, 120U),
                 option("names_weight", &Options::names_weight, 0.0, kMostWeight));
  static constexpr auto kAscending = std::array{Ascending{"names_weight", "max_weight"}};

  // Gives what judge_order() found.
  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

// Finds the order of what a source asked for, before any heuristic is asked: clients_behind.h reads it too.
// `one_order` is set where the order goes on for so long that only one client can be behind the source.
// Several people together have no order, but a few identifiers in a row may come from one of many people.
void judge_order(SourceView& view, const EnumerationOptions& options);

}  // namespace sluice::detection
