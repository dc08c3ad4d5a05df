// SPDX-License-Identifier: Apache-2.0
// Which routes are proposed, and what is said of them.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/text.h"
#include "daemon/detection/site/discovery/people.h"
#include "daemon/detection/site/pattern.h"
#include "tests/unit/detection/discovery/log.h"

namespace sluice::detection {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Role = ProposedRoute::Role;

// `count` requests of 50 visitors, 10 seconds apart.
void note_all(RouteDiscovery& discovery, int count, const std::function<std::string(int)>& target) {
  for (int i = 0; i < count; ++i)
    note(discovery, {target(i), static_cast<unsigned>(i % 50), i * 10});
}

RouteDiscovery proposals_of(const std::function<std::string(int)>& target) {
  RouteDiscovery discovery({});
  note_all(discovery, 300, target);
  return discovery;
}

// Names of people: a name of many countries and a word.
std::string person(int i) {
  const std::array<std::string_view, 8> given = {"anna",  "peter",  "ivan",  "priya",
                                                 "laura", "mehmet", "kwame", "aino"};
  return std::string(given.at(static_cast<std::size_t>(i) % given.size())) + "-" + word(i) + "berg";
}

std::string title(int i) {
  return "how-to-" + word(i) + "-the-" + word(i + 1) + "-again";
}

// The configuration takes letters of ASCII alone as a name.
TEST(ProposalsTest, NamesOfRoutesAreOnesThatTheConfigurationTakes) {
  const auto routes =
      proposals_of([](int i) { return "/%D0%B2%D1%80%D0%B0%D1%87%D0%B8/" + std::to_string(i); }).propose();
  ASSERT_FALSE(routes.empty());
  EXPECT_EQ(routes.front().pattern, "/врачи/{subject:number}");
  EXPECT_EQ(routes.front().name, "people");
  EXPECT_TRUE(std::ranges::all_of(routes.front().space, is_alphanumeric)) << routes.front().space;
}

TEST(ProposalsTest, WhoAsksAgainHasTheSameAnswerUntilMuchIsNew) {
  RouteDiscovery discovery({});
  note_all(discovery, 300, [](int i) { return "/people/" + std::to_string(i); });
  const auto requests = [&] { return discovery.proposals().at(0).requests; };
  EXPECT_EQ(requests(), discovery.propose().at(0).requests);
  note_all(discovery, 1, [](int) { return "/people/7"; });
  EXPECT_EQ(requests(), discovery.propose().at(0).requests) << "of few, each counts";
  note_all(discovery, 6'000, [](int i) { return "/people/" + std::to_string(i); });
  const auto before = requests();
  EXPECT_EQ(before, discovery.propose().at(0).requests);
  note_all(discovery, 100, [](int) { return "/people/7"; });
  EXPECT_EQ(requests(), before) << "100 of 6,301 change little";
  note_all(discovery, 200, [](int) { return "/people/7"; });
  EXPECT_EQ(requests(), discovery.propose().at(0).requests);
}

TEST(ProposalsTest, WritesThePatternOfARoute) {
  const auto pattern_of = [](const std::function<std::string(int)>& target) {
    const auto routes = proposals_of(target).propose();
    return routes.empty() ? "" : routes.front().pattern;
  };
  EXPECT_EQ(pattern_of([](int i) { return "/people/" + std::to_string(i); }), "/people/{subject:number}");
  EXPECT_EQ(pattern_of([](int i) { return "/memberlist.php?mode=viewprofile&u=" + std::to_string(i); }),
            "/memberlist.php?mode=viewprofile&u={subject}");
  EXPECT_EQ(pattern_of([](int i) { return "/@" + word(i); }), "/@{subject}");
  EXPECT_EQ(pattern_of([](int i) { return "/index.php?title=User:" + word(i); }),
            "/index.php?title=User:{subject}");
  EXPECT_EQ(pattern_of([](int i) { return "/" + std::to_string(i) + "-" + person(i) + ".html"; }),
            "/{subject:number}-*.html");
  EXPECT_EQ(pattern_of([](int i) { return "/users/" + word(i % 40) + "/photos/" + std::to_string(i); }),
            "/users/{subject}/**");
  EXPECT_EQ(pattern_of([](int i) {
              return "/org/" + std::to_string(i % 300 / 10) + "/member/" + std::to_string(i % 300);
            }),
            "/org/*/member/{subject:number}");
}

TEST(ProposalsTest, TwoPartsThatAreNeededAreBothTheSubject) {
  RouteDiscovery discovery({});
  for (int org = 0; org < 30; ++org) {
    for (int member = 0; member < 30; ++member)
      note(discovery, {"/org/" + std::to_string(org) + "/member/" + std::to_string(member), 1, 0});
  }
  ASSERT_TRUE(find_route(discovery, "/org/{subject:number}/member/{subject:number}"));
}

TEST(ProposalsTest, SubdomainsAreHosts) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 300; ++i) {
    note(discovery, {"/", static_cast<unsigned>(i % 50), i, "", person(i) + ".example.org"});
    note(discovery, {"/posts/" + word(i), static_cast<unsigned>(i % 50), i, "", person(i) + ".example.org"});
    note(discovery, {"/", static_cast<unsigned>(i % 50), i, "", "www.example.org"});
  }
  const auto route = find_route(discovery, "/**");
  ASSERT_TRUE(route);
  EXPECT_THAT(route->hosts, ElementsAre("{subject}.example.org"));
  EXPECT_TRUE(route->is_people());
}

