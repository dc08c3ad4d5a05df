// SPDX-License-Identifier: Apache-2.0
// The access logs that are followed, as the configuration names them; joins and leaves logs on a reload
// without losing a line of the others. A log that cannot be read is tried again and shown; it stops nobody
// else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/app/health/file_silence.h"
#include "daemon/app/health/log_facts.h"
#include "daemon/app/health/log_silence.h"
#include "daemon/base/clock.h"
#include "daemon/base/error.h"
#include "daemon/base/time.h"
#include "daemon/control/protocol.h"
#include "daemon/intake/intake.h"

namespace sluice::app {

class LogSet {
 public:
  using Positions = intake::Positions;
  using Proxies = std::shared_ptr<const intake::TrustedProxies>;

  // Takes a request; says whether it was for an asset, which pages load by themselves.
  using Sink = std::function<bool(const detection::Request& request)>;

  LogSet(boost::asio::any_io_executor executor, Sink sink, Positions left, WallTime (*now)() = &wall_now)
      : executor_(std::move(executor)), sink_(std::move(sink)), left_(std::move(left)), now_(now) {}

  // Follows exactly these, with these proxies before their servers. A log that is new starts where it was
  // left, or at its end; one that is read differently from now on goes on where it is. Fails when a new one
  // cannot be read, and then nothing changes; one that could not be read before stops nobody.
  [[nodiscard]] Result<void> follow(const std::vector<intake::LogOptions>& wanted, Proxies proxies);
  // The same, but a log that cannot be read is kept to be tried again; the errors say which and why.
  [[nodiscard]] std::vector<Error> follow_what_can_be(const std::vector<intake::LogOptions>& wanted,
                                                      Proxies proxies);
  // Tries those again that could not be read; returns the names of those that can now.
  std::vector<std::string> retry();

  // Where each log stands now, to be saved.
  [[nodiscard]] Positions positions() const;
  [[nodiscard]] std::vector<control::LogStatus> status() const;
  // Lines that were given up for want of memory.
  [[nodiscard]] std::uint64_t lost() const;
  // Whether a log, or a file of a pattern, has fallen silent while visitors' packets (SLUICE_PASS_DEFAULT,
  // since the start) come.
  void look_for_silence(std::uint64_t packets, KernelTime now);
  void stop() { logs_.clear(); }

 private:
  struct Log {
    intake::LogOptions options;
    std::optional<intake::LogIntake> intake;
    std::optional<Error> error;       // why there is no intake
    std::unique_ptr<LogFacts> facts;  // the sink holds a pointer to it
    LogSilence silence;
    FileSilence file_silence;
  };
  // What becomes of one wanted log: opened, or read differently, or left as it is.
  struct Change {
    std::optional<Log> opened;
    std::optional<intake::RequestReader> reader;
  };

  [[nodiscard]] Log open(const intake::LogOptions& options, const Proxies& proxies) const;
  // The log that is followed from the same place, in any format; null if there is none.
  [[nodiscard]] Log* followed(const intake::LogOptions& options);
  [[nodiscard]] std::vector<Change> prepare(const std::vector<intake::LogOptions>& wanted,
                                            const Proxies& proxies);
  void adopt(const std::vector<intake::LogOptions>& wanted, std::vector<Change> changes, Proxies proxies);

  boost::asio::any_io_executor executor_;
  Sink sink_;
  Positions left_;  // of files that are not followed now
  WallTime (*now_)();
  Proxies proxies_;
  std::vector<Log> logs_;  // in the order of the configuration
};

}  // namespace sluice::app
