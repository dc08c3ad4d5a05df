// SPDX-License-Identifier: Apache-2.0
// Sites that show no people: whatever is found on them is wrong.
#include <fmt/format.h>

#include "tests/unit/detection/discovery/sites/site.h"

namespace sluice::detection::sites {
namespace {

Site newspaper() {
  Builder site("newspaper", 41);
  const int gallery = site.shape("/gallery/{}");
  Random& random = site.random();
  const std::vector<std::string> sections = {"politics", "sports", "culture", "science", "local"};
  // Few sections are no values; a title with its number is one.
  std::vector<int> articles_of;
  for (const std::string& section : sections)
    articles_of.push_back(site.shape("/" + section + "/{}.html"));
  const int archive = site.shape("/archive?page={}");
  std::vector<std::string> articles;
  for (int i = 0; i < 700; ++i)
    articles.push_back(
        fmt::format("/{}/{}-a{}.html", sections[i % 5], joined(title(random), "-"), 70'000 + i));
  site.people(300, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 2 + random.below(6); ++i) {
      const std::size_t at = random.popular(articles.size());
      visitor.open(articles[at], articles_of[at % 5]);
    }
    visitor.open("/gallery/" + std::to_string(random.below(300) + 1), gallery);
    if (random.chance(30)) visitor.open("/archive?page=" + std::to_string(random.below(60) + 1), archive);
  });
  site.scanners(5);
  return site.done();
}

Site videos() {
  Builder site("videos", 42);
  const int video = site.shape("/watch?v={}");
  const int list = site.shape("/playlist?list={}");
  Random& random = site.random();
  std::vector<std::string> all;
  for (int i = 0; i < 500; ++i)
    all.push_back(random.token(11));
  site.people(280, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 2 + random.below(6); ++i)
      visitor.open("/watch?v=" + all[random.popular(all.size())], video);
    visitor.open("/playlist?list=PL" + all[random.popular(120)], list);
  });
  site.scanners(4);
  return site.done();
}

Site documentation() {
  Builder site("documentation", 43);
  // Few versions are no values.
  std::vector<int> pages_of;
  for (int version = 0; version < 12; ++version)
    pages_of.push_back(site.shape(fmt::format("/docs/{}.{}/{{}}", 1 + version / 4, version % 4)));
  const int issue = site.shape("/issues/{}");
  Random& random = site.random();
  std::vector<std::string> pages;
  for (int i = 0; i < 200; ++i)
    pages.push_back(joined(title(random), "-"));
  site.people(260, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 2 + random.below(6); ++i) {
      const std::size_t version = random.below(12);
      const std::string& about = pages[random.popular(pages.size())];
      visitor.open(fmt::format("/docs/{}.{}/{}", 1 + version / 4, version % 4, about), pages_of[version]);
    }
    visitor.open("/issues/" + std::to_string(random.below(900) + 1), issue);
  });
  site.scanners(4);
  return site.done();
}

}  // namespace

void add_others(std::vector<Site>& sites) {
  sites.push_back(newspaper());
  sites.push_back(videos());
  sites.push_back(documentation());
}

}  // namespace sluice::detection::sites
