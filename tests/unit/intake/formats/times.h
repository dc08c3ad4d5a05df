// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of the formats.
#pragma once

#include <string_view>

#include "daemon/base/time.h"

namespace sluice::intake {

// "2026-11-24T06:07:24Z".
inline WallTime at(std::string_view text) {
  return parse_time(text).value();
}

}  // namespace sluice::intake
