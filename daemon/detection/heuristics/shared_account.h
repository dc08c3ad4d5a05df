// SPDX-License-Identifier: Apache-2.0
// One account or credential, which should belong to one person, that acts from many networks within an hour
// and reads about many people.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct SharedAccountOptions {
  bool enabled = true;
  // Networks (/24, /48) within an hour: a person has a line at home, a telephone, an office and perhaps a
  // VPN; this is twice that.
  unsigned networks = 8;  // 2 to 64
  // Different people looked at in that hour, from all of them together: half a power user's day.
  unsigned min_subjects = 40;
  double weight = 3.5;  // at `networks`; each doubling adds 1.0
  double max_weight = 5.5;
};

struct SharedAccount {
  static constexpr std::string_view kName = "shared_account";
  static constexpr Cause kCause = Cause::disguise;
  using Options = SharedAccountOptions;
  static constexpr auto kOptions = std::tuple(option("networks", &Options::networks, 2U, 64U),
                                              option("min_subjects", &Options::min_subjects, 1U, 384U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
