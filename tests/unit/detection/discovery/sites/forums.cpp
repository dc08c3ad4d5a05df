// SPDX-License-Identifier: Apache-2.0
// Boards: one whose scripts take keys, one whose URLs end in .html, one whose query is in one piece.
#include <fmt/format.h>

#include "tests/unit/detection/discovery/sites/site.h"

namespace sluice::detection::sites {
namespace {

Site board_with_keys() {
  Builder site("board with keys", 1);
  const int member = site.shape("/memberlist.php?mode=viewprofile&u={}", Shows::people);
  const int list = site.shape("/memberlist.php?start={}", Shows::list);
  const int topic = site.shape("/viewtopic.php?t={}");
  const int search = site.shape("/search.php?keywords={}");
  const int avatar = site.shape("/download/avatar_{}.jpg", Shows::picture);
  Random& random = site.random();
  constexpr std::size_t kMembers = 1'400;
  const auto number = [](std::size_t i) { return std::to_string(i + 2); };
  const auto read_topic = [&](Visitor& visitor) {
    const std::size_t at = random.popular(700);
    visitor.open(fmt::format("/viewtopic.php?f={}&t={}", at % 9 + 1, at + 10), topic);
    visitor.load("/styles/main.css");
    for (int i = 0; i < 4; ++i) {
      const std::string who = number(random.popular(kMembers));
      visitor.load("/download/avatar_" + who + ".jpg", avatar, who);
    }
  };
  const auto read_member = [&](Visitor& visitor) {
    const std::string who = number(random.popular(kMembers));
    visitor.open("/memberlist.php?mode=viewprofile&u=" + who, member, who);
  };
  site.people(260, [&](Visitor& visitor) {
    visitor.open("/");
    visitor.open("/viewforum.php?f=" + std::to_string(random.below(9) + 1));
    if (random.chance(20)) visitor.post("/ucp.php?mode=login");
    for (std::size_t i = 0; i < 2 + random.below(8); ++i)
      read_topic(visitor);
    if (random.chance(30)) visitor.open("/search.php?keywords=" + joined(title(random), "+"), search);
    for (std::size_t i = 0; i < random.below(4); ++i)
      read_member(visitor);
    if (!random.chance(20)) return;
    const std::string page = "/memberlist.php?start=" + std::to_string(25 * random.below(50));
    visitor.open(page, list);
    for (int i = 0; i < 2; ++i) {
      read_member(visitor);
      visitor.back_to(page);
    }
  });
  site.robots(4, [&](Visitor& visitor) {
    const std::string session = "&sid=" + random.hex(32);
    for (std::size_t i = 0; i < 500; ++i) {
      const std::string who = number(random.below(kMembers));
      visitor.open("/memberlist.php?mode=viewprofile&u=" + who + session, member, who);
    }
  });
  site.scanners(6);
  return site.done();
}

Site board_with_names_of_files() {
  Builder site("board with .html", 2);
  const int member = site.shape("/profile-{}.html", Shows::people);
  const int thread = site.shape("/thread-{}.html");
  Random& random = site.random();
  site.people(220, [&](Visitor& visitor) {
    visitor.open("/forum-" + std::to_string(random.below(12) + 1) + ".html");
    for (std::size_t i = 0; i < 1 + random.below(6); ++i)
      visitor.open("/thread-" + std::to_string(random.popular(900) + 1) + ".html", thread);
    for (std::size_t i = 0; i < random.below(3); ++i) {
      const std::string who = std::to_string(random.popular(500) + 1);
      visitor.open("/profile-" + who + ".html", member, who);
    }
  });
  site.scanners(4);
  return site.done();
}

Site board_with_one_piece() {
  Builder site("board with ;", 3);
  const int member = site.shape("/index.php?action=profile;u={}", Shows::people);
  const int topic = site.shape("/index.php?topic={}");
  Random& random = site.random();
  site.people(220, [&](Visitor& visitor) {
    visitor.open("/index.php");
    for (std::size_t i = 0; i < 1 + random.below(6); ++i)
      visitor.open("/index.php?topic=" + std::to_string(random.popular(900) + 1), topic);
    for (std::size_t i = 0; i < 1 + random.below(3); ++i) {
      const std::string who = std::to_string(random.popular(400) + 1);
      visitor.open("/index.php?action=profile;u=" + who, member, who);
    }
    if (random.chance(30)) visitor.open("/index.php?action=recent");
  });
  site.scanners(4);
  return site.done();
}

}  // namespace

void add_forums(std::vector<Site>& sites) {
  sites.push_back(board_with_keys());
  sites.push_back(board_with_names_of_files());
  sites.push_back(board_with_one_piece());
}

}  // namespace sluice::detection::sites