TEST(ProposalsTest, WeighsWordsAndTheShapeOfNames) {
  const auto score_of = [](const std::function<std::string(int)>& target) {
    const auto routes = proposals_of(target).propose();
    return routes.empty() ? -1.0 : routes.front().people;
  };
  EXPECT_GE(score_of([](int i) { return "/benutzer/" + std::to_string(i); }), kPeopleScore);
  EXPECT_GE(score_of([](int i) { return "/in/" + person(i); }), kPeopleScore);
  EXPECT_GE(score_of([](int i) { return "/forum/members/" + word(i); }), kPeopleScore);
  EXPECT_LT(score_of([](int i) { return "/products/" + std::to_string(i); }), 0.1);
  EXPECT_LT(score_of([](int i) { return "/xyz/" + std::to_string(i); }), kPeopleScore);
  EXPECT_LT(score_of([](int i) { return "/" + title(i); }), 0.2);
  EXPECT_LT(score_of([](int i) { return "/users/search?q=" + word(i); }), 0.2);
  EXPECT_LT(score_of([](int i) { return "/archive?page=" + std::to_string(i); }), 0.1);
}

TEST(ProposalsTest, SaysItsReasonsInWords) {
  const auto route =
      find_route(proposals_of([](int i) { return "/staff/" + person(i); }), "/staff/{subject}");
  ASSERT_TRUE(route);
  EXPECT_THAT(route->reasons, Contains(HasSubstr("'staff' before it means people")));
  EXPECT_THAT(route->reasons, Contains(HasSubstr("values have a given name")));
}

TEST(ProposalsTest, SaysWhetherIdentifiersCanBeGuessed) {
  const auto guess_of = [](const std::function<std::string(int)>& target) {
    const auto routes = proposals_of(target).propose();
    return routes.empty() ? Guess::hardly : routes.front().guess.guess;
  };
  EXPECT_EQ(guess_of([](int i) { return "/people/" + std::to_string(i + 1); }), Guess::by_counting);
  EXPECT_EQ(guess_of([](int i) { return "/people/" + person(i); }), Guess::by_dictionary);
  EXPECT_EQ(guess_of([](int i) {
              return "/people/" + std::to_string(i * 7'919'000'017LL % 1'000'000'007 * 9'973);
            }),
            Guess::hardly);
  EXPECT_EQ(
      guess_of([](int i) { return "/people/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4" + std::to_string(100 + i); }),
      Guess::hardly);
}

TEST(ProposalsTest, SaysWhichShareOfTheVisitorsSawIt) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 200; ++i) {
    note(discovery, {"/", static_cast<unsigned>(i), i});
    if (i % 4 == 0) note(discovery, {"/people/" + std::to_string(i), static_cast<unsigned>(i), i});
  }
  const auto route = find_route(discovery, "/people/{subject:number}");
  ASSERT_TRUE(route);
  EXPECT_NEAR(route->visitors, 0.25, 0.05);
  EXPECT_EQ(route->requests, 50U);
}

