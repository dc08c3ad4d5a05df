// SPDX-License-Identifier: Apache-2.0
// Whether a list may take in what is new in it, or an operator is to see that first: whoever publishes a
// list, or writes its file, could deny or trust everybody by one update. Used by list_reading.h. Pure.
#pragma once

#include <string>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/detection/clients/agents/crawlers.h"
#include "daemon/lists/content.h"
#include "daemon/lists/coverage.h"
#include "daemon/lists/options.h"

namespace sluice::app {

// Visitors and crawlers that a list must not cover many of at once.
struct Bystanders {
  std::vector<Prefix> seen;                         // sources that the site has served lately
  std::vector<detection::CrawlerOptions> crawlers;  // whose addresses are published
};

// What a list has covered before. Without content it is what was accepted of a former content, by its size
// alone.
struct GrowthBase {
  const lists::Content* content = nullptr;
  lists::Coverage accepted;
};

[[nodiscard]] lists::Coverage coverage_of(const lists::Content& content);

// Why `fresh` is not taken by itself; empty where it is. It newly covers more than the share
// options.max_growth of the public addresses of a family; or, of a list that counts for packets, of the
// sources seen lately; or, of one that denies, of the ranges of a crawler. Proxies are seen as sources before
// they are trusted, so that sources speak against a list of proxies only where it had content.
[[nodiscard]] std::string growth_objection(const lists::ListOptions& options, const GrowthBase& before,
                                           const lists::Content& fresh, const Bystanders& bystanders);

}  // namespace sluice::app
