// SPDX-License-Identifier: Apache-2.0
// An IPv6 network (/48) whose client uses another /64 for every few pages and reads the site with them.
// Judges the network as a whole, and only if hardly anybody in it does anything else.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/groups/group_table.h"
#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/network_view.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

struct RotationOptions {
  bool enabled = true;
  // As for groups: three stretches, each of which independent readers would cover with hardly a repeat with a
  // probability below 1e-6 (group_table.h).
  unsigned min_subjects = 150;
  // Different /64 networks: a household is given one or a few, an office one a floor (RFC 6177, RFC 7084).
  unsigned min_sources = 20;  // 3 to 1,000,000
  double weight = 4.5;        // at min_subjects; each doubling adds 1.5
  double max_weight = 6.5;
};

// Whether a network should be evaluated. Cheap: asked for each page.
[[nodiscard]] bool may_rotate(const RotatingNetworks::Network& network, const RotationOptions& options);

struct Rotation {
  static constexpr std::string_view kName = "rotation";
  static constexpr Cause kCause = Cause::breadth;
  using Options = RotationOptions;
  static constexpr auto kOptions = std::tuple(option("min_subjects", &Options::min_subjects, 48U, 1'000'000U),
                                              option("min_sources", &Options::min_sources, 3U, 1'000'000U));

  [[nodiscard]] static std::optional<Judgement> judge(const NetworkView& view, const Options& options);
};

}  // namespace sluice::detection
