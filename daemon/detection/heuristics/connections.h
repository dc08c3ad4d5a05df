// SPDX-License-Identifier: Apache-2.0
// A client that claims to be a browser and opens a new TCP connection for every request. Browsers keep their
// connections.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "daemon/detection/heuristics/heuristic.h"
#include "daemon/detection/heuristics/source_view.h"

namespace sluice::detection {

struct ConnectionsOptions {
  bool enabled = true;
  unsigned min_pages = 50;
  // Connection attempts to requests of any kind. RFC 9112, 9.3: connections persist by default; a browser
  // opens up to six to a site and sends a page and its assets over them.
  double min_attempts_per_request = 0.9;
  double weight = 1.0;
  double max_weight = 1.5;  // only supports: the server of the site may close each connection
};

struct Connections {
  static constexpr std::string_view kName = "connections";
  static constexpr Cause kCause = Cause::client;
  using Options = ConnectionsOptions;
  static constexpr auto kOptions =
      std::tuple(option("min_pages", &Options::min_pages, 1U, 100'000U),
                 option("min_attempts_per_request", &Options::min_attempts_per_request, 0.1, 100.0));

  [[nodiscard]] static std::optional<Judgement> judge(const SourceView& view, const Options& options);
};

}  // namespace sluice::detection
