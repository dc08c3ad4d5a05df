// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/filter_monitor.h"

#include <cstring>

#include <spdlog/spdlog.h>

namespace sluice::app {

bool FilterMonitor::look() {
  if (is_outdated_) return false;
  const auto settings = kernel::read_settings(maps_.bpf_fs);
  sluice_settings known = maps_.settings;
  if (settings) known.loaded_ns = settings->loaded_ns;  // the same once more says nothing new
  if (settings && maps_.still_pinned() && std::memcmp(&known, &*settings, sizeof known) == 0) {
    maps_.settings = known;
    return true;
  }
  spdlog::warn("the filter was {}",
               settings ? "attached anew, with other maps or settings: taking them over" : "detached");
  is_outdated_ = true;
  outdated_();
  return false;
}

}  // namespace sluice::app
