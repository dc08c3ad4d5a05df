// SPDX-License-Identifier: Apache-2.0
// The access logs, followed: hands every request to the pipeline, and looks whether most of them come from a
// proxy that nobody told Sluice of. Owned by Daemon. How logs are joined and left is log_set.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/app/health/memory_guard.h"
#include "daemon/app/health/undeclared_proxy_detector.h"
#include "daemon/app/run/log_set.h"
#include "daemon/base/address.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/control/protocol.h"
#include "daemon/decisions/pipeline.h"

namespace sluice::app {

class LogService {
 public:
  // Follows the logs of the configuration from where they were left (`stored`: by path, as they were saved).
  // A log that cannot be read is told of and tried again. Pipeline and memory must outlive this.
  LogService(boost::asio::any_io_executor executor, decisions::Pipeline& pipeline, MemoryGuard& memory,
             const std::map<std::string, std::string>& stored, const config::Config& config,
             const std::vector<Prefix>& proxies);
  LogService(const LogService&) = delete;
  LogService& operator=(const LogService&) = delete;

  // As LogSet::follow: nothing changes where a new log cannot be read.
  [[nodiscard]] Result<void> follow(const config::Config& config, const std::vector<Prefix>& proxies);
  // As LogSet::follow_what_can_be; logs what cannot.
  void follow_what_can_be(const config::Config& config, const std::vector<Prefix>& proxies);
  // Tries those again that could not be read.
  void retry();
  // As LogSet::look_for_silence.
  void look_for_silence(std::uint64_t packets, KernelTime now) { logs_.look_for_silence(packets, now); }

  // No line is read after this.
  void stop() { logs_.stop(); }

  [[nodiscard]] LogSet::Positions positions() const { return logs_.positions(); }
  [[nodiscard]] std::vector<control::LogStatus> status() const { return logs_.status(); }
  [[nodiscard]] std::uint64_t lines() const;  // that were read, of all logs
  [[nodiscard]] std::uint64_t lost() const { return logs_.lost(); }
  [[nodiscard]] std::optional<UndeclaredProxyDetector::Suspect> undeclared_proxy() const {
    return undeclared_.suspect();
  }

 private:
  UndeclaredProxyDetector undeclared_;
  LogSet logs_;  // last: its sink uses the others
};

}  // namespace sluice::app
