// SPDX-License-Identifier: Apache-2.0
#include "daemon/intake/sources/mount.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>

#include <sys/vfs.h>

namespace sluice::intake {
namespace {

struct Kind {
  std::uint32_t type;  // f_type of statfs(2), whose manual page and linux/magic.h name them
  std::string_view name;
};
constexpr std::array<Kind, 17> kSilent = {{{0x65735546, "FUSE"},
                                           {0x6969, "NFS"},
                                           {0xff534d42, "SMB"},
                                           {0xfe534d42, "SMB"},
                                           {0x517b, "SMB"},
                                           {0x01021997, "9P"},
                                           {0x00c36400, "Ceph"},
                                           {0x0bd00bd0, "Lustre"},
                                           {0x47504653, "GPFS"},
                                           {0x5346414f, "AFS"},
                                           {0x6b414653, "AFS"},
                                           {0x73757245, "Coda"},
                                           {0x564c, "NCP"},
                                           {0x01161970, "GFS2"},
                                           {0x7461636f, "OCFS2"},
                                           {0x786f4256, "VirtualBox"},
                                           {0xbacbacbc, "VMware"}}};

}  // namespace

std::string_view kind_of_silent_mount(const std::string& path) {
  struct statfs mount {};
  for (std::filesystem::path at(path); ::statfs(at.c_str(), &mount) != 0; at = at.parent_path()) {
    if ((errno != ENOENT && errno != ENOTDIR) || !at.has_relative_path()) return {};
  }
  const auto type = static_cast<std::uint32_t>(mount.f_type);
  const auto* const kind = std::ranges::find(kSilent, type, &Kind::type);
  return kind == kSilent.end() ? std::string_view() : kind->name;
}

}  // namespace sluice::intake
