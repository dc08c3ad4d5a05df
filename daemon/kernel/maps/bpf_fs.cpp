// SPDX-License-Identifier: Apache-2.0
#include "daemon/kernel/maps/bpf_fs.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace sluice::kernel {
namespace {

constexpr std::string_view kUsualMount = "/sys/fs/bpf";
constexpr mode_t kDirectoryMode = 0750;
constexpr mode_t kPassableMode = 0710;  // the group may pass through, but not list
constexpr mode_t kClosedMode = 0700;    // as systemd mounts /sys/fs/bpf
constexpr mode_t kSticky = S_ISVTX;     // the kernel sets it at the root of each BPF file system

// Directories from the top down to `path` itself: "/sys", "/sys/fs", ...
std::vector<std::string> chain_of(const std::string& path) {
  std::vector<std::string> chain;
  for (std::filesystem::path at(path); at.has_relative_path(); at = at.parent_path())
    chain.push_back(at.string());
  std::ranges::reverse(chain);
  return chain;
}

bool in_bpf_fs(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == BPF_FS_MAGIC;
}

Result<void> mount_where_usual(const std::string& path) {
  const std::string mount_point(kUsualMount);
  if (path != mount_point && !path.starts_with(mount_point + "/")) {
    return Error(
        fmt::format("{} is not in a BPF file system: set filter.bpf_fs to a directory under {}, or mount one "
                    "there first (mount -t bpf bpf DIRECTORY)",
                    path, kUsualMount));
  }
  const auto names = list_directory(mount_point);
  if (!names) return names.error();
  if (!names->empty()) {
    return Error(fmt::format("{} is in use and is no BPF file system; mount one: mount -t bpf bpf {}",
                             kUsualMount, kUsualMount));
  }
  if (mount("bpf", mount_point.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") != 0) {
    return Error::system(fmt::format("mounting a BPF file system at {}", kUsualMount), errno);
  }
  return {};
}

// Whoever else owns a directory above the pins could exchange them.
Result<void> check_owner(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return Error::system(path, errno);
  if (info.st_uid == 0 || info.st_uid == geteuid()) return {};
  return Error(
      fmt::format("filter.bpf_fs: {} belongs to the user with the number {}, who could put other maps there; "
                  "choose a directory under {}",
                  path, info.st_uid, kUsualMount));
}

// Lets the group search this directory, unless it can already.
Result<void> make_passable(const std::string& path, gid_t group) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return Error::system(path, errno);
  if ((info.st_mode & S_IXOTH) != 0 || (info.st_gid == group && (info.st_mode & S_IXGRP) != 0)) return {};
  if (info.st_gid != 0 && info.st_gid != group) {
    return Error(fmt::format(
        "{} belongs to group {} and may not be passed by others, so the daemon could not reach its "
        "maps: chmod o+x {}, or set filter.bpf_fs to another place",
        path, info.st_gid, path));
  }
  return share_pin(path, group, (info.st_mode & kSticky) | kPassableMode);
}

}  // namespace

std::string maps_directory(std::string_view bpf_fs) {
  return fmt::format("{}/maps", bpf_fs);
}

std::string map_path(std::string_view bpf_fs, std::string_view map) {
  return fmt::format("{}/maps/{}", bpf_fs, map);
}

std::string new_maps_directory(std::string_view bpf_fs) {
  return fmt::format("{}/maps:new", bpf_fs);
}

std::string programs_directory(std::string_view bpf_fs) {
  return fmt::format("{}/programs", bpf_fs);
}

std::string program_path(std::string_view bpf_fs, std::string_view interface) {
  std::string name;
  for (const char c : interface) {
    if (c == '.' || c == '%') {
      name += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      name += c;
    }
  }
  return fmt::format("{}/programs/{}", bpf_fs, name);
}

std::string interface_of_pin(std::string_view file_name) {
  std::string name;
  file_name = file_name.substr(0, file_name.find(':'));
  while (!file_name.empty()) {
    unsigned char c = 0;
    const bool escaped = file_name.size() >= 3 && file_name[0] == '%' &&
                         std::from_chars(file_name.data() + 1, file_name.data() + 3, c, 16).ec == std::errc();
    name += escaped ? static_cast<char>(c) : file_name[0];
    file_name.remove_prefix(escaped ? 3 : 1);
  }
  return name;
}

