// SPDX-License-Identifier: Apache-2.0
// How much memory the control group of this process may use, and uses: MemoryHigh and MemoryMax of a unit,
// the limit of a container. Beyond it the kernel slows the process down or ends it, and no allocation fails
// before. Control groups of version 2 alone. Used by app/health/memory_guard.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

class CgroupMemory {
 public:
  // `own_groups` is /proc/self/cgroup, `root` where the hierarchy is mounted. Without one there is no limit.
  explicit CgroupMemory(const std::string& own_groups = "/proc/self/cgroup",
                        const std::string& root = "/sys/fs/cgroup");

  struct Use {
    std::uint64_t bytes = 0;  // anonymous memory: what the kernel cannot take back, unlike the cache of files
    std::uint64_t limit = 0;
  };
  // The use of the group that is nearest to its limit: the one of this process, or one above it. Nothing if
  // none has a limit. Reads a few small files.
  [[nodiscard]] std::optional<Use> use() const;

 private:
  std::vector<std::string> folders_;  // of the group and those above it
};

}  // namespace sluice
