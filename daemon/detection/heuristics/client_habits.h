// SPDX-License-Identifier: Apache-2.0
// A client that claims to be a browser and lacks the habits of one: the assets of its pages, referers,
// compression, a language, HTTP/2, copies that it asks about. Each absence counts only where the log would
// tell, and where the site's other browsers have the habit.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct ClientHabitsOptions {
  bool enabled = true;
  // Where browsers send a referer with three pages in ten (a page opened from a mail, a bookmark, a search
  // engine has none), twelve pages without are a person's once in seventy (0.7^12).
  unsigned min_pages = 12;  // 5 to 1,000
  // With two habits missing: a browser with copies of all assets, or one that is told to send no referer,
  // lacks one.
  double weight = 1.5;
  double max_weight = 3.5;
};

[[nodiscard]] std::optional<Signal> client_habits(const SourceView& view,
                                                  const ClientHabitsOptions& options);

}  // namespace sluice::detection
