// SPDX-License-Identifier: Apache-2.0
// Where accounts have names: a wiki, a social site, a site of careers, pages of a university, hosts of their
// own.
#include <fmt/format.h>

#include "tests/unit/detection/discovery/sites/site.h"

namespace sluice::detection::sites {
namespace {

std::vector<std::string> many(std::size_t count, const std::function<std::string()>& make) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(make());
  return all;
}

Site wiki() {
  Builder site("wiki", 11);
  const int user = site.shape("/wiki/User:{}", Shows::people);
  const int by_key = site.shape("/index.php?action=history&title=User:{}", Shows::people);
  const int article = site.shape("/wiki/{}");
  const int search = site.shape("/index.php?search={}");
  Random& random = site.random();
  const auto users = many(300, [&] { return escaped(account_name(random)); });
  const auto articles = many(600, [&] { return joined(title(random), "_"); });
  site.people(250, [&](Visitor& visitor) {
    visitor.open("/wiki/Main_Page");
    for (std::size_t i = 0; i < 2 + random.below(8); ++i)
      visitor.open("/wiki/" + articles[random.popular(articles.size())], article);
    for (std::size_t i = 0; i < random.below(3); ++i) {
      const std::string& who = users[random.popular(users.size())];
      visitor.open("/wiki/User:" + who, user, who);
      if (random.chance(30)) visitor.open("/wiki/User_talk:" + who);
      if (random.chance(60)) visitor.open("/index.php?title=User:" + who + "&action=history", by_key, who);
    }
    if (random.chance(40)) visitor.open("/index.php?search=" + joined(title(random), "+"), search);
  });
  site.scanners(5);
  return site.done();
}

Site social_site() {
  Builder site("social site", 12);
  const int profile = site.shape("/@{}", Shows::people);
  const int post = site.shape("/@{}/{}", Shows::people);
  const int followers = site.shape("/@{}/followers", Shows::people);
  const int tag = site.shape("/tags/{}");
  const int api = site.shape("/api/v1/accounts/{}", Shows::people);
  Random& random = site.random();
  const auto users = many(500, [&] { return escaped(account_name(random)); });
  const auto tags = many(120, [&] { return family_name(random); });
  site.people(300, [&](Visitor& visitor) {
    visitor.open("/explore");
    for (std::size_t i = 0; i < 1 + random.below(5); ++i) {
      const std::size_t at = random.popular(users.size());
      const std::string& who = users[at];
      visitor.open("/@" + who, profile, who);
      visitor.load("/api/v1/accounts/" + std::to_string(109'000'000'000 + at * 7'919), api, who);
      if (random.chance(50))
        visitor.open(fmt::format("/@{}/{}", who, 110'000'000'000 + random.next()), post, who);
      if (random.chance(15)) visitor.open("/@" + who + "/followers", followers, who);
    }
    visitor.open("/tags/" + escaped(tags[random.popular(tags.size())]), tag);
    if (random.chance(10)) visitor.open("/about");
  });
  site.scanners(5);
  return site.done();
}

Site careers() {
  Builder site("careers", 13);
  const int profile = site.shape("/in/{}", Shows::people);
  const int company = site.shape("/company/{}");
  const int job = site.shape("/jobs/view/{}");
  Random& random = site.random();
  const auto users = many(700, [&] {
    const std::string name = given_name(random) + "-" + family_name(random);
    return escaped(random.chance(65) ? name + "-" + std::to_string(random.below(9000) + 1000) : name);
  });
  const auto companies =
      many(150, [&] { return escaped(family_name(random)) + (random.chance(50) ? "-group" : "-ltd"); });
  site.people(300, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 1 + random.below(4); ++i) {
      const std::string& who = users[random.popular(users.size())];
      visitor.open("/in/" + who, profile, who);
    }
    if (random.chance(60)) visitor.open("/company/" + companies[random.popular(companies.size())], company);
    if (random.chance(60))
      visitor.open("/jobs/view/" + std::to_string(3'000'000 + random.below(90'000)), job);
  });
  site.scanners(5);
  return site.done();
}

Site university() {
  Builder site("university", 14);
  const int home = site.shape("/~{}", Shows::people);
  const int papers = site.shape("/~{}/papers.html", Shows::people);
  const int course = site.shape("/courses/{}");
  Random& random = site.random();
  const auto users = many(160, [&] { return family_name(random).substr(0, 6); });
  site.people(220, [&](Visitor& visitor) {
    visitor.open("/");
    for (std::size_t i = 0; i < 1 + random.below(3); ++i) {
      const std::string& who = users[random.popular(users.size())];
      visitor.open("/~" + escaped(who) + "/", home, who);
      if (random.chance(50)) visitor.open("/~" + escaped(who) + "/papers.html", papers, who);
    }
    visitor.open("/courses/" + std::to_string(random.below(200) + 1000), course);
  });
  site.scanners(4);
  return site.done();
}

Site hosts_of_their_own() {
  Builder site("hosts of their own", 15);
  const int home = site.shape_with_host("{}.example.org/", Shows::people);
  const int about = site.shape_with_host("{}.example.org/about", Shows::people);
  const int post = site.shape_with_host("{}.example.org/posts/{}", Shows::people);
  Random& random = site.random();
  const auto users = many(250, [&] { return given_name(random) + std::to_string(random.below(90) + 10); });
  const auto posts = many(400, [&] { return joined(title(random), "-"); });
  site.set_host("www.example.org");
  site.people(300, [&](Visitor& visitor) {
    visitor.open("/explore");
    for (std::size_t i = 0; i < 1 + random.below(4); ++i) {
      const std::string& who = users[random.popular(users.size())];
      visitor.go_to_host(who + ".example.org");
      visitor.open("/", home, who);
      if (random.chance(30)) visitor.open("/about", about, who);
      for (std::size_t k = 0; k < 1 + random.below(3); ++k)
        visitor.open("/posts/" + posts[random.popular(posts.size())], post, who);
    }
  });
  site.scanners(4);
  return site.done();
}

}  // namespace

void add_communities(std::vector<Site>& sites) {
  sites.push_back(wiki());
  sites.push_back(social_site());
  sites.push_back(careers());
  sites.push_back(university());
  sites.push_back(hosts_of_their_own());
}

}  // namespace sluice::detection::sites
