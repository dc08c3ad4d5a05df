// SPDX-License-Identifier: Apache-2.0
// Whether the filter still works with the maps that this daemon has open. A detach takes them away; an attach
// of another version or with other settings makes new ones. Owned by Daemon; Housekeeping asks it to look.
#pragma once

#include <functional>

#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {

class FilterMonitor {
 public:
  // `outdated` is called once, when the filter has other maps or settings, or none: another daemon is to take
  // over. The maps must outlive this.
  FilterMonitor(kernel::FilterMaps& maps, std::function<void()> outdated)
      : maps_(maps), outdated_(std::move(outdated)) {}

  // False: this daemon is outdated.
  [[nodiscard]] bool look();

 private:
  kernel::FilterMaps& maps_;
  std::function<void()> outdated_;
  bool is_outdated_ = false;
};

}  // namespace sluice::app
