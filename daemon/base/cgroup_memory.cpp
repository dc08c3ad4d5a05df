// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/cgroup_memory.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

namespace sluice {
namespace {

// Nothing where the file says "max", or is not there: the root has no limits.
std::optional<std::uint64_t> limit_of_group(const std::string& folder) {
  std::optional<std::uint64_t> least;
  for (const std::string_view name : {"memory.high", "memory.max"}) {
    std::ifstream file(fmt::format("{}/{}", folder, name));
    std::uint64_t bytes = 0;
    if (file >> bytes) least = std::min(least.value_or(bytes), bytes);
  }
  return least;
}

std::uint64_t anonymous_of_group(const std::string& folder) {
  std::ifstream file(folder + "/memory.stat");
  std::string name;
  std::uint64_t bytes = 0;
  while (file >> name >> bytes) {
    if (name == "anon") return bytes;
  }
  return 0;
}

}  // namespace

CgroupMemory::CgroupMemory(const std::string& own_groups, const std::string& root) {
  std::ifstream groups(own_groups);
  for (std::string line; std::getline(groups, line);) {
    constexpr std::string_view kVersion2 = "0::/";
    if (!line.starts_with(kVersion2)) continue;
    std::string path = line.substr(kVersion2.size());
    while (!path.empty()) {
      folders_.push_back(fmt::format("{}/{}", root, path));
      const auto slash = path.rfind('/');
      path.resize(slash == std::string::npos ? 0 : slash);
    }
    // In a container the own group is the root that one sees, and has its limit there.
    folders_.push_back(root);
  }
}

std::optional<CgroupMemory::Use> CgroupMemory::use() const {
  std::optional<Use> nearest;
  for (const std::string& folder : folders_) {
    const auto limit = limit_of_group(folder);
    if (!limit || *limit == 0) continue;
    const Use use{anonymous_of_group(folder), *limit};
    const auto share = [](const Use& of) {
      return static_cast<double>(of.bytes) / static_cast<double>(of.limit);
    };
    if (!nearest || share(use) > share(*nearest)) nearest = use;
  }
  return nearest;
}

}  // namespace sluice
