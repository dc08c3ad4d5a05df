// SPDX-License-Identifier: Apache-2.0
// Paths that no person is led to (¶14: design elements that make automated collection harder).
#pragma once

#include <optional>

#include "daemon/pipeline/evidence.h"
#include "daemon/pipeline/finding.h"

namespace sluice::pipeline {

struct DecoyOptions {
  bool enabled = true;
  double weight = 6.5;  // the first decoy
  double max_weight = 8.0;
};

[[nodiscard]] std::optional<Signal> decoy(const Evidence& evidence, const DecoyOptions& options);

}  // namespace sluice::pipeline