TEST(ProposalsTest, FindsAListByWhatFollowsIt) {
  RouteDiscovery discovery({});
  for (int page = 0; page < 30; ++page) {
    for (unsigned client = 0; client < 4; ++client) {
      const std::string list = "/people?page=" + std::to_string(page + 1);
      const std::int64_t second = page * 300;
      note(discovery, {list, client, second});
      for (int i = 0; i < 20; ++i)
        note(discovery,
             {"/people/" + std::to_string(page * 20 + i), client, second + i, "https://x.org" + list});
    }
  }
  const auto route = find_route(discovery, "/people");
  ASSERT_TRUE(route);
  EXPECT_EQ(route->role, Role::list);
  EXPECT_NEAR(std::stoi(route->exposes), 20, 4);
}

TEST(ProposalsTest, AStepOfOffsetsOrAKeyOfTheQuerySaysHowLongAListIs) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 200; ++i) {
    const auto client = static_cast<unsigned>(i % 50);
    note(discovery, {"/memberlist.php?mode=viewprofile&u=" + std::to_string(i), client, i});
    note(discovery, {"/memberlist.php?start=" + std::to_string(25 * (i % 40)), client, i});
    note(discovery,
         {"/api/users?limit=" + std::to_string(10 + i % 3) + "&offset=" + std::to_string(i), client, i});
  }
  const auto board = find_route(discovery, "/memberlist.php?start=*");
  ASSERT_TRUE(board);
  EXPECT_EQ(board->exposes, "25");
  const auto api = find_route(discovery, "/api/users");
  ASSERT_TRUE(api);
  EXPECT_EQ(api->exposes, "limit");
}

TEST(ProposalsTest, AnAnswerThatAPageFetchesIsBackgroundAndOfTheSamePerson) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 300; ++i) {
    const std::string id = std::to_string(i % 60 + 100);
    const auto client = static_cast<unsigned>(i % 50);
    note(discovery, {"/profil/" + id, client, i * 10});
    note(discovery, {"/api/data/" + id, client, i * 10, "https://example.org/profil/" + id});
  }
  const auto answer = find_route(discovery, "/api/data/{subject:number}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->role, Role::background);
  EXPECT_TRUE(answer->is_people()) << "it shows the same people";
  EXPECT_EQ(answer->space, "") << "one space is enough";
}

TEST(ProposalsTest, DifferentPeopleHaveDifferentSpaces) {
  RouteDiscovery discovery({});
  note_all(discovery, 300, [](int i) { return "/patients/" + std::to_string(i); });
  note_all(discovery, 300, [](int i) { return "/doctors/" + std::to_string(i); });
  EXPECT_EQ(find_route(discovery, "/patients/{subject:number}")->space, "patients");
  EXPECT_EQ(find_route(discovery, "/doctors/{subject:number}")->space, "doctors");
}

TEST(ProposalsTest, PicturesOfPeopleAreAssets) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 300; ++i) {
    const std::string id = std::to_string(i);
    const auto client = static_cast<unsigned>(i % 50);
    note(discovery, {"/people/" + id, client, i * 10});
    note(discovery, {"/people/" + id + ".jpg", client, i * 10, "https://example.org/people/" + id});
    note(discovery,
         {"/media/" + std::to_string(i * 31 % 200) + ".png", client, i * 10, "https://example.org/"});
  }
  const auto picture = find_route(discovery, "/people/{subject:number}.jpg");
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->role, Role::image);
  EXPECT_TRUE(picture->assets);
  EXPECT_TRUE(picture->is_people());
  EXPECT_FALSE(find_route(discovery, "/media/{subject:number}.png")->is_people());
}

TEST(ProposalsTest, EndsThatMeanTheSamePersonAreExtensions) {
  RouteDiscovery discovery({});
  note_all(discovery, 200, [](int i) { return "/people/" + std::to_string(i); });
  note_all(discovery, 200, [](int i) { return "/people/" + std::to_string(i) + ".json"; });
  const auto route = find_route(discovery, "/people/{subject:number}");
  ASSERT_TRUE(route);
  EXPECT_THAT(route->extensions, ElementsAre("json"));
  EXPECT_FALSE(find_route(discovery, "/people/{subject:number}.json"));
}

