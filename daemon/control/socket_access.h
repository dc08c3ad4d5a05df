// SPDX-License-Identifier: Apache-2.0
// Who may connect to the operators' socket: its owner and group by its mode, further groups by a POSIX access
// control list, so that the kernel itself turns everybody else away. Used by control/server before it
// listens.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "daemon/base/error.h"

namespace sluice::control {

// The group of that name; nothing for an empty name or one that nobody has.
[[nodiscard]] std::optional<gid_t> find_group(const std::string& name);

// Gives `path` to `group` (none: to its owner alone) and lets `others` connect too. For the first this
// process must be a member of the group; for the others it need not.
[[nodiscard]] Result<void> give_access(const std::string& path, std::optional<gid_t> group,
                                       const std::vector<gid_t>& others);

}  // namespace sluice::control
