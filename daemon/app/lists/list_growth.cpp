// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/lists/list_growth.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace sluice::app {
namespace {

using lists::ListAction;

// Fewer sources are no share.
constexpr std::size_t kFewSources = 20;

bool denies(ListAction action) {
  return action == ListAction::block || action == ListAction::throttle;
}

// What the list covers: its entries, or the ranges of the crawlers that it names, which `ranges` then holds.
const lists::Entries& covered_by(const lists::Content* content, lists::Entries& ranges) {
  if (content == nullptr) return ranges;
  if (content->entries.size() > 0) return content->entries;
  std::vector<Prefix> all;
  for (const detection::CrawlerOptions& crawler : content->crawlers)
    all.insert(all.end(), crawler.ranges.begin(), crawler.ranges.end());
  ranges = lists::sorted_entries(all);
  return ranges;
}

std::string sentence(std::string_view what, double share, const lists::ListOptions& options) {
  return fmt::format(
      "it would newly cover {:.0f} % of {}, and may newly cover {:.0f} % at once (max_growth); "
      "`sluicectl lists refresh --force {}` takes it",
      100 * share, what, 100 * options.max_growth, options.name);
}

std::string objection_of_addresses(const lists::ListOptions& options, const GrowthBase& before,
                                   const lists::Entries& old, const lists::Entries& fresh) {
  lists::Coverage newly = lists::newly_covered(old, fresh);
  if (before.content == nullptr) {
    newly.v4 -= before.accepted.v4;
    newly.v6 -= before.accepted.v6;
  }
  if (newly.v4 > options.max_growth) return sentence("all public IPv4 addresses", newly.v4, options);
  if (newly.v6 > options.max_growth) return sentence("all public IPv6 addresses", newly.v6, options);
  return {};
}

std::string objection_of_sources(const lists::ListOptions& options, const lists::Entries& old,
                                 const lists::Entries& fresh, const std::vector<Prefix>& seen) {
  const auto count = std::ranges::count_if(
      seen, [&](const Prefix& source) { return lists::holds(fresh, source) && !lists::holds(old, source); });
  const auto newly = static_cast<std::size_t>(count);
  const double share =
      static_cast<double>(newly) / static_cast<double>(std::max<std::size_t>(1, seen.size()));
  if (newly < kFewSources || share <= options.max_growth) return {};
  return sentence(fmt::format("the {} sources that came lately", seen.size()), share, options);
}

std::string objection_of_crawlers(const lists::ListOptions& options, const lists::Entries& old,
                                  const lists::Entries& fresh,
                                  const std::vector<detection::CrawlerOptions>& crawlers) {
  for (const detection::CrawlerOptions& crawler : crawlers) {
    const double newly =
        lists::share_covered(fresh, crawler.ranges) - lists::share_covered(old, crawler.ranges);
    if (newly > options.max_growth)
      return sentence(fmt::format("the addresses of the crawler {}", crawler.name), newly, options);
  }
  return {};
}

}  // namespace

lists::Coverage coverage_of(const lists::Content& content) {
  lists::Entries ranges;
  return lists::coverage_of(covered_by(&content, ranges));
}

std::string growth_objection(const lists::ListOptions& options, const GrowthBase& before,
                             const lists::Content& fresh, const Bystanders& bystanders) {
  if (options.max_growth >= 1) return {};
  lists::Entries old_ranges;
  lists::Entries new_ranges;
  const lists::Entries& old = covered_by(before.content, old_ranges);
  const lists::Entries& now = covered_by(&fresh, new_ranges);
  if (std::string why = objection_of_addresses(options, before, old, now); !why.empty()) return why;
  const bool was_accepted = before.accepted.v4 + before.accepted.v6 > 0;
  if (before.content == nullptr && was_accepted) return {};
  if (lists::is_for_packets(options.action) ||
      (options.action == ListAction::trusted_proxy && before.content != nullptr)) {
    if (std::string why = objection_of_sources(options, old, now, bystanders.seen); !why.empty()) return why;
  }
  return denies(options.action) ? objection_of_crawlers(options, old, now, bystanders.crawlers)
                                : std::string();
}

}  // namespace sluice::app
