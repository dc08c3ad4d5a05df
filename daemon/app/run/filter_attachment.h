// SPDX-License-Identifier: Apache-2.0
// What this process can do about an interface that is to be filtered and is not. Implemented by commands/run;
// used by InterfaceMonitor and Reloader.
#pragma once

#include "daemon/base/error.h"
#include "daemon/config/config.h"

namespace sluice::app {

class FilterAttachment {
 public:
  enum class Means {
    attach,  // this process may attach the filter itself
    ask,     // it can ask somebody who may
    none,    // it can only say so
  };

  FilterAttachment() = default;
  FilterAttachment(const FilterAttachment&) = delete;
  FilterAttachment& operator=(const FilterAttachment&) = delete;
  virtual ~FilterAttachment() = default;

  [[nodiscard]] virtual Means means() const = 0;
  // Attaches the filter as the configuration says; with Means::attach.
  [[nodiscard]] virtual Result<void> attach(const config::Config& config) = 0;
  // Asks for an attach, and does not wait for it; with Means::ask.
  [[nodiscard]] virtual Result<void> ask() = 0;
};

}  // namespace sluice::app
