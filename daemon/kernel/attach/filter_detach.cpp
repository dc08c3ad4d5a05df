// SPDX-License-Identifier: Apache-2.0
// detach() of filter.h.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/kernel/attach/filter.h"
#include "daemon/kernel/attach/pinned_programs.h"
#include "daemon/kernel/attach/xdp_interface.h"
#include "daemon/kernel/maps/bpf_fs.h"

namespace sluice::kernel {

Result<DetachReport> detach(const std::string& bpf_fs) {
  DetachReport report;
  if (access(bpf_fs.c_str(), F_OK) != 0 && errno == ENOENT) return report;
  const auto lock = lock_for_attach(bpf_fs);
  if (!lock) return lock.error();
  const auto ours = our_programs(bpf_fs);
  if (!ours) return ours.error();

  std::string failures;
  for (const auto& program : *ours) {
    const Whereabouts at = find_program(program);
    if (at.index != 0) {
      if (auto removed = remove_program(at.index, at.occupancy, program.fd.get()); !removed) {
        failures +=
            fmt::format("{}{}: {}", failures.empty() ? "" : "; ", at.interface, removed.error().message());
        continue;
      }
    }
    // Each name once: a killed attach may have left two programs under one dispatcher.
    auto& told = at.index != 0 ? report.detached : report.gone;
    if (std::ranges::find(told, at.interface) == told.end()) told.push_back(at.interface);
    if (!program.path.empty() && unlink(program.path.c_str()) != 0) return Error::system(program.path, errno);
  }
  if (!failures.empty()) return Error(std::move(failures));
  remove_stale_dispatchers(bpf_fs);
  for (const auto& directory : {new_maps_directory(bpf_fs), maps_directory(bpf_fs)}) {
    if (auto removed = remove_pins(directory); !removed) return removed.error();
  }
  remove_bpf_fs(bpf_fs);
  return report;
}

}  // namespace sluice::kernel
