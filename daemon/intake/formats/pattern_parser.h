// SPDX-License-Identifier: Apache-2.0
// Reads the lines of a format that a Pattern describes.
#pragma once

#include <memory>

#include "daemon/intake/formats/pattern.h"

namespace sluice::intake {

// Values are given without their escapes. A line in which the text between the values is another than the
// pattern's is a mismatch.
[[nodiscard]] std::unique_ptr<LineParser> make_pattern_parser(Pattern pattern);
// The error begins with the key of the configuration.
[[nodiscard]] Result<std::unique_ptr<LineParser>> make_pattern_parser(Result<Pattern> pattern);

}  // namespace sluice::intake
