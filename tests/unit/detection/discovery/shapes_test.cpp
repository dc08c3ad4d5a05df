// SPDX-License-Identifier: Apache-2.0
// Which shapes of URLs are found in a log.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/detection/discovery/log.h"

namespace sluice::detection {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

RouteDiscovery discovery_of(int count, const std::function<std::string(int)>& target) {
  RouteDiscovery discovery({});
  for (int i = 0; i < count; ++i)
    note(discovery, {target(i), static_cast<unsigned>(i % 50), i});
  return discovery;
}

TEST(ShapesTest, NumbersUuidsAndHashesAreValuesAtOnce) {
  EXPECT_THAT(shapes_with_values(discovery_of(40, [](int i) { return "/people/" + std::to_string(i); })),
              ElementsAre("/people/{number}"));
  EXPECT_THAT(
      shapes_with_values(discovery_of(
          40, [](int i) { return "/app/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4b" + std::to_string(i + 10); })),
      ElementsAre("/app/{uuid}"));
  EXPECT_THAT(shapes_with_values(discovery_of(
                  40, [](int i) { return "/c/507f1f77bcf86cd7994390" + std::to_string(i + 10) + "/view"; })),
              ElementsAre("/c/{hex}/view"));
}

TEST(ShapesTest, ManyDifferentTextsInOnePlaceAreValues) {
  for (const int count : {24, 60, 70, 400}) {
    EXPECT_THAT(shapes_with_values(discovery_of(count, [](int i) { return "/team/" + word(i); })),
                ElementsAre("/team/{name}"))
        << count;
  }
  EXPECT_THAT(shapes_with_values(discovery_of(15, [](int i) { return "/team/" + word(i); })), IsEmpty());
}

TEST(ShapesTest, FindsWhatVariesWithinASegment) {
  const auto shapes = [](const std::function<std::string(int)>& target) {
    return shapes_with_values(discovery_of(200, target));
  };
  EXPECT_THAT(shapes([](int i) { return "/profile-" + std::to_string(i) + ".html"; }),
              ElementsAre("/profile-{number}.html"));
  EXPECT_THAT(shapes([](int i) { return "/" + std::to_string(i) + "-" + word(i) + ".html"; }),
              ElementsAre("/{number}-{text}.html"));
  EXPECT_THAT(shapes([](int i) { return "/@" + word(i); }), ElementsAre("/@{name}"));
  EXPECT_THAT(shapes([](int i) { return "/~" + word(i) + "/papers.html"; }),
              ElementsAre("/~{name}/papers.html"));
  EXPECT_THAT(shapes([](int i) { return "/wiki/User:" + word(i); }), ElementsAre("/wiki/User:{name}"));
}

TEST(ShapesTest, ReadsTheQuery) {
  const auto shapes = [](const std::function<std::string(int)>& target) {
    return shapes_with_values(discovery_of(200, target));
  };
  EXPECT_THAT(shapes([](int i) { return "/memberlist.php?mode=viewprofile&u=" + std::to_string(i); }),
              ElementsAre("/memberlist.php?mode=viewprofile&u={number}"));
  EXPECT_THAT(shapes([](int i) { return "/memberlist.php?u=" + std::to_string(i) + "&mode=viewprofile"; }),
              ElementsAre("/memberlist.php?mode=viewprofile&u={number}"));
  EXPECT_THAT(shapes([](int i) { return "/index.php?title=User:" + word(i); }),
              ElementsAre("/index.php?title=User:{name}"));
  EXPECT_THAT(shapes([](int i) { return "/?author=" + word(i); }), ElementsAre("/?author={name}"));
  EXPECT_THAT(shapes([](int i) { return "/index.php?action=profile;u=" + std::to_string(i); }),
              ElementsAre("/index.php?action=profile;u={number}"));
}

TEST(ShapesTest, ASwitchInTheQueryTellsShapesApart) {
  const RouteDiscovery discovery = discovery_of(300, [](int i) {
    const std::array<std::string, 3> modes = {"viewprofile", "email", "search"};
    return "/memberlist.php?mode=" + modes.at(i % 3) + "&u=" + std::to_string(i);
  });
  EXPECT_THAT(shapes_with_values(discovery),
              UnorderedElementsAre("/memberlist.php?mode=viewprofile&u={number}",
                                   "/memberlist.php?mode=email&u={number}",
                                   "/memberlist.php?mode=search&u={number}"));
}

TEST(ShapesTest, WordsThatAVisitorMakesUpDoNotEndASwitch) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 1'000; ++i) {
    note(discovery, {"/m.php?mode=view&u=" + std::to_string(i), static_cast<unsigned>(i % 50), i});
    if (i % 20 == 0) note(discovery, {"/m.php?mode=" + word(i) + "&u=1", 99, i});
  }
  EXPECT_THAT(shapes_with_values(discovery), Contains("/m.php?mode=view&u={number}"));
}

