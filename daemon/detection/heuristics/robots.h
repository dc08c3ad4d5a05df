// SPDX-License-Identifier: Apache-2.0
// What became of the site's robots.txt: read and disobeyed, never read, its crawl-delay ignored. It binds
// robots; a person is held to it only after having read it.
#pragma once

#include <optional>

#include "daemon/detection/heuristics/source_view.h"
#include "daemon/detection/finding.h"

namespace sluice::detection {

struct RobotsOptions {
  bool enabled = true;
  // RFC 9309, 2.2: a crawler must not fetch what is disallowed. Once may be a link that was queued before the
  // file was read again (2.4 allows a copy a day old), three times is a habit.
  unsigned disobeyed_pages = 3;
  // A program of a person's own fetches a few pages by name and need not ask; one that went through thirty
  // follows links. It is as much as a person reads in an hour and a half of the busiest day.
  unsigned unread_pages = 30;
  double weight = 0.75;     // without having read it; 1.5 more with
  double max_weight = 3.0;  // a wish, not a fence (RFC 9309, 1: no form of access authorisation)
};

[[nodiscard]] std::optional<Signal> robots(const SourceView& view, const RobotsOptions& options);

}  // namespace sluice::detection