Result<void> prepare_bpf_fs(const std::string& bpf_fs, gid_t group) {
  if (!bpf_fs.starts_with('/') || bpf_fs.ends_with('/')) {
    return Error(
        fmt::format("filter.bpf_fs: '{}' is not an absolute path without a slash at its end", bpf_fs));
  }
  const auto chain = chain_of(bpf_fs);
  const auto first_missing =
      std::ranges::find_if(chain, [](const std::string& path) { return access(path.c_str(), F_OK) != 0; });
  for (auto path = chain.begin(); path != first_missing; ++path) {
    if (auto ours = check_owner(*path); !ours) return ours;
  }
  const std::string nearest = first_missing == chain.begin() ? "/" : *(first_missing - 1);
  if (!in_bpf_fs(nearest)) {
    if (auto mounted = mount_where_usual(bpf_fs); !mounted) return mounted;
  }
  for (const auto& path : chain) {
    const bool above = path != bpf_fs;
    if (above && access(path.c_str(), F_OK) == 0) {
      if (group == 0 || !in_bpf_fs(path)) continue;
      if (auto passable = make_passable(path, group); !passable) return passable;
    } else if (auto made = make_directory(path, group); !made) {
      return made;
    }
  }
  for (const auto& path : {maps_directory(bpf_fs), programs_directory(bpf_fs)}) {
    if (auto made = make_directory(path, group); !made) return made;
  }
  return {};
}

Result<void> make_directory(const std::string& path, gid_t group) {
  if (mkdir(path.c_str(), kDirectoryMode) != 0 && errno != EEXIST) return Error::system(path, errno);
  return share_pin(path, group, kDirectoryMode);
}

Result<void> exchange_directories(const std::string& one, const std::string& other) {
  if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0) {
    return Error::system(fmt::format("exchanging {} and {}", one, other), errno);
  }
  return {};
}

Result<void> remove_pins(const std::string& directory) {
  const auto names = list_directory(directory);
  if (!names) return names.error();
  for (const auto& name : *names) {
    const std::string path = fmt::format("{}/{}", directory, name);
    if (unlink(path.c_str()) != 0) return Error::system(path, errno);
  }
  if (rmdir(directory.c_str()) != 0 && errno != ENOENT) return Error::system(directory, errno);
  return {};
}

void remove_bpf_fs(const std::string& bpf_fs) {
  struct stat ours {};
  if (stat(bpf_fs.c_str(), &ours) != 0) return;
  rmdir(maps_directory(bpf_fs).c_str());
  rmdir(programs_directory(bpf_fs).c_str());
  if (rmdir(bpf_fs.c_str()) != 0) return;
  // The directories above are closed to the group again, unless somebody else changed them meanwhile.
  for (const auto& path : chain_of(bpf_fs)) {
    struct stat info {};
    if (ours.st_gid == 0 || path == bpf_fs || !in_bpf_fs(path) || stat(path.c_str(), &info) != 0) continue;
    if (info.st_gid == ours.st_gid && (info.st_mode & ACCESSPERMS) == kPassableMode) {
      // Best effort: only a right to pass would stay, and the pins have rights of their own.
      (void)share_pin(path, 0, (info.st_mode & kSticky) | kClosedMode);
    }
  }
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  std::vector<std::string> names;
  if (!directory) {
    if (errno == ENOENT) return names;
    return Error::system(path, errno);
  }
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

// The lock is on the directory itself. It needs no file of its own, only the right to read the directory. It
// ends with the process, however that ends.
Result<UniqueFd> lock_directory(const std::string& path, std::string_view busy) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return Error::system(path, errno);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno == EWOULDBLOCK) return Error(std::string(busy)).with_code(EWOULDBLOCK);
  return Error::system(fmt::format("locking {}", path), errno);
}

Result<UniqueFd> lock_for_attach(const std::string& bpf_fs) {
  return lock_directory(bpf_fs, "another `sluiced attach` or `detach` is at work");
}

Result<UniqueFd> open_pin(const std::string& path, PinAccess access) {
  struct bpf_obj_get_opts options {};
  options.sz = sizeof options;
  options.file_flags = access == PinAccess::read ? BPF_F_RDONLY : 0;
  UniqueFd fd(bpf_obj_get_opts(path.c_str(), &options));
  if (!fd) return Error::system(path, errno);
  return fd;
}

// On a descriptor: whoever may write to a folder above can exchange what the path leads to.
Result<void> share_pin(const std::string& path, gid_t group, mode_t mode) {
  const auto failed = [&] {
    return Error::system(fmt::format("{}: setting its group and rights", path), errno);
  };
  const UniqueFd pin(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct statfs info {};
  if (!pin || fstatfs(pin.get(), &info) != 0) return failed();
  if (info.f_type != BPF_FS_MAGIC) return Error(fmt::format("{} is not in a BPF file system", path));
  // A descriptor of this kind has no fchmod(2).
  const std::string itself = fmt::format("/proc/self/fd/{}", pin.get());
  if (fchownat(pin.get(), "", static_cast<uid_t>(-1), group, AT_EMPTY_PATH) != 0 ||
      chmod(itself.c_str(), mode) != 0)
    return failed();
  return {};
}

}  // namespace sluice::kernel
