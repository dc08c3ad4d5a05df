// SPDX-License-Identifier: Apache-2.0
// A list as the configuration names it ([[list]]). Plain values, light enough for config/ to include.
#pragma once

#include <string>

#include "daemon/pipeline/decision.h"

namespace sluice::lists {

struct ListOptions {
  std::string name;
  std::string path;
  pipeline::Action action = pipeline::Action::block;  // or throttle or allow
  pipeline::Rate rate;                                // of each source; throttle alone

  bool operator==(const ListOptions&) const = default;
};

}  // namespace sluice::lists