TEST(ProposalsTest, PagesOfTheSiteAreExceptions) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 2'000; ++i) {
    note(discovery, {"/" + person(i % 500), static_cast<unsigned>(i % 50), i});
    note(discovery, {"/login", static_cast<unsigned>(i % 50), i});
  }
  const auto route = find_route(discovery, "/{subject}");
  ASSERT_TRUE(route);
  EXPECT_THAT(route->except, ElementsAre("login"));
}

// A visitor's login page comes after names have filled the place.
TEST(ProposalsTest, PartsOfTheSiteAreExceptionsHoweverLateTheyCome) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 2'000; ++i)
    note(discovery, {"/" + person(i % 500), static_cast<unsigned>(i % 50), i});
  for (int i = 0; i < 20; ++i)
    note(discovery, {"/explore/" + word(i % 3), static_cast<unsigned>(i), 2'000 + i});
  const auto route = find_route(discovery, "/{subject}");
  ASSERT_TRUE(route);
  EXPECT_THAT(route->except, ElementsAre("explore"));
}

TEST(ProposalsTest, OneRouteForAllPicturesOfAPerson) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 900; ++i) {
    const std::string id = std::to_string(i / 3);
    note(discovery, {"/people/" + id + "/" + std::to_string(i % 3) + "-800x600.webp",
                     static_cast<unsigned>(i % 50), i * 10});
  }
  const auto pictures = find_route(discovery, "/people/{subject:number}/*.webp");
  ASSERT_TRUE(pictures);
  EXPECT_EQ(pictures->role, Role::image);
  EXPECT_EQ(pictures->requests, 900U);
}

// Four specialties are too few to be many values; what hangs below each of them is the same.
TEST(ProposalsTest, FewDirectoriesWithTheSameStructureAreOnePlace) {
  constexpr std::array<std::string_view, 4> kSpecialties = {"surgery", "dentistry", "urology", "optics"};
  RouteDiscovery discovery({});
  note_all(discovery, 2'000, [&](int i) {
    return "/" + word(i % 30) + "/" + std::string(kSpecialties.at(static_cast<std::size_t>(i) % 4)) + "/" +
           person(i % 400) + (i % 3 == 0 ? "/reviews" : "/contact");
  });
  const auto route = find_route(discovery, "/*/*/{subject}/**");
  ASSERT_TRUE(route);
  EXPECT_TRUE(route->is_people());
  EXPECT_NEAR(route->values, 400, 60);
}

// Directories whose names mean something are not the same thing, whatever hangs below them.
TEST(ProposalsTest, DirectoriesThatMeanSomethingStayApart) {
  RouteDiscovery discovery({});
  constexpr std::array<std::string_view, 3> kWords = {"users", "groups", "projects"};
  note_all(discovery, 900, [&](int i) {
    return "/api/" + std::string(kWords.at(static_cast<std::size_t>(i) % 3)) + "/" + std::to_string(i % 300) +
           (i % 2 == 0 ? "/posts" : "/files");
  });
  EXPECT_TRUE(find_route(discovery, "/api/users/{subject:number}/**"));
  EXPECT_FALSE(find_route(discovery, "/api/*/{subject:number}/**"));
}

TEST(ProposalsTest, WhatChoosesSomePeopleIsNoPerson) {
  RouteDiscovery discovery({});
  note_all(discovery, 300, [](int i) { return "/candidates?skills=" + word(i % 150); });
  note_all(discovery, 300, [](int i) { return "/agents/in/" + word(i % 150); });
  note_all(discovery, 300, [](int i) { return "/candidates?name=" + person(i % 150); });
  EXPECT_FALSE(find_route(discovery, "/candidates?skills={subject}")->is_people());
  EXPECT_FALSE(find_route(discovery, "/agents/in/{subject}")->is_people());
  EXPECT_TRUE(find_route(discovery, "/candidates?name={subject}")->is_people());
}

