// SPDX-License-Identifier: Apache-2.0
// Clients that ignore robots.txt: they read and disobey it, never read it, or ignore its crawl-delay. It
// binds robots; a browser counts only after it has read the file.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct RobotsOptions {
  bool enabled = true;
  // RFC 9309, 2.2: a crawler must not fetch what is disallowed. Once may be a link that was queued before the
  // file was read again (2.4 allows a copy a day old), three times is a habit.
  unsigned disobeyed_pages = 3;
  // A person's own script fetches a few known pages and need not read robots.txt. A program that has fetched
  // thirty follows links.
  unsigned unread_pages = 30;
  double weight = 0.75;     // without having read it; 1.5 more after reading it
  double max_weight = 3.0;  // robots.txt is a request, not an access control (RFC 9309, 1)
};

struct Robots {
  static constexpr std::string_view kName = "robots";
  static constexpr Cause kCause = Cause::robots_txt;
  using Options = RobotsOptions;
  static constexpr auto kOptions =
      std::tuple(option("disobeyed_pages", &Options::disobeyed_pages, 1U, 100'000U),
                 option("unread_pages", &Options::unread_pages, 1U, 100'000U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
