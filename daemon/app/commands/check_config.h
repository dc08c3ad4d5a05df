// SPDX-License-Identifier: Apache-2.0
// `sluiced check-config`: says everything that is wrong with a configuration file.
#pragma once

#include <string>

namespace sluice::app {

// `effective`: also shows every setting in force and where it comes from. Returns the exit code.
[[nodiscard]] int check_config(const std::string& path, bool effective);

}  // namespace sluice::app
