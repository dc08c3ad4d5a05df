// SPDX-License-Identifier: Apache-2.0
// A folder that is open, and the files directly in it. Nobody who renames or links things in the path to it
// leads what is done here elsewhere. Used where files are kept in a folder that may belong to another user
// than this process: root restores, backs up and takes notes in the folder of the daemon's user. Does not
// look into subfolders.
#pragma once

#include <string>
#include <utility>

#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/base/unique_fd.h"

namespace sluice {

struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;

  bool operator==(const Owner&) const = default;
};

// The last part of a path.
[[nodiscard]] std::string file_name(const std::string& path);

class Folder {
 public:
  [[nodiscard]] static Result<Folder> open(const std::string& path);
  // The one that a file of this path is in: "." for a bare name.
  [[nodiscard]] static Result<Folder> open_parent(const std::string& path);

  [[nodiscard]] const Owner& owner() const { return owner_; }
  // Whether this process is root and the folder belongs to another user, who can put a link to anything
  // there.
  [[nodiscard]] bool is_of_another_user() const;

  // A new file, open for reading and writing. Fails where there is anything of that name. Root makes it for
  // the owner of the folder.
  [[nodiscard]] Result<UniqueFd> make(const std::string& name, mode_t mode) const;
  // A folder in it; no error if there is one.
  [[nodiscard]] Result<void> make_folder(const std::string& name, mode_t mode) const;
  // A file that is there, with flags as of open(2). Follows a symbolic link only where is_of_another_user()
  // is false.
  [[nodiscard]] Result<UniqueFd> open_file(const std::string& name, int flags) const;
  // The one or the other.
  [[nodiscard]] Result<UniqueFd> make_or_open(const std::string& name, int flags, mode_t mode) const;

  // The owner of what has the name; a link is not followed. ENOENT where there is nothing.
  [[nodiscard]] Result<Owner> owner_of(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const { return static_cast<bool>(owner_of(name)); }
  // Whether the name stands for the file that is open.
  [[nodiscard]] bool has(const std::string& name, const UniqueFd& file) const;

  // Both within the folder, which afterwards is on the disk as well.
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) const;
  [[nodiscard]] Result<void> remove(const std::string& name) const;

 private:
  Folder(std::string path, UniqueFd fd, Owner owner)
      : path_(std::move(path)), fd_(std::move(fd)), owner_(owner) {}
  [[nodiscard]] Error failed(const std::string& name) const;

  std::string path_;  // for errors
  UniqueFd fd_;
  Owner owner_;
};

// Makes one folder, but not those above it. It is no error if there is one. Root makes it for the owner of
// the folder that it is in.
[[nodiscard]] Result<void> make_folder(const std::string& path, mode_t mode);

}  // namespace sluice
