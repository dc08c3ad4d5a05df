// SPDX-License-Identifier: Apache-2.0
// Many sources, each of them quiet, that divide the subjects of a site among themselves. Fires only on
// sources that take part, never on others in the same network or with the same browser.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct GroupOptions {
  bool enabled = true;
  // As many as two power users read in a day, and each asked for by one source only. A stretch of 64 looks
  // like this by chance with a probability below 1e-6 (group_table.h), and 150 take three of them.
  unsigned min_subjects = 150;
  // A person who reads with a phone, a tablet and two computers, at home and at work, has half as many
  // sources.
  unsigned min_members = 8;  // 3 to 256
  double weight = 4.5;       // at min_subjects; each doubling adds 1.0
  double max_weight = 6.5;
};

struct Group {
  static constexpr std::string_view kName = "group";
  static constexpr Cause kCause = Cause::breadth;
  using Options = GroupOptions;
  static constexpr auto kOptions = std::tuple(option("min_subjects", &Options::min_subjects, 48U, 1'000'000U),
                                              option("min_members", &Options::min_members, 3U, 256U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
