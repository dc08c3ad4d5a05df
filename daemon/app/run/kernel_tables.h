// SPDX-License-Identifier: Apache-2.0
// The kernel's side of the daemon: the pinned maps of the filter, the lock that makes this daemon their only
// writer, and the table that mirrors the ledger into them. Owned by Daemon; lives longer than everything that
// writes to the maps. Attaches nothing: commands/filter.h does.
#pragma once

#include <memory>
#include <string>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"
#include "daemon/kernel/maps/filter_maps.h"
#include "daemon/kernel/maps/verdict_table.h"

namespace sluice::app {

// Those of the process.
[[nodiscard]] kernel::Clocks real_clocks();

class KernelTables {
 public:
  // Fails in words where no filter is attached, and where another daemon holds the lock.
  [[nodiscard]] static Result<std::unique_ptr<KernelTables>> open(const std::string& bpf_fs);

  [[nodiscard]] kernel::FilterMaps& maps() { return *maps_; }
  [[nodiscard]] kernel::VerdictTable& verdicts() { return *verdicts_; }

 private:
  KernelTables(UniqueFd lock, std::unique_ptr<kernel::FilterMaps> maps,
               std::unique_ptr<kernel::VerdictTable> verdicts);

  UniqueFd lock_;  // released last
  std::unique_ptr<kernel::FilterMaps> maps_;
  std::unique_ptr<kernel::VerdictTable> verdicts_;
};

}  // namespace sluice::app
