// SPDX-License-Identifier: Apache-2.0
// One scraper with many sources: traces that must fire, and crowds of people that must not.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "daemon/decisions/policy.h"
#include "tests/unit/detection/clients/tls/hello_builder.h"
#include "tests/unit/detection/crowd.h"

namespace sluice::detection::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string in_one_network(int member) {
  return "203.0.113." + std::to_string(10 + member);
}
std::string anywhere(int member) {
  return std::to_string(20 + member) + ".7.9." + std::to_string(1 + member * 3 % 200);
}

// Fifty members, each with a page every 20 to 60 s; whoever is free takes the next of the work.
std::vector<CrowdPage> divide(const std::vector<std::uint64_t>& work,
                              const std::function<CrowdPage(int)>& member, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> free_at;
  for (int i = 0; i < 50; ++i)
    free_at.push_back(static_cast<double>(random() % 40'000) / 1000);
  std::vector<CrowdPage> pages;
  for (const std::uint64_t number : work) {
    const auto next = std::ranges::min_element(free_at);
    CrowdPage page = member(static_cast<int>(next - free_at.begin()));
    page.time = *next;
    page.target = profile(number);
    pages.push_back(page);
    *next += 20.0 + static_cast<double>(random() % 40'000) / 1000;
  }
  return pages;
}

std::vector<std::uint64_t> all_of(std::uint64_t profiles) {
  std::vector<std::uint64_t> work(profiles);
  std::iota(work.begin(), work.end(), 1);
  return work;
}

// That all members were found out, and by what nothing else would have said: how many profiles were gone when
// the last one was.
std::size_t expect_all_caught(const Crowd& crowd, const std::function<std::string(int)>& address) {
  std::size_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const Crowd::Told* told = crowd.told(address(i), "group");
    EXPECT_NE(told, nullptr) << address(i);
    if (told == nullptr) continue;
    EXPECT_EQ(told->signal->cause, Cause::breadth);
    for (const Signal& signal : told->finding.signals)
      EXPECT_TRUE(signal.heuristic == "group" || is_supporting(signal.cause)) << signal.text;
    EXPECT_NE(decisions::Policy({}).action_for(told->finding.score), decisions::Action::none) << address(i);
    last = std::max(last, told->subjects);
  }
  return last;
}

TEST(Group, FiresOnFiftyAddressesOfOneNetworkThatDivideTheProfiles) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  // A user agent of each one's own: all that they share is the network.
  crowd.play(divide(
      all_of(5000),
      [](int i) {
        CrowdPage page{.address = in_one_network(i)};
        page.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:1" + std::to_string(i) +
                          ".0) Gecko/20100101 Firefox/1" + std::to_string(i) + ".0";
        return page;
      },
      1));
  const std::size_t gone = expect_all_caught(crowd, in_one_network);
  RecordProperty("profiles_gone", static_cast<int>(gone));
  EXPECT_LT(gone, 600U);
  EXPECT_THAT(crowd.told(in_one_network(7), "group")->signal->text,
              AllOf(HasSubstr("sources of 203.0.113.0/24 that divide /people/{subject} among themselves"),
                    HasSubstr("0 % of the askings"), HasSubstr("nobody else asked for")));
}

TEST(Group, FiresOnFiftyAddressesAnywhereThatLookAlikeAndLoadNothing) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::vector<CrowdPage> pages = divide(
      all_of(5000), [](int i) { return CrowdPage{.address = anywhere(i)}; }, 2);
  // Among people with the same browser, who load their pages.
  std::mt19937 random(2);
  Interest interest(5000, 0.8);
  for (int person = 0; person < 200; ++person)
    read_as_a_person(pages,
                     {.time = static_cast<double>(random() % 4000),
                      .address = "100.64." + std::to_string(person) + ".5",
                      .loads = true},
                     3 + static_cast<int>(random() % 8), interest, random);
  crowd.play(std::move(pages));
  const std::size_t gone = expect_all_caught(crowd, anywhere);
  RecordProperty("profiles_gone", static_cast<int>(gone));
  EXPECT_LT(gone, 1500U);  // of both, the people's among them
  EXPECT_EQ(crowd.sources_told("group"), 50U);
  EXPECT_THAT(crowd.told(anywhere(7), "group")->signal->text, HasSubstr("and load no assets"));
}

