// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/kernel_tables.h"

#include <utility>

#include "daemon/base/clock.h"

namespace sluice::app {

kernel::Clocks real_clocks() {
  return {wall_now, kernel_now};
}

Result<std::unique_ptr<KernelTables>> KernelTables::open(const std::string& bpf_fs) {
  auto opened = kernel::FilterMaps::open(bpf_fs);
  if (!opened) return opened.error();
  auto lock = kernel::lock_maps(bpf_fs);
  if (!lock) return lock.error();
  auto maps = std::make_unique<kernel::FilterMaps>(*std::move(opened));
  auto verdicts = kernel::VerdictTable::create(*maps, real_clocks());
  if (!verdicts) return verdicts.error();
  return std::unique_ptr<KernelTables>(
      new KernelTables(*std::move(lock), std::move(maps), *std::move(verdicts)));
}

KernelTables::KernelTables(UniqueFd lock, std::unique_ptr<kernel::FilterMaps> maps,
                           std::unique_ptr<kernel::VerdictTable> verdicts)
    : lock_(std::move(lock)), maps_(std::move(maps)), verdicts_(std::move(verdicts)) {}

}  // namespace sluice::app
