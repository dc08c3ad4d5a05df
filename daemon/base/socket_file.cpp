// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/socket_file.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

Result<UniqueFd> open_bound_socket(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status = {};
  if (!file || ::fstat(file.get(), &status) != 0) return Error::system(path, errno);
  if (!S_ISSOCK(status.st_mode) || status.st_uid != ::geteuid())
    return Error(fmt::format("{}: somebody has put something else in its place", path));
  return file;
}

std::string path_of(const UniqueFd& file) {
  return fmt::format("/proc/self/fd/{}", file.get());
}

Result<void> set_rights_of_socket(const std::string& path, mode_t mode) {
  const auto file = open_bound_socket(path);
  if (!file) return file.error();
  if (::chmod(path_of(*file).c_str(), mode) != 0) return Error::system(fmt::format("{}: chmod", path), errno);
  return {};
}

}  // namespace sluice
