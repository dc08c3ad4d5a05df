// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/folder.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

Result<Folder> Folder::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status = {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return Error::system(path, errno);
  return Folder(path, std::move(fd), {status.st_uid, status.st_gid});
}

Result<Folder> Folder::open_parent(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return open(parent.empty() ? "." : parent);
}

bool Folder::is_of_another_user() const {
  return ::geteuid() == 0 && owner_.uid != 0;
}

Error Folder::failed(const std::string& name) const {
  return Error::system(fmt::format("{}/{}", path_, name), errno);
}

Result<UniqueFd> Folder::make(const std::string& name, mode_t mode) const {
  UniqueFd file(::openat(fd_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file) return failed(name);
  if (!is_of_another_user() || ::fchown(file.get(), owner_.uid, owner_.gid) == 0) return file;
  const Error error = failed(name);
  ::unlinkat(fd_.get(), name.c_str(), 0);
  return error;
}

Result<void> Folder::make_folder(const std::string& name, mode_t mode) const {
  if (::mkdirat(fd_.get(), name.c_str(), mode) != 0) {
    if (errno == EEXIST) return {};
    return failed(name);
  }
  if (!is_of_another_user()) return {};
  const UniqueFd made(::openat(fd_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status = {};
  if (!made || ::fstat(made.get(), &status) != 0) return failed(name);
  // Only the one that was made here is root's.
  if (status.st_uid == 0 && ::fchown(made.get(), owner_.uid, owner_.gid) != 0) return failed(name);
  return {};
}

Result<UniqueFd> Folder::open_file(const std::string& name, int flags) const {
  const int links = is_of_another_user() ? O_NOFOLLOW : 0;
  // Not blocking: what stands there may be a pipe.
  UniqueFd file(::openat(fd_.get(), name.c_str(), flags | links | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return failed(name);
  return file;
}

Result<UniqueFd> Folder::make_or_open(const std::string& name, int flags, mode_t mode) const {
  auto made = make(name, mode);
  if (made || made.error().code() != EEXIST) return made;
  return open_file(name, flags);
}

Result<Owner> Folder::owner_of(const std::string& name) const {
  struct stat status = {};
  if (::fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return failed(name);
  return Owner{status.st_uid, status.st_gid};
}

bool Folder::has(const std::string& name, const UniqueFd& file) const {
  struct stat named = {};
  struct stat opened = {};
  return ::fstatat(fd_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstat(file.get(), &opened) == 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

Result<void> Folder::rename(const std::string& from, const std::string& to) const {
  if (::renameat(fd_.get(), from.c_str(), fd_.get(), to.c_str()) != 0) return failed(from);
  (void)::fsync(fd_.get());
  return {};
}

Result<void> Folder::remove(const std::string& name) const {
  if (::unlinkat(fd_.get(), name.c_str(), 0) != 0) return failed(name);
  (void)::fsync(fd_.get());
  return {};
}

Result<void> make_folder(const std::string& path, mode_t mode) {
  const auto above = Folder::open_parent(path);
  if (!above) return above.error();
  return above->make_folder(file_name(path), mode);
}

}  // namespace sluice
