// SPDX-License-Identifier: Apache-2.0
// From a line of a log to the request of a visitor: the format, the proxies before the server, and the count
// of what came of the lines. Used by whatever delivers lines: files, sockets, replay.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/intake/log_options.h"
#include "daemon/intake/proxies.h"

namespace sluice::intake {

// Of the people that one answer names, with the commas: several hundred UUIDs.
inline constexpr std::size_t kMaxSubjectsBytes = std::size_t{16} * 1024;

struct LineCounters {
  static constexpr std::uint64_t kRecentLines = 1024;

  std::uint64_t lines = 0;
  std::uint64_t requests = 0;
  std::uint64_t forwarded = 0;  // requests that came through a trusted proxy
  std::uint64_t unnamed = 0;    // of those: nothing says for whom
  // Of those: what the proxy says of the visitor could not be read to its end.
  std::uint64_t broken_chains = 0;
  std::uint64_t cut = 0;        // requests of lines that were cut: see LineParser::parse_cut
  std::uint64_t paths_cut = 0;  // of those: within the path or before it
  // Answers whose list of people was longer than kMaxSubjectsBytes and was cut at a comma.
  std::uint64_t subjects_cut = 0;
  std::array<std::uint64_t, kParseFaults> faults{};  // by ParseFault
  // The last lines: between half of kRecentLines and all of them are in these two. A log whose format changed
  // after a million good lines is seen by them.
  std::uint64_t recent = 0;
  std::uint64_t recent_unreadable = 0;
  std::uint64_t recent_cut = 0;
  std::uint64_t lost = 0;  // for want of memory

  // Lines about the log itself are neither requests nor unreadable.
  [[nodiscard]] std::uint64_t unreadable() const {
    return lines - requests - faults[static_cast<std::size_t>(ParseFault::directive)];
  }
  // Counts one of `recent`.
  void note_recent(bool is_readable, bool is_cut = false) {
    if (recent == kRecentLines) {
      recent /= 2;
      recent_unreadable /= 2;
      recent_cut /= 2;
    }
    ++recent;
    recent_unreadable += is_readable ? 0 : 1;
    recent_cut += is_cut ? 1 : 0;
  }
};

using RequestSink = std::function<void(const detection::Request& request)>;

class RequestReader {
 public:
  // Fails where the options do: a pattern that cannot be read.
  [[nodiscard]] static Result<RequestReader> create(const LogOptions& options,
                                                    std::shared_ptr<const TrustedProxies> proxies);

  // As LineParser::parse(), and as parse_cut() of a line that was cut. A part of a line is not counted.
  [[nodiscard]] Parsed read(std::string_view line);
  // As LineParser::found_envelopes().
  [[nodiscard]] std::string_view found_envelopes() const { return parser_->found_envelopes(); }
  // The field at which the last line failed, if it was not a request: "the status", "$status".
  [[nodiscard]] std::string failed_at(ParseFault fault) const;
  [[nodiscard]] const LineCounters& counters() const { return counters_; }
  // With the counts of another reader. Its last lines say nothing of how this one reads.
  void go_on_from(const LineCounters& counters);
  // The line in hand is given up for want of memory.
  void note_lost() { ++counters_.lost; }

 private:
  RequestReader(std::unique_ptr<LineParser> parser, std::shared_ptr<const TrustedProxies> proxies);

  std::unique_ptr<LineParser> parser_;
  std::shared_ptr<const TrustedProxies> proxies_;
  LineCounters counters_;
};

// Printable ASCII as it is, everything else and the backslash as \xHH, at most 200 bytes of the line: what
// strangers send must not reach a terminal or a log raw.
[[nodiscard]] std::string escape_for_log(std::string_view line);

}  // namespace sluice::intake
