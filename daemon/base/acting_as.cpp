// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/acting_as.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <grp.h>
#include <unistd.h>

namespace sluice {

Result<ActingAs> ActingAs::user(const Owner& user) {
  if (::geteuid() != 0 || user.uid == 0) return ActingAs(false, 0, {});
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  if (::getgroups(static_cast<int>(groups.size()), groups.data()) < 0)
    return Error::system("getgroups", errno);
  ActingAs acting(true, ::getegid(), std::move(groups));  // takes back what was done when a later step fails
  if (::setgroups(0, nullptr) != 0 || ::setegid(user.gid) != 0 || ::seteuid(user.uid) != 0)
    return Error::system(fmt::format("acting as the user {}", user.uid), errno);
  return acting;
}

void ActingAs::stop() {
  if (!std::exchange(is_acting_, false)) return;
  if (::seteuid(0) != 0 || ::setegid(group_) != 0 || ::setgroups(groups_.size(), groups_.data()) != 0)
    std::abort();
}

}  // namespace sluice
