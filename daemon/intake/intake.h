// SPDX-License-Identifier: Apache-2.0
// One [[log]] as the daemon takes it in: where its lines come from, the format they are in, and what came of
// them. Used by app/; reading a whole file once, for replay, is sources/whole_file.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/detection/observation.h"
#include "daemon/intake/log_options.h"
#include "daemon/intake/request_reader.h"
#include "daemon/intake/sources/glob_tail.h"
#include "daemon/intake/sources/journal_tail.h"
#include "daemon/intake/sources/log_pipe.h"
#include "daemon/intake/sources/log_socket.h"
#include "daemon/intake/sources/tail.h"

namespace sluice::intake {

// Where files and journals were left, by their paths.
using Positions = std::map<std::string, Position>;

class LogIntake {
 public:
  // Follows the files or listens, and hands each request to sink, which must not destroy the intake. A line
  // that cannot be read is counted, and one a minute is shown in the log. A file of which `left` knows no
  // position begins at `start`. Errors are those of the source and of RequestReader::create.
  [[nodiscard]] static Result<LogIntake> start(const boost::asio::any_io_executor& executor,
                                               const LogOptions& options,
                                               std::shared_ptr<const TrustedProxies> proxies, Start start,
                                               const Positions& left, RequestSink sink);

  // From the next line on; the counts go on from here as well. The source stays as it is.
  void read_with(RequestReader reader);

  // As the configuration names it.
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const LineCounters& lines() const;
  // One of the last lines that could not be read, printable, behind what is wrong with it; empty: all could,
  // as the log is read now.
  [[nodiscard]] const std::string& unreadable_example() const;
  [[nodiscard]] TailCounters files() const;
  // As GlobTail::visit_files; calls nothing where the log is no pattern of files.
  void visit_files(const std::function<void(const std::string& path, std::uint64_t lines)>& visit) const;
  // How the files are followed; all 0 where the log is no file.
  [[nodiscard]] FilesHealth health() const;
  // Whether every user of this host may write to it: a socket of UDP on loopback, or one whose mode says so.
  [[nodiscard]] bool is_open_to_all() const;
  // Datagrams that came and were not taken as lines; all 0 where the log is no socket.
  [[nodiscard]] SocketCounters datagrams() const;
  // Whether there is something to read from; false while a file is waited for.
  [[nodiscard]] bool is_open() const;
  // To be saved, and given to start() the next time. Within the sink the request in hand counts as not yet
  // taken in.
  [[nodiscard]] Positions positions() const;

 private:
  class Reader;
  using Source = std::variant<FileTail, GlobTail, JournalTail, LogSocket, LogPipe>;
  LogIntake(std::shared_ptr<Reader> reader, Source source);

  std::shared_ptr<Reader> reader_;  // the source's sink holds it too
  Source source_;
};

}  // namespace sluice::intake
