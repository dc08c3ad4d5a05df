// SPDX-License-Identifier: Apache-2.0
// Reads a whole access log once, from a file or standard input, for `sluiced replay`. Plain text or gzip.
// Blocks; for a log that is being written see intake.h.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/intake/format.h"
#include "daemon/intake/intake.h"

namespace sluice::intake {

struct FileSummary {
  Format format = Format::combined;  // the one given or recognised
  LineCounters lines;
  std::optional<std::string> first_unreadable;  // as escape_for_log() gives it, with its fault
};

// What a log may be that nobody says anything of: the formats of the configuration first, for they say more
// than the general ones that read their lines too.
[[nodiscard]] std::vector<LogOptions> candidates(const std::vector<LogOptions>& configured);

// path: a file, or "-" for standard input. Of several formats the one counts that is recognised by the first
// 64 KiB. The last line counts without a newline too. An error when the file cannot be read or its format is
// not recognised.
[[nodiscard]] Result<FileSummary> read_file(const std::string& path, std::span<const LogOptions> formats,
                                            std::shared_ptr<const TrustedProxies> proxies,
                                            const RequestSink& sink);

// The format that reads the most of these lines, the first of those that read as many; null if none reads
// any. A line without its newline at the end of the text does not count unless it is the only one.
[[nodiscard]] const LogOptions* recognise(std::string_view text, std::span<const LogOptions> formats);

// The time of the first line that can be read, to put files into the order in which they were written;
// nothing where there is none in the first 64 KiB, or where the input cannot be read twice.
[[nodiscard]] std::optional<WallTime> first_time(const std::string& path,
                                                 std::span<const LogOptions> formats);

}  // namespace sluice::intake
