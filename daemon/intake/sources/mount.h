// SPDX-License-Identifier: Apache-2.0
// Whether the kernel sees every change of the files on a mount. Used by the tails, which look at the others
// once a second.
#pragma once

#include <string>
#include <string_view>

namespace sluice::intake {

// The kind of the mount that holds the path, or the nearest folder above it that exists: "FUSE", "NFS",
// "SMB". Files of such a mount can be written to behind this kernel's back, by the program that serves them
// or by another host, and then inotify tells nothing. Empty for every other mount.
[[nodiscard]] std::string_view kind_of_silent_mount(const std::string& path);

}  // namespace sluice::intake
