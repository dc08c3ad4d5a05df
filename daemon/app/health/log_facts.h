// SPDX-License-Identifier: Apache-2.0
// What the requests of one log say about the log itself: how old they are when they come, which fields the
// log writes, whether it has requests for assets. Owned by the log's entry in LogSet, fed with every request;
// status and doctor show it. Reads no clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/control/commands/status.h"
#include "daemon/detection/observation.h"

namespace sluice::app {

class LogFacts {
 public:
  // Older than this when it is read, a request is of an old file, or the web server's clock is wrong.
  static constexpr Seconds kOld{24 * 3600};
  static constexpr std::uint64_t kRecent = 1024;
  // So many requests tell what a log lacks; that one has no assets takes more.
  static constexpr std::uint64_t kEnough = 200;
  static constexpr std::uint64_t kEnoughForAssets = 1000;

  void note(const detection::Request& request, bool is_asset, WallTime now) {
    last_request_ = std::max(last_request_, request.time);
    if (recent_ == kRecent) {
      recent_ /= 2;
      recent_old_ /= 2;
    }
    ++recent_;
    recent_old_ += request.time < now - kOld ? 1 : 0;
    if (lately_.requests == kWindow) before_ = std::exchange(lately_, {});
    ++lately_.requests;
    lately_.assets += is_asset ? 1 : 0;
    lately_.fields.add(request.fields);
  }

  [[nodiscard]] WallTime last_request() const { return last_request_; }
  // The requests that were read last (kRecent / 2 to kRecent of them), and how many of these were old.
  [[nodiscard]] std::uint64_t recent() const { return recent_; }
  [[nodiscard]] std::uint64_t recent_old() const { return recent_old_; }

  // Empty while too little was read.
  [[nodiscard]] std::vector<control::LogLack> lacks() const {
    using control::LogLack;
    using detection::LogField;
    const std::uint64_t requests = before_.requests + lately_.requests;
    detection::LogFields fields = before_.fields;
    fields.add(lately_.fields);
    std::vector<LogLack> lacks;
    if (requests < kEnough) return lacks;
    if (!fields.has(LogField::user_agent)) lacks.push_back(LogLack::user_agents);
    if (!fields.has(LogField::referer)) lacks.push_back(LogLack::referers);
    if (!fields.has(LogField::account)) lacks.push_back(LogLack::accounts);
    if (requests >= kEnoughForAssets && before_.assets + lately_.assets == 0)
      lacks.push_back(LogLack::assets);
    return lacks;
  }

 private:
  static constexpr std::uint64_t kWindow = 10'000;
  struct Window {
    std::uint64_t requests = 0;
    std::uint64_t assets = 0;
    detection::LogFields fields;
  };

  WallTime last_request_{};
  std::uint64_t recent_ = 0;
  std::uint64_t recent_old_ = 0;
  // A log whose format changed, or which lost its assets, is seen after two windows at the latest.
  Window before_;
  Window lately_;
};

}  // namespace sluice::app
