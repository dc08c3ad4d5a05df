// SPDX-License-Identifier: Apache-2.0
// The table of formats: all.cpp has a line for each. Names, the command line, the keys of the configuration
// and the recognition of unknown logs come from it; a test compares the manual with it.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/intake/formats/format.h"
#include "daemon/intake/log_options.h"

namespace sluice::intake {

// In the order in which they are listed and tried.
[[nodiscard]] std::span<const Format> all_formats();

[[nodiscard]] Result<Format> parse_format(std::string_view text);

// As FormatSpec::make_parser of the format that the options name, for lines in their envelopes.
[[nodiscard]] Result<std::unique_ptr<LineParser>> make_parser(const LogOptions& options);

}  // namespace sluice::intake
