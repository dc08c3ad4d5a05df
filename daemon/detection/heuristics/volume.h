// SPDX-License-Identifier: Apache-2.0
// How much personal data was served in an hour: pages about people, and their bytes. Assets, downloads and
// films do not count.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct VolumeOptions {
  bool enabled = true;
  // Two labelled logs: people stay at or under 10 pages a minute. This is that rate for an hour without a
  // pause.
  double pages_per_hour = 600;
  // The same number of pages of 100 KB each, three times the median of documents on the web (HTTP Archive,
  // Web Almanac 2022: about 30 KB as sent).
  double megabytes_per_hour = 60;
  double weight = 1.5;
  double max_weight = 2.5;  // only supports: an office together reads much
};

struct Volume {
  static constexpr std::string_view kName = "volume";
  static constexpr Cause kCause = Cause::pace;
  using Options = VolumeOptions;
  static constexpr auto kOptions =
      std::tuple(option("pages_per_hour", &Options::pages_per_hour, 1.0, 1e9),
                 option("megabytes_per_hour", &Options::megabytes_per_hour, 1.0, 1e9));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
