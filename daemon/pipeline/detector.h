// SPDX-License-Identifier: Apache-2.0
// Observations in, findings out: keeps the features of every source and asks each heuristic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/pipeline/features.h"
#include "daemon/pipeline/finding.h"
#include "daemon/pipeline/heuristics/breadth.h"
#include "daemon/pipeline/heuristics/decoy.h"
#include "daemon/pipeline/heuristics/enumeration.h"
#include "daemon/pipeline/heuristics/page_rate.h"
#include "daemon/pipeline/identify.h"
#include "daemon/pipeline/observation.h"
#include "daemon/pipeline/routes.h"
#include "daemon/pipeline/source_table.h"

namespace sluice::pipeline {

struct DetectorOptions {
  IdentityOptions identity;
  std::size_t max_sources = 200'000;  // 1,000 to 10,000,000
  RouteTableOptions routes;
  PageRateOptions page_rate;
  BreadthOptions breadth;
  EnumerationOptions enumeration;
  DecoyOptions decoy;
};