TEST(ShapesTest, SessionsInTheQueryNameNoPage) {
  const RouteDiscovery discovery = discovery_of(100, [](int i) {
    return "/about?sid=507f1f77bcf86cd7994390" + std::to_string(i + 100) + "&utm_source=" + word(i);
  });
  EXPECT_THAT(shapes_with_values(discovery), IsEmpty());
  EXPECT_EQ(find_shape(discovery, "/about")->requests, 100U);
}

TEST(ShapesTest, FindsSubdomains) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 200; ++i) {
    note(discovery, {"/", static_cast<unsigned>(i % 50), i, "", word(i) + ".example.org"});
    note(discovery, {"/explore", static_cast<unsigned>(i % 50), i, "", "www.example.org:443"});
  }
  EXPECT_THAT(shapes_with_values(discovery), ElementsAre("{name}.example.org/"));
  EXPECT_EQ(find_shape(discovery, "example.org/explore")->requests, 200U);
}

TEST(ShapesTest, OneHostIsNoPartOfAShape) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 100; ++i)
    note(discovery,
         {"/people/" + std::to_string(i), 1, i, "", i % 2 == 0 ? "example.org" : "www.example.org"});
  note(discovery, {"/people/7", 2, 200, "", "203.0.113.7"});
  EXPECT_THAT(shapes_with_values(discovery), ElementsAre("/people/{number}"));
}

TEST(ShapesTest, TellsHostsWithTheSamePathsApart) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 100; ++i) {
    note(discovery, {"/item/" + std::to_string(i), 1, i, "", "shop.example.org"});
    note(discovery, {"/item/" + std::to_string(i), 1, i, "", "club.example.org"});
  }
  EXPECT_THAT(shapes_with_values(discovery),
              UnorderedElementsAre("shop.example.org/item/{number}", "club.example.org/item/{number}"));
}

TEST(ShapesTest, TwoPartsCountTogether) {
  RouteDiscovery discovery({});
  for (int org = 0; org < 30; ++org) {
    for (int member = 0; member < 30; ++member)
      note(discovery, {"/org/" + std::to_string(org) + "/member/" + std::to_string(member), 1, 0});
  }
  const auto shape = find_shape(discovery, "/org/{number}/member/{number}");
  ASSERT_TRUE(shape);
  EXPECT_NEAR(shape->values, 900, 3 * 0.13 * 900);
}

TEST(ShapesTest, DirectoriesAndPagesOfTheSiteStayWhatTheyAre) {
  RouteDiscovery discovery({});
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 200; ++i) {
      if (round == i % 40) note(discovery, {"/" + word(i), static_cast<unsigned>(i), i});
    }
    for (int i = 0; i < 30; ++i)
      note(discovery, {"/team/" + word(i), static_cast<unsigned>(round), i});
    for (int i = 0; i < 5; ++i)
      note(discovery, {"/login", static_cast<unsigned>(round), i});
  }
  EXPECT_THAT(shapes_with_values(discovery), UnorderedElementsAre("/{name}", "/team/{name}"));
  EXPECT_EQ(find_shape(discovery, "/login")->requests, 200U);
}

TEST(ShapesTest, ScriptsOfASiteAreNoValues) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 4'000; ++i)
    note(discovery, {"/" + word(i % 40) + ".php?id=" + std::to_string(i), static_cast<unsigned>(i % 50), i});
  EXPECT_EQ(shapes_with_values(discovery).size(), 40U);
}

TEST(ShapesTest, WhatHangsBelowValuesIsOneShape) {
  const RouteDiscovery discovery = discovery_of(400, [](int i) {
    return "/" + word(i / 2 % 100) + (i % 2 == 0 ? "" : "/photos/" + std::to_string(i));
  });
  EXPECT_THAT(shapes_with_values(discovery), UnorderedElementsAre("/{name}", "/{name}/photos/{number}"));
}

