// SPDX-License-Identifier: Apache-2.0
// What a busy evening looks like in an access log: people who read, with what their pages pull in, and
// scrapers among them. The same each time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

struct Traffic {
  std::string text;                     // combined format
  std::vector<std::string_view> lines;  // of it
  std::size_t pages = 0;                // the others are assets
  std::size_t sources = 0;
};

[[nodiscard]] Traffic make_traffic(std::size_t lines);

// One of each, whose evidence the heuristics are measured on; all their lines are in the traffic.
inline constexpr std::string_view kReader = "198.51.100.1";
inline constexpr std::string_view kScraper = "192.0.2.2";

}  // namespace sluice::bench
