// SPDX-License-Identifier: Apache-2.0
// A client that claims to be a browser but lacks the habits of one: it loads no assets, sends no referer, no
// language, takes no compression, speaks no HTTP/2, revalidates no copies. A missing habit counts only if the
// log would show it, and if the other browsers of the site have it.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct ClientHabitsOptions {
  bool enabled = true;
  // Where browsers send a referer with three pages in ten (a page opened from a mail, a bookmark, a search
  // engine has none), twelve pages without are a person's once in seventy (0.7^12).
  unsigned min_pages = 12;  // 5 to 1,000
  // The weight with two habits missing. A browser lacks one if it has copies of all assets, or if it is set
  // to send no referer.
  double weight = 1.5;
  double max_weight = 3.5;
};

struct ClientHabits {
  static constexpr std::string_view kName = "client_habits";
  static constexpr Cause kCause = Cause::client;
  using Options = ClientHabitsOptions;
  static constexpr auto kOptions = std::tuple(option("min_pages", &Options::min_pages, 5U, 1'000U));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