TEST(Group, FiresOnFiftyAddressesAnywhereThatShareATlsFingerprint) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  const auto hello = recorded_hello("requests");
  // Neither network nor user agent in common: all that they share is the program that speaks TLS.
  crowd.play(divide(
      all_of(5000),
      [&](int i) {
        return CrowdPage{
            .address = anywhere(i), .user_agent = "reader-" + std::to_string(i) + "/1.0", .hello = hello};
      },
      5));
  for (int i = 0; i < 50; ++i) {
    const Crowd::Told* told = crowd.told(anywhere(i), "group");
    ASSERT_NE(told, nullptr) << i;
    EXPECT_LT(told->subjects, 1500U) << i;
  }
  EXPECT_THAT(crowd.told(anywhere(7), "group")->signal->text,
              AllOf(HasSubstr("with the TLS fingerprint " + ja4(*parse_client_hello(hello))),
                    HasSubstr("divide /people/{subject} among themselves")));
}

TEST(Group, IsSilentOnPeopleOfManyBrowsersWhoShareATlsFingerprint) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::mt19937 random(8);
  Interest interest(5000, 0.8);
  const auto hello = recorded_hello("chromium-headless");
  std::vector<CrowdPage> pages;
  for (int person = 0; person < 1000; ++person)
    read_as_a_person(
        pages,
        {.time = static_cast<double>(random() % 80'000),
         .address = std::to_string(1 + person / 250) + ".44." + std::to_string(person % 250) + ".9",
         .user_agent = std::string(kChrome) + " M" + std::to_string(person % 40),
         .loads = true,
         .hello = hello},
        3 + static_cast<int>(random() % 8), interest, random);
  crowd.play(std::move(pages));
  const SourceRecord* record = detector.find(source("1.44.7.9"));
  ASSERT_NE(record, nullptr);
  ASSERT_NE(record->profile->tls, nullptr);
  EXPECT_EQ(record->profile->tls->fingerprint, ja4(*parse_client_hello(hello)));
  EXPECT_EQ(crowd.sources_told("group"), 0U);
}

TEST(Group, FiresWhateverTheOrderInWhichTheProfilesAreTaken) {
  std::vector<std::uint64_t> shuffled = all_of(5000);
  std::mt19937 random(3);
  std::ranges::shuffle(shuffled, random);
  // Each member a hundred neighbours, in an order of its own: no stretch is anybody's work alone for long.
  std::vector<std::uint64_t> by_blocks;
  for (std::uint64_t i = 0; i < 100; ++i) {
    for (std::uint64_t member = 0; member < 50; ++member)
      by_blocks.push_back(1 + member * 100 + i * 37 % 100);
  }
  for (const auto& [work, at_most] : {std::pair(shuffled, 4000U), std::pair(by_blocks, 4200U)}) {
    Detector detector = test::detector();
    Crowd crowd(detector);
    crowd.play(divide(
        work, [](int i) { return CrowdPage{.address = in_one_network(i)}; }, 3));
    std::size_t last = 0;
    for (int i = 0; i < 50; ++i) {
      const Crowd::Told* told = crowd.told(in_one_network(i), "group");
      ASSERT_NE(told, nullptr) << i;
      last = std::max(last, told->subjects);
    }
    RecordProperty("profiles_gone_" + std::to_string(at_most), static_cast<int>(last));
    EXPECT_LT(last, at_most);
  }
}

TEST(Group, FiresOnEachNewNetworkOfARotatingIPv6Client) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::mt19937 random(4);
  std::vector<CrowdPage> pages;
  std::vector<std::string> networks;
  double now = 0;
  std::uint64_t next = 1;
  while (next < 2000) {
    networks.push_back("2001:db8:7:" + std::to_string(1 + random() % 9000) +
                       "::" + std::to_string(1 + random() % 9000));
    const std::uint64_t until = next + 5 + random() % 16;
    for (; next < until; ++next) {
      pages.push_back({.time = now, .address = networks.back(), .target = profile(next)});
      now += 2.0 + static_cast<double>(random() % 4000) / 1000;
    }
  }
  crowd.play(std::move(pages));
  // The first thirty or so go before it is known what they are part of.
  std::size_t caught = 0;
  for (std::size_t i = 40; i < networks.size(); ++i) {
    const Crowd::Told* told = crowd.told(networks[i], "group");
    if (told == nullptr) continue;
    ++caught;
    EXPECT_LE(told->pages, 5U) << networks[i];
  }
  EXPECT_GE(caught, (networks.size() - 40) * 9 / 10);
}

