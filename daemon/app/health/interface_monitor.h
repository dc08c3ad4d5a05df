// SPDX-License-Identifier: Apache-2.0
// Whether the filter stands on the interfaces that the configuration names, followed over time: says which
// are no longer filtered, or again; has the filter attached to one that is new, as far as this process can.
// Owned by Daemon; Housekeeping asks it to look.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/app/run/filter_attachment.h"
#include "daemon/base/error.h"
#include "daemon/config/config.h"
#include "daemon/kernel/maps/filter_maps.h"

namespace sluice::app {

class InterfaceMonitor {
 public:
  // `config` is the one in force, also after a reload. All must outlive this.
  InterfaceMonitor(const config::Config& config, const kernel::FilterMaps& maps, FilterAttachment& attachment)
      : config_(config), maps_(maps), attachment_(attachment) {}

  // The first look tells of the interfaces that are unfiltered, later ones of what has changed.
  void look();

 private:
  struct State {
    bool filtered = true;
    unsigned index = 0;  // 0: it does not exist
    bool operator==(const State&) const = default;
  };
  struct Change {
    std::string interface;
    bool filtered = false;
    bool exists = false;
    bool is_new = false;  // another interface by that name than at the last look, or this is the first look
  };
  [[nodiscard]] Result<std::vector<Change>> changes(const std::vector<std::string>& interfaces);
  // Says what changed; true: something can be done about it (means() is not none).
  [[nodiscard]] bool tell(const Change& change) const;

  const config::Config& config_;
  const kernel::FilterMaps& maps_;
  FilterAttachment& attachment_;
  std::map<std::string, State> known_;
  bool nowhere_ = false;  // filter.interfaces stands for none
};

}  // namespace sluice::app
