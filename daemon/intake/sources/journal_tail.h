// SPDX-License-Identifier: Apache-2.0
// Follows the systemd journal and hands over the messages of one unit as lines, woken by the journal's own
// descriptor: no polling, no thread. Used by intake.h; knows nothing of formats.
//
// Every message is delivered exactly once and in its order, also when the journal is rotated or its old files
// are vacuumed. The place is kept as a cursor of the journal; if the message of a cursor was vacuumed,
// reading goes on with the next one that is there. A message of several lines is several lines, and one that
// journald cut because it was too long (LineMax= of journald.conf) is joined again.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"
#include "daemon/intake/sources/log_file.h"
#include "daemon/intake/sources/tail.h"

namespace sluice::intake {

// "journal:" and what follows, in place of the path of a file.
[[nodiscard]] bool is_journal(std::string_view path);

// "FIELD=value" that the entries must have, of "journal:nginx.service" (a unit; without a suffix a service)
// or of "journal:FIELD=value" (any field, such as SYSLOG_IDENTIFIER or CONTAINER_NAME). The error says the
// form.
[[nodiscard]] Result<std::string> parse_journal(std::string_view path);

struct JournalOptions {
  std::string path;  // as parse_journal() takes it
  Start start = Start::end;
  std::optional<Position> position{};  // counts before `start`
  std::string directory{};             // of the journal's files; empty: the journal of this host
};

class JournalTail {
 public:
  // Called for each line; the view lives until it returns. It must not destroy the tail.
  using LineSink = std::function<void(std::string_view line)>;

  // The error says the remedy: no journal on this host, or the group that may read it.
  [[nodiscard]] static Result<JournalTail> start(const boost::asio::any_io_executor& executor,
                                                 JournalOptions options, LineSink sink);

  JournalTail(JournalTail&&) noexcept;
  JournalTail& operator=(JournalTail&&) noexcept;
  ~JournalTail();  // nothing is delivered afterwards

  // Nothing before the first entry, unless a position was given. Within the sink the line in hand counts as
  // not yet delivered.
  [[nodiscard]] std::optional<Position> position() const;
  [[nodiscard]] bool is_open() const { return true; }

 private:
  class Impl;
  explicit JournalTail(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice::intake
