// SPDX-License-Identifier: Apache-2.0
// How much of people's data was carried off in an hour: pages about people and their bytes. Assets, downloads
// and films do not count.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct VolumeOptions {
  bool enabled = true;
  // Two labelled logs: people stay at or under 10 pages a minute. That, without a pause, for an hour.
  double pages_per_hour = 600;
  // So many pages of 100 KB, three times the median of documents on the web (HTTP Archive, Web Almanac 2022:
  // about 30 KB as sent).
  double megabytes_per_hour = 60;
  double weight = 1.5;
  double max_weight = 2.5;  // only supports: an office reads much together
};

[[nodiscard]] std::optional<Signal> volume(const SourceView& view, const VolumeOptions& options);

}  // namespace sluice::detection
