// SPDX-License-Identifier: Apache-2.0
// Reads a whole access log once, from a file or standard input, for `sluiced replay`. Blocks; for a log that
// is being written see intake.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/intake/format.h"
#include "daemon/intake/intake.h"

namespace sluice::intake {

struct FileSummary {
  Format format = Format::combined;  // the one given or recognised
  LineCounters lines;
  std::optional<std::string> first_unreadable;  // as escape_for_log() gives it, with its fault
};

// path: a file, or "-" for standard input. format: nothing recognises it by the first 64 KiB. Plain text
// alone. The last line counts without a newline too. An error when the file cannot be read or its format is
// not recognised.
[[nodiscard]] Result<FileSummary> read_file(const std::string& path, std::optional<Format> format,
                                            const FieldMap& fields, const RequestSink& sink);

// The format that reads the most of these lines, nothing if none reads any. A line without its newline at the
// end of the text does not count unless it is the only one.
[[nodiscard]] std::optional<Format> recognise(std::string_view text, const FieldMap& fields);

}  // namespace sluice::intake
