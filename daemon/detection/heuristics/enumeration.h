// SPDX-License-Identifier: Apache-2.0
// Identifiers asked for one after the other, with a constant stride, or as a block in any order, whether they
// exist or not: nobody reads people by number. And names in the order of the alphabet.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct EnumerationOptions {
  bool enabled = true;
  // Twenty in a row is two pages of a usual list; random draws from a thousand identifiers reach a regularity
  // of 0.8 over twenty steps with a probability below 1e-30.
  unsigned min_subjects = 20;  // 8 to 64 (SourceRecord keep the last 64)
  double min_regularity = 0.8;
  // Whoever reads down a list in the order of the alphabet opens what interests them in this order too, as no
  // one does with numbers. Forty without a search between them is half a power user's day; chance goes the
  // same way in nine tenths of forty steps twice in ten million.
  unsigned min_names = 40;    // 8 to 120 (NameOrder halves its count at 256)
  double names_weight = 1.5;  // at min_names; a thorough person stays below any throttle
  double weight = 3.5;
  double max_weight = 5.5;
};

[[nodiscard]] std::optional<Signal> enumeration(const SourceView& view, const EnumerationOptions& options);

}  // namespace sluice::detection
