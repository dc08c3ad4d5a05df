// SPDX-License-Identifier: Apache-2.0
// Root puts its rights away for a while, and acts with those of another user: for a library that opens files
// by name (SQLite, and what it makes beside a database) in a folder where that user can put links. Used by
// the commands that root runs, which have one thread.
#pragma once

#include <utility>
#include <vector>

#include <sys/types.h>

#include "daemon/base/error.h"
#include "daemon/base/folder.h"

namespace sluice {

class ActingAs {
 public:
  // Changes nothing where this process is not root, and where the user is root.
  [[nodiscard]] static Result<ActingAs> user(const Owner& user);
  ActingAs(ActingAs&& other) noexcept
      : is_acting_(std::exchange(other.is_acting_, false)),
        group_(other.group_),
        groups_(std::move(other.groups_)) {}
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
  ActingAs& operator=(ActingAs&&) = delete;
  // Root has its rights again. Where that fails the process ends.
  ~ActingAs() { stop(); }

  void stop();

 private:
  ActingAs(bool is_acting, gid_t group, std::vector<gid_t> groups)
      : is_acting_(is_acting), group_(group), groups_(std::move(groups)) {}

  bool is_acting_;
  gid_t group_;  // these are what root had
  std::vector<gid_t> groups_;
};

}  // namespace sluice
