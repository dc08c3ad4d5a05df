// SPDX-License-Identifier: Apache-2.0
// Reads a whole access log once, from a file or standard input, for `sluiced replay` and `sluiced learn`.
// Plain text or gzip. Blocks; a log that is being written is followed by intake.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/intake/log_options.h"
#include "daemon/intake/request_reader.h"

namespace sluice::intake {

struct FileSummary {
  Format format;  // the one given or recognised
  LineCounters lines;
  std::uint64_t shortened = 0;  // lines that were too long and lost their middle
  std::string envelopes;        // that the lines were found to stand in: LineParser::found_envelopes()
  std::optional<std::string> first_unreadable;  // as escape_for_log() gives it, with its fault
  std::string failed_at;                        // the field of the format at which that line fails
};

// As much as a whole file.
inline constexpr std::uint64_t kWhole = ~std::uint64_t{0};

// path: a file, or "-" for standard input. Of a file of plain text that is longer than `newest` bytes only
// the lines within the last so many are read. Of several formats the one counts that is recognised by the
// first 64 KiB, or by 16 lines where these are longer. The last line counts without a newline too. An error
// when the file cannot be read or its format is not recognised.
[[nodiscard]] Result<FileSummary> read_whole_log(const std::string& path, std::span<const LogOptions> formats,
                                                 std::shared_ptr<const TrustedProxies> proxies,
                                                 const RequestSink& sink, std::uint64_t newest = kWhole);

// The first 64 KiB of a log, unpacked.
[[nodiscard]] Result<std::string> beginning_of_log(const std::string& path);

// The time of the first line that can be read, to put files into the order in which they were written;
// nothing where there is none in the same beginning, or where the input cannot be read twice.
[[nodiscard]] std::optional<WallTime> first_time(const std::string& path,
                                                 std::span<const LogOptions> formats);

}  // namespace sluice::intake
