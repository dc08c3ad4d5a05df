// SPDX-License-Identifier: Apache-2.0
// How many different people a source has read, in an hour, a day, a week and four weeks (¶13: the number of
// visits by one account to other profiles), weighted by the sensitivity of the routes (¶19). Where several
// clients share an address, each of them adds to the limit.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct BreadthOptions {
  bool enabled = true;
  // A power user reads about eighty profiles in a day. Half as many again in one hour is no longer reading.
  double subjects_per_hour = 120;
  double subjects_per_day = 300;
  // The same power user reads 560 in a week and 2,240 in four. These limits find sources that stay below the
  // limit of a day.
  double subjects_per_week = 900;
  double subjects_per_four_weeks = 3000;
  // The share of each limit that every further client of the address adds: 75 in a day, what a power user
  // reads.
  double share_of_more_clients = 0.25;
  double weight = 3.0;
  double max_weight = 6.0;
};

struct Breadth {
  static constexpr std::string_view kName = "breadth";
  static constexpr Cause kCause = Cause::breadth;
  using Options = BreadthOptions;
  static constexpr auto kOptions =
      std::tuple(option("subjects_per_hour", &Options::subjects_per_hour, 1.0, kMostSubjects),
                 option("subjects_per_day", &Options::subjects_per_day, 1.0, kMostSubjects),
                 option("subjects_per_week", &Options::subjects_per_week, 1.0, kMostSubjects),
                 option("subjects_per_four_weeks", &Options::subjects_per_four_weeks, 1.0, 1'000'000.0),
                 option("share_of_more_clients", &Options::share_of_more_clients, 0.0, 1.0));
  static constexpr auto kAscending = std::array{Ascending{"subjects_per_hour", "subjects_per_day"},
                                                Ascending{"subjects_per_day", "subjects_per_week"},
                                                Ascending{"subjects_per_week", "subjects_per_four_weeks"}};

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
