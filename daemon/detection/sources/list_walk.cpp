// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/list_walk.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace sluice::detection {
namespace {

constexpr LogSecond kDay = 86'400;
constexpr std::string_view kDigits = "0123456789";
// As frameworks and search pages call it.
constexpr std::array<std::string_view, 9> kNames = {"page",  "p",      "pg",    "paged", "pageno",
                                                    "seite", "offset", "start", "from"};

// The target with the number that stands at `at` taken out.
std::optional<ListPage> page_at(std::string_view target, std::size_t at) {
  const std::size_t end = std::min(target.find_first_not_of(kDigits, at), target.size());
  if (end == at || end - at > 9) return std::nullopt;
  // "/page/7th" and "?from=2024-01-01" are no numbers.
  if (end < target.size() && std::string_view("&/?#;").find(target[end]) == std::string_view::npos)
    return std::nullopt;
  ListPage page;
  std::from_chars(target.data() + at, target.data() + end, page.number);
  page.before = target.substr(0, at);
  const std::hash<std::string_view> hash;
  page.list = hash(page.before) ^ (hash(target.substr(end)) * 0x9e3779b97f4a7c15ULL);
  return page;
}

}  // namespace

std::optional<ListPage> list_page_of(std::string_view target) {
  target = target.substr(0, target.find('#'));
  const auto query = target.find('?');
  constexpr std::string_view kFolder = "/page/";
  if (const auto at = target.substr(0, query).rfind(kFolder); at != std::string_view::npos)
    return page_at(target, at + kFolder.size());
  for (auto at = query; at != std::string_view::npos; at = target.find('&', at + 1)) {
    const std::string_view rest = target.substr(at + 1);
    const std::string_view name = rest.substr(0, rest.find_first_of("=&"));
    if (name.size() < rest.size() && rest[name.size()] == '=' &&
        std::ranges::find(kNames, name) != kNames.end())
      return page_at(target, at + 1 + name.size() + 1);
  }
  return std::nullopt;
}

void ListWalks::add(const ListPage& page, LogSecond second) {
  auto walk = std::ranges::find(walks_, page.list, &ListWalk::list);
  const bool is_known = walk != walks_.end();
  if (!is_known) walk = std::ranges::min_element(walks_, {}, &ListWalk::second);
  const auto begin_anew = [&] {
    *walk = {page.list, page.number, page.number, 0, 1, second, std::string(page.before.substr(0, kMaxName))};
  };
  if (!is_known || second - walk->second >= kDay) return begin_anew();
  walk->second = std::max(walk->second, second);
  if (page.number <= walk->last && page.number >= walk->first) return;  // back, or again
  if (page.number < walk->first) return begin_anew();
  const std::uint64_t step = page.number - walk->last;
  if (walk->stride == 0) walk->stride = step;
  if (step != walk->stride) return begin_anew();
  walk->last = page.number;
  ++walk->pages;
}

const ListWalk* ListWalks::longest(LogSecond now) const {
  const ListWalk* best = nullptr;
  for (const ListWalk& walk : walks_) {
    if (walk.pages > 1 && now - walk.second < kDay && (best == nullptr || walk.pages > best->pages))
      best = &walk;
  }
  return best;
}

}  // namespace sluice::detection