TEST(Group, LeavesAPersonInTheSameNetworkAlone) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::vector<CrowdPage> pages = divide(
      all_of(5000), [](int i) { return CrowdPage{.address = in_one_network(i)}; }, 5);
  std::mt19937 random(5);
  Interest interest(5000, 0.8);
  // Twenty of them, some before, some while it goes on, some after; one reads eighty profiles.
  for (int person = 0; person < 20; ++person)
    read_as_a_person(pages,
                     {.time = static_cast<double>(person * 400),
                      .address = "203.0.113." + std::to_string(100 + person),
                      .loads = true},
                     person == 9 ? 80 : 4 + static_cast<int>(random() % 12), interest, random);
  crowd.play(std::move(pages));
  for (int person = 0; person < 20; ++person)
    EXPECT_EQ(crowd.told("203.0.113." + std::to_string(100 + person), "group"), nullptr) << person;
  EXPECT_EQ(crowd.sources_told("group"), 50U);
}

// People of one browser, as many as a day brings. Popular profiles are read by many; the rest by few.
struct Population {
  int people;
  std::uint64_t profiles;
  double exponent;
  bool loads;
};

class People : public testing::TestWithParam<Population> {};

TEST_P(People, OfOneBrowserAreNoGroup) {
  const Population& of = GetParam();
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::mt19937 random(6);
  Interest interest(of.profiles, of.exponent);
  std::vector<CrowdPage> pages;
  for (int person = 0; person < of.people; ++person)
    read_as_a_person(
        pages,
        {.time = static_cast<double>(random() % 80'000),
         .address = std::to_string(1 + person / 250) + ".44." + std::to_string(person % 250) + ".9",
         .loads = of.loads},
        3 + static_cast<int>(random() % 8), interest, random);
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("group"), 0U);
}

