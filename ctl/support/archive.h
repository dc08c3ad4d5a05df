// SPDX-License-Identifier: Apache-2.0
// A new tar.gz of texts. Used by `support` alone.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::ctl {

struct Member {
  std::string name;  // of the file in the archive
  std::string text;
  std::string what;  // it is, in words
};

// Makes the file, which must not be there yet, for its owner alone (0600); the members lie in `folder`. What
// fails leaves no file. "-" is standard output.
[[nodiscard]] Result<void> write_archive(const std::string& path, const std::string& folder,
                                         const std::vector<Member>& members, WallTime time);

}  // namespace sluice::ctl
