// SPDX-License-Identifier: Apache-2.0
// One access log as the daemon takes it in: the file that is followed, the format it is in, and what came of
// its lines. Reading a whole file once, for replay, is file.h.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/intake/format.h"
#include "daemon/intake/tail.h"
#include "daemon/pipeline/observation.h"

namespace sluice::intake {

using RequestSink = std::function<void(const pipeline::Request& request)>;

struct LineCounters {
  std::uint64_t lines = 0;
  std::uint64_t requests = 0;
  std::array<std::uint64_t, kParseFaults> faults{};  // by ParseFault

  [[nodiscard]] std::uint64_t unreadable() const { return lines - requests; }
};

// Printable ASCII as it is, everything else and the backslash as \xHH, at most 200 bytes of the line: what
// strangers send must not reach a terminal or a log raw.
[[nodiscard]] std::string escape_for_log(std::string_view line);

class LogIntake {
 public:
  // Follows the file and hands each request to sink, which must not destroy the intake. A line that cannot be
  // read is counted, and one a minute is shown in the log. Errors are those of FileTail::start.
  [[nodiscard]] static Result<LogIntake> start(const boost::asio::any_io_executor& executor,
                                               const LogOptions& options, Start start,
                                               std::optional<Position> position, RequestSink sink);

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] const LineCounters& lines() const;
  [[nodiscard]] TailCounters files() const { return tail_.counters(); }
  // Whether a file is open; false while it is waited for.
  [[nodiscard]] bool is_open() const { return tail_.is_open(); }
  // To be saved, and given to start() the next time. Within the sink the request in hand counts as not yet
  // taken in.
  [[nodiscard]] std::optional<Position> position() const { return tail_.position(); }

 private:
  class Reader;
  LogIntake(std::shared_ptr<Reader> reader, FileTail tail);

  std::shared_ptr<Reader> reader_;  // the tail's sink holds it too
  FileTail tail_;
};

}  // namespace sluice::intake
