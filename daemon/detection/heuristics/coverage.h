// SPDX-License-Identifier: Apache-2.0
// Reading everything once: hardly any person is opened twice, and lists are read page by page.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct CoverageOptions {
  bool enabled = true;
  // People come back to pages: 58 % (Tauscher and Greenberg 1997) to 81 % (Cockburn and McKenzie 2001) of all
  // page visits are to pages seen before. Browsers answer some of those from their cache, and profiles are
  // opened again less than other pages. So the limit is high and the weight is low.
  unsigned min_subjects = 40;      // half a power user's day
  double min_first_visits = 0.95;  // share of the pages about people that showed a person not seen before
  // Pages of one list, one after the other. Few people go beyond the first page of results.
  unsigned list_pages = 10;
  double weight = 1.25;     // for one of the two; both together count twice
  double max_weight = 4.0;  // alone below any throttle: a thorough person does so too
};

struct Coverage {
  static constexpr std::string_view kName = "coverage";
  static constexpr Cause kCause = Cause::order;
  using Options = CoverageOptions;
  static constexpr auto kOptions =
      std::tuple(option("min_subjects", &Options::min_subjects, 1U, 16'000U),
                 option("min_first_visits", &Options::min_first_visits, 0.5, 1.0),
                 option("list_pages", &Options::list_pages, 2U, 100'000U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
