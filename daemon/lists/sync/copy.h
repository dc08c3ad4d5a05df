// SPDX-License-Identifier: Apache-2.0
// The last good text of a list that is fetched, on disk: what a start without a network has, and what the
// server called that version. One file, replaced as a whole, so that text and version always belong together.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/base/time.h"

namespace sluice::lists {

// The marks of a version as the server sent them; empty where it did not.
struct Version {
  std::string etag;
  std::string last_modified;
};

struct Copy {
  std::string text;
  Version version;
  std::string verified_by;  // the public key of its signature, as a path; empty: it was not verified
  WallTime fetched{};
  WallTime checked{};  // when its source last confirmed it
};

// Makes the folder where there is none. A crash leaves the old one or the new one.
[[nodiscard]] Result<void> save_copy(const std::string& path, std::string_view url, const Copy& copy);

// Nothing where there is none, or only one of another URL. Fails on one that is damaged. Errors begin with
// the path.
[[nodiscard]] Result<std::optional<Copy>> load_copy(const std::string& path, std::string_view url,
                                                    std::size_t max_bytes);

// The source confirmed it: sets `checked`.
[[nodiscard]] Result<void> confirm_copy(const std::string& path, WallTime now);

// Whether a header's value can be kept, and sent back: printable ASCII, at most 512 bytes.
[[nodiscard]] bool is_version_text(std::string_view text);

}  // namespace sluice::lists
