// SPDX-License-Identifier: Apache-2.0
// A new TCP connection for every single request, from what says that it is a browser: browsers keep theirs.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct ConnectionsOptions {
  bool enabled = true;
  unsigned min_pages = 50;
  // Connection attempts to requests of any kind. RFC 9112, 9.3: connections persist by default; a browser
  // opens up to six to a site and sends a page and its assets over them.
  double min_attempts_per_request = 0.9;
  double weight = 1.0;
  double max_weight = 1.5;  // only supports: a site may have told its server to close each connection
};

[[nodiscard]] std::optional<Signal> connections(const SourceView& view, const ConnectionsOptions& options);

}  // namespace sluice::detection
