// SPDX-License-Identifier: Apache-2.0
// Fetches a page that a program of this host serves to this host alone. Used by setup and support.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/base/error.h"

namespace sluice::ctl {

// `listen` is ADDRESS:PORT or the path of a Unix socket. Whoever asks sees to it that it is this host's.
// Fails where the page is longer than `limit`, no page, or takes more than 10 s.
[[nodiscard]] Result<std::string> fetch_local_page(const std::string& listen, const std::string& path,
                                                   std::size_t limit);

}  // namespace sluice::ctl
