// SPDX-License-Identifier: Apache-2.0
// Whether the filter stands where the configuration wants it, followed over time: what became unfiltered,
// what is filtered again. Used by the daemon. Attaches nothing and logs nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/base/error.h"

namespace sluice::app {

class InterfaceMonitor {
 public:
  struct Change {
    std::string interface;
    bool filtered = false;
    bool exists = false;
    bool is_new = false;  // another interface by that name than when it was last looked at, or the first look
  };
  // What changed since the last call for these interfaces; the first call tells of those that are unfiltered.
  [[nodiscard]] Result<std::vector<Change>> look(const std::string& bpf_fs,
                                                 const std::vector<std::string>& interfaces);

 private:
  struct State {
    bool filtered = true;
    unsigned index = 0;  // 0: it does not exist
    bool operator==(const State&) const = default;
  };
  std::map<std::string, State> known_;
};

}  // namespace sluice::app
