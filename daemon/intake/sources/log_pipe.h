// SPDX-License-Identifier: Apache-2.0
// Takes log lines off standard input, for `some server | sluiced run`. Used by intake.h.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/base/error.h"

namespace sluice::intake {

class LogPipe {
 public:
  // Called for each line; the view lives until it returns. It must not destroy the pipe.
  using LineSink = std::function<void(std::string_view line)>;

  // Standard input must be something that can be waited for: a pipe, a socket, a terminal. A file is not.
  [[nodiscard]] static Result<LogPipe> start(const boost::asio::any_io_executor& executor, LineSink sink);

  LogPipe(LogPipe&&) noexcept;
  LogPipe& operator=(LogPipe&&) noexcept;
  ~LogPipe();  // nothing is delivered afterwards

  [[nodiscard]] bool is_open() const;  // false once its writers are gone

 private:
  class Impl;
  explicit LogPipe(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice::intake