TEST(ShapesTest, OnlyWhatTheSiteServedCounts) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 500; ++i) {
    const auto client = static_cast<unsigned>(i % 50);
    note(discovery, {"/people/" + std::to_string(i % 40), client, i});
    note(discovery, {"/" + word(i) + "/" + word(i + 1), 99, i, "", "", "GET", 404});
    note(discovery, {"/old/" + std::to_string(i), 99, i, "", "", "GET", 301});
    note(discovery, {"/new/" + std::to_string(i), 99, i, "", "", "DELETE"});
    note(discovery, {"/bad%zz" + std::to_string(i), 99, i});
  }
  EXPECT_THAT(shapes_with_values(discovery), ElementsAre("/people/{number}"));
  EXPECT_EQ(discovery.counts().requests, 2'500U);
  EXPECT_EQ(discovery.counts().not_found, 500U);
  EXPECT_EQ(discovery.counts().noted, 500U);
}

TEST(ShapesTest, StyleSheetsAndScriptsAreNoPages) {
  EXPECT_THAT(discovery_of(100, [](int i) { return "/assets/" + word(i) + ".css"; }).shapes(), IsEmpty());
  EXPECT_THAT(shapes_with_values(discovery_of(
                  100, [](int i) { return "/people/" + std::to_string(i) + ".jpg?size=" + word(i); })),
              ElementsAre("/people/{number}.jpg"));
}

TEST(ShapesTest, CountsValuesRequestsAndWhatIsCovered) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 1'000; ++i) {
    note(discovery, {"/people/" + std::to_string(i % 300), 1, i, "", "", "GET", 200, true});
    note(discovery, {"/staff/" + std::to_string(i % 300), 1, i, "", "", "GET", 200, i % 4 == 0});
  }
  const auto people = find_shape(discovery, "/people/{number}");
  ASSERT_TRUE(people);
  EXPECT_EQ(people->requests, 1'000U);
  EXPECT_NEAR(people->values, 300, 3 * 0.09 * 300);
  EXPECT_TRUE(people->covered());
  const auto staff = find_shape(discovery, "/staff/{number}");
  ASSERT_TRUE(staff);
  EXPECT_EQ(staff->covered_requests, 250U);
  EXPECT_FALSE(staff->covered());
}

// What a site answers with 200 whatever is asked for can be made up without end.
TEST(ShapesTest, AFloodOfServedNonsensePushesNothingOut) {
  RouteDiscovery discovery({});
  std::uint64_t state = 1;
  const auto random = [&] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return word(static_cast<int>(state >> 40U));
  };
  // The site is known before the flood begins.
  for (int i = -2'000; i < 30'000; ++i) {
    if (i % 20 == 0 || i < 0) {
      const auto client = static_cast<unsigned>((i + 2'000) % 50);
      note(discovery, {"/members/profile?id=" + std::to_string((i + 2'000) % 997), client, i});
      note(discovery, {"/team/" + word((i + 2'000) % 200), client, i});
    }
    if (i < 0) continue;
    note(discovery, {"/" + random() + "/" + random() + "/" + random(), 99, i});
    note(discovery, {"/x?" + random() + "=" + random() + "&" + random() + "=" + std::to_string(i), 99, i});
    note(discovery, {"/", 99, i, "", random() + ".example.net"});
  }
  EXPECT_THAT(shapes_with_values(discovery), Contains("/members/profile?id={number}"));
  EXPECT_THAT(shapes_with_values(discovery), Contains("/team/{name}"));
  EXPECT_LE(discovery.memory_bytes(), 4U << 20U);
}

TEST(ShapesTest, MemoryStaysWithinItsBoundHoweverManyPlacesThereAre) {
  RouteDiscovery discovery({});
  int number = 0;
  // Every place has many visitors and many values.
  for (int round = 0; round < 150; ++round) {
    for (int dir = 0; dir < 60; ++dir) {
      for (int kind = 0; kind < 15; ++kind) {
        const std::string target = "/" + word(dir % 15) + "/" + word(kind + 15 * (dir % 15)) + "/" +
                                   word(dir / 15 + 4 * kind) + "/" + std::to_string(++number);
        note(discovery, {target, static_cast<unsigned>(round), round, "https://example.org/" + word(dir)});
      }
    }
  }
  EXPECT_LE(discovery.memory_bytes(), 4U << 20U);
  EXPECT_GE(shapes_with_values(discovery).size(), 640U);
}

TEST(ShapesTest, ForeignHostNamesAndAddressesMakeNoSite) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 300; ++i)
    note(discovery,
         {"/people/" + std::to_string(i), 1, i, "", "[2001:db8::" + std::to_string(i + 1) + "]:80"});
  EXPECT_THAT(shapes_with_values(discovery), ElementsAre("/people/{number}"));
}

}  // namespace
}  // namespace sluice::detection