// Numbers are equal by chance; UUIDs are not.
TEST(ProposalsTest, TheSameUuidsAreTheSamePeopleWhateverTheWordSays) {
  RouteDiscovery discovery({});
  const auto uuid = [](int i) {
    return "8d5a1c3e-0000-4000-8000-" + std::to_string(100'000'000'000 + i * 7'919);
  };
  note_all(discovery, 300, [&](int i) { return "/profiles/" + uuid(i % 150); });
  note_all(discovery, 300, [&](int i) { return "/photos/" + uuid(i % 150) + "/large.jpg"; });
  const auto photos = find_route(discovery, "/photos/{subject:uuid}/large.jpg");
  ASSERT_TRUE(photos);
  EXPECT_TRUE(photos->is_people());
}

TEST(ProposalsTest, WhatFitsEverythingStandsBehind) {
  RouteDiscovery discovery({});
  note_all(discovery, 900, [](int i) { return "/" + person(i); });
  note_all(discovery, 300, [](int i) { return "/members/" + std::to_string(i); });
  const auto routes = discovery.propose();
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes.front().pattern, "/members/{subject:number}");
}

TEST(ProposalsTest, ASiteWithoutPeopleHasNoRouteOfPeople) {
  RouteDiscovery discovery({});
  note_all(discovery, 300, [](int i) { return "/2024/0" + std::to_string(i % 9 + 1) + "/" + title(i); });
  note_all(discovery, 300, [](int i) { return "/shop/item/" + std::to_string(i); });
  for (const ProposedRoute& route : discovery.propose())
    EXPECT_FALSE(route.is_people()) << route.pattern;
  EXPECT_THAT(to_toml(discovery.propose()), IsEmpty());
}

TEST(ProposalsTest, WritesTablesForTheConfiguration) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 300; ++i)
    note(discovery, {"/members/" + std::to_string(i), static_cast<unsigned>(i % 50), i, "", "a.example.org"});
  for (int i = 0; i < 300; ++i)
    note(discovery, {"/items/" + std::to_string(i), static_cast<unsigned>(i % 50), i, "", "b.example.org"});
  const std::string toml = to_toml(discovery.propose());
  EXPECT_THAT(toml, HasSubstr("[[route]]\nname = \"members\"\npattern = \"/members/{subject:number}\"\n"
                              "hosts = [\"a.example.org\"]\n"));
  EXPECT_THAT(toml, HasSubstr("can be guessed by counting"));
  EXPECT_THAT(toml, HasSubstr("# [[route]]\n# name = \"items\"\n# pattern = \"/items/{subject:number}\"\n"))
      << "a comment: it does not look like people";
  EXPECT_THAT(toml, Not(HasSubstr("\n[[route]]\nname = \"items\"")));
}

// Whoever sends requests chooses what stands in the log.
TEST(ProposalsTest, NobodyWritesIntoTheConfiguration) {
  RouteDiscovery discovery({});
  for (int i = 0; i < 300; ++i) {
    const auto client = static_cast<unsigned>(i % 50);
    note(discovery, {"/a%22%0A[[route]]%0A/users/" + std::to_string(i), client, i});
    note(discovery, {"/%ff%fe/users/" + word(i) + "%1b[2J", client, i});
    note(discovery, {"/users?user%22%0Ax=" + std::to_string(i), client, i});
    note(discovery, {"/{subject}/*/users/" + std::to_string(i), client, i});
  }
  const std::string toml = to_toml(discovery.propose());
  EXPECT_THAT(toml, Not(HasSubstr("\x1b")));
  EXPECT_THAT(toml, Not(HasSubstr("\xff")));
  std::size_t tables = 0;
  for (const ProposedRoute& route : discovery.propose()) {
    tables += route.is_people() ? 1 : 0;
    EXPECT_TRUE(PathPattern::parse(route.pattern)) << route.pattern;
  }
  std::size_t lines = 0;
  for (std::size_t at = toml.find("[[route]]\nname"); at != std::string::npos;
       at = toml.find("[[route]]\nname", at + 1))
    ++lines;
  EXPECT_EQ(lines, tables);
}

}  // namespace
}  // namespace sluice::detection