INSTANTIATE_TEST_SUITE_P(Group, People,
                         testing::Values(Population{3000, 5000, 0.8, true},
                                         Population{3000, 5000, 0.8, false}, Population{3000, 5000, 0, false},
                                         Population{3000, 500, 0.8, true},
                                         Population{3000, 200'000, 0.8, true},
                                         Population{3000, 20'000, 0, true}, Population{200, 300, 0, true}));

TEST(Group, IsSilentOnAUniversityAndOnACarrier) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::mt19937 random(7);
  Interest interest(2000, 0.8);
  std::vector<CrowdPage> pages;
  // Sixty people with an address each, for two days.
  for (int visit = 0; visit < 240; ++visit)
    read_as_a_person(pages,
                     {.time = static_cast<double>(random() % 170'000),
                      .address = "198.51.100." + std::to_string(visit % 60),
                      .loads = true},
                     3 + static_cast<int>(random() % 20), interest, random);
  // Sixteen addresses of a carrier, and behind each of them a hundred telephones.
  for (int telephone = 0; telephone < 1600; ++telephone)
    read_as_a_person(pages,
                     {.time = static_cast<double>(random() % 80'000),
                      .address = "192.0.2." + std::to_string(telephone % 16),
                      .user_agent = std::string(kChrome) + " M" + std::to_string(random() % 12),
                      .loads = true},
                     2 + static_cast<int>(random() % 5), interest, random);
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("group"), 0U);
}

TEST(Group, IsSilentOnPeopleWhoOpenAllOfAListInTabs) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::mt19937 random(8);
  std::vector<CrowdPage> pages;
  for (int person = 0; person < 1500; ++person) {
    CrowdPage page{.time = static_cast<double>(random() % 80'000),
                   .address = std::to_string(1 + person / 250) + ".55." + std::to_string(person % 250) + ".9",
                   .loads = true};
    const std::uint64_t list = random() % 300;  // of ten each
    for (std::uint64_t i = 0; i < 10; ++i) {
      page.target = profile(list * 10 + i);
      pages.push_back(page);
      page.time += 1;
    }
  }
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("group"), 0U);
}

TEST(Group, IsSilentOnPeopleWhoEachLookAtTheirOwn) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  std::vector<CrowdPage> pages;
  // Whoever signs up gets the next number, and looks at what they wrote, three times.
  for (std::uint64_t person = 0; person < 2000; ++person) {
    for (int look = 0; look < 3; ++look)
      pages.push_back(
          {.time = static_cast<double>(person) * 20 + look * 90,
           .address = std::to_string(1 + person / 250) + ".66." + std::to_string(person % 250) + ".9",
           .target = profile(10'000 + person),
           .loads = true});
  }
  crowd.play(std::move(pages));
  EXPECT_EQ(crowd.sources_told("group"), 0U);
}

// So many new profiles, each opened by one of ten browsers that load their pages as those of people do.
std::vector<CrowdPage> share_out(std::uint64_t profiles) {
  std::vector<CrowdPage> pages;
  std::mt19937 random(9);
  Interest interest(5000, 0.8);
  for (int person = 0; person < 100; ++person)  // so that it is known how browsers load this site
    read_as_a_person(pages, {.address = "100.64." + std::to_string(person) + ".5", .loads = true}, 6,
                     interest, random);
  for (std::uint64_t number = 0; number < profiles; ++number)
    pages.push_back({.time = 10'000 + static_cast<double>(number) * 30,
                     .address = "198.51.100." + std::to_string(random() % 10),
                     .target = profile(20'000 + number),
                     .loads = true});
  return pages;
}

TEST(Group, OfPeopleWhoShareOutWorkInBrowsersIsToldAndStaysBelowTheThrottle) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(share_out(240));
  EXPECT_EQ(crowd.sources_told("group"), 10U) << "it is what it looks like";
  EXPECT_LT(crowd.highest_score(), decisions::PolicyOptions().throttle_score);
}

TEST(Group, OfDrivenBrowsersIsThrottledOnceEachOfThemHasReadLikeAMachineToo) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(share_out(1000));
  for (int i = 0; i < 10; ++i) {
    const Crowd::Told* told = crowd.told("198.51.100." + std::to_string(i), "coverage");
    ASSERT_NE(told, nullptr);
    EXPECT_GE(told->finding.score, decisions::PolicyOptions().throttle_score);
  }
}

// Knows every second /16 of 90.0.0.0/8 as one system.
class OneSystem final : public SystemDirectory {
 public:
  [[nodiscard]] AutonomousSystem find(const Address& address) const override {
    return {number_of(address), "Example"};
  }
  [[nodiscard]] std::uint32_t number_of(const Address& address) const override {
    return address.bytes()[0] == 90 && address.bytes()[1] % 2 == 0 ? 64'500 : 0;
  }
};

TEST(Group, FiresOnNetworksOfOneSystemWhereADatabaseTellsThem) {
  auto knowledge = std::make_shared<Knowledge>();
  knowledge->systems = std::make_shared<OneSystem>();
  Detector detector = test::detector({}, knowledge);
  Crowd crowd(detector);
  const auto address = [](int i) { return "90." + std::to_string(2 * i) + ".3.4"; };
  crowd.play(divide(
      all_of(2000),
      [&](int i) {
        CrowdPage page{.address = address(i)};
        page.user_agent = "Fetcher/" + std::to_string(i);
        return page;
      },
      11));
  expect_all_caught(crowd, address);
  EXPECT_THAT(crowd.told(address(3), "group")->signal->text, HasSubstr("sources of AS64500 that divide"));
}

TEST(Group, GoesWithTheHours) {
  Detector detector = test::detector();
  Crowd crowd(detector);
  crowd.play(divide(
      all_of(600), [](int i) { return CrowdPage{.address = in_one_network(i)}; }, 10));
  const Prefix member = source(in_one_network(3));
  const auto says = [&](double second) {
    const Finding finding = detector.evaluate(member, at(static_cast<std::int64_t>(second)));
    return std::ranges::find(finding.signals, "group", &Signal::heuristic) != finding.signals.end();
  };
  EXPECT_TRUE(says(600));
  EXPECT_FALSE(says(600 + 7 * 3600));
}

}  // namespace
}  // namespace sluice::detection::test
