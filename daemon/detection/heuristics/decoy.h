// SPDX-License-Identifier: Apache-2.0
// Paths that no person is led to (¶14: design elements that make automated collection harder).
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct DecoyOptions {
  bool enabled = true;
  double weight = 6.5;  // the first decoy
  double max_weight = 8.0;
};

[[nodiscard]] std::optional<Signal> decoy(const SourceView& view, const DecoyOptions& options);

}  // namespace sluice::detection
