// SPDX-License-Identifier: Apache-2.0
// A source with one page is kept short: nobody who reads its habits may notice, whenever they are written
// out.
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/base/address.h"
#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

DetectorOptions options() {
  DetectorOptions options;
  options.routes.routes = {{"people", "/people/{subject}", Sensitivity::normal},
                           {"photos", "/photos/{subject}", Sensitivity::high}};
  options.routes.decoys = {"/trap"};
  return options;
}

// Everything that heuristics read of habits, in words.
std::string told(const SourceProfile& profile, LogSecond now) {
  const RequestStyle& m = profile.style;
  std::string text = fmt::format(
      "pages {} assets {} icons {} referred {} revalidated {} compressed {} language {} http2 {} "
      "http1.0 {} agent {} agents {} subject pages {} attempts {}",
      m.pages, m.assets, m.icons, m.referred, m.revalidated, m.compressed, m.with_language, m.http2,
      m.http1_0, profile.agent, profile.agents, profile.subject_pages, profile.kernel_counts.attempts);
  for (unsigned field = 0; field <= static_cast<unsigned>(LogField::connection); ++field)
    text += m.logged.has(static_cast<LogField>(field)) ? '1' : '0';
  text += fmt::format(" minute {} gaps {} mean {} hours {} clients {}",
                      profile.pages_by_minute.last_minute(now), profile.pace.gap_count(), profile.pace.mean(),
                      profile.pace.active_hours(now), profile.clients.count());
  const auto hour = profile.subjects.last_hour(now);
  const auto day = profile.subjects.last_day(now);
  text += fmt::format(" ever {} hour {} {} day {} {} harvest {} {}", profile.subjects.ever(), hour.subjects,
                      hour.weighted, day.subjects, day.weighted,
                      profile.harvest_by_hour.at(SourceProfile::kPages, now, kHour),
                      profile.harvest_by_hour.at(SourceProfile::kBytes, now, kHour));
  profile.subjects.for_each([&](std::uint32_t hash, Sensitivity sensitivity, LogSecond second) {
    text += fmt::format(" subject {} {} {}", hash, static_cast<int>(sensitivity), second);
  });
  for (std::size_t i = 0; i < profile.trails.size(); ++i) {
    text += fmt::format(" route {} added {}", profile.trails[i].route(), profile.trails[i].added());
    for (const auto& step : profile.trails[i].steps(now))
      text += fmt::format(" {}@{}{}", step.identifier, step.second, step.found ? "" : "!");
  }
  if (profile.names)
    text += fmt::format(" names {} {} {} {}", profile.names->route(), profile.names->last(),
                        profile.names->steps(), profile.names->rising());
  text += fmt::format(" {}{}{}{}{}{}", profile.lists() != nullptr, profile.probing() != nullptr,
                      profile.decoy() != nullptr, profile.robots() != nullptr, profile.crawler() != nullptr,
                      profile.tls != nullptr);
  return text;
}

std::string told(const Finding& finding) {
  std::string text = fmt::format("{} {}", finding.score, finding.exempt);
  for (const Signal& signal : finding.signals)
    text += fmt::format("; {} {} {}", signal.heuristic, signal.weight, signal.text);
  return text;
}

// A request of a visitor who does whatever there is to do, most often little of it.
class Anybody {
 public:
  explicit Anybody(unsigned seed)
      : random_(seed), address_(*Address::parse(fmt::format("10.0.{}.{}", seed / 250, seed % 250))) {}

  const Request& next() {
    const auto one_in = [&](unsigned n) { return random_() % n == 0; };
    second_ += static_cast<std::int64_t>(random_() % 40);
    if (one_in(30)) second_ += 90'000;
    request_ = {};
    request_.time = at(second_ - (one_in(10) ? 30 : 0));
    request_.client = address_;
    request_.method = "GET";
    request_.protocol = one_in(4) ? "HTTP/2.0" : one_in(5) ? "HTTP/1.0" : "HTTP/1.1";
    request_.status = one_in(12) ? 404 : one_in(8) ? 304 : one_in(15) ? 500 : 200;
    request_.bytes = random_() % 3'000'000;
    request_.referer = one_in(2) ? "https://example.org/" : "";
    request_.accept_encoding = one_in(2) ? "gzip" : "";
    request_.accept_language = one_in(2) ? "de" : "";
    request_.purpose = one_in(25) ? "prefetch" : "";
    request_.account = one_in(25) ? "anna" : "";
    request_.fingerprint = one_in(40) ? "t13d1516h2_8daaf6152771_b186095e22b6" : "";
    request_.fields = {LogField::referer, LogField::accept_language};
    if (!one_in(6)) {
      request_.fields.add(LogField::user_agent);
      request_.user_agent = one_in(8) ? "curl/8.0" : one_in(12) ? "Googlebot/2.1" : kChrome;
    }
    target_ = target(one_in);
    request_.target = target_;
    return request_;
  }
  [[nodiscard]] WallTime time() const { return at(second_); }
  [[nodiscard]] const Address& address() const { return address_; }

 private:
  template <class OneIn>
  std::string target(const OneIn& one_in) {
    if (!one_in(3)) {
      static constexpr std::array<std::string_view, 5> kAssets = {"/assets/site.css", "/assets/site.js",
                                                                  "/assets/a.png", "/favicon.ico", "/x.css"};
      return std::string(kAssets[random_() % kAssets.size()]);
    }
    if (one_in(30)) return "/trap";
    if (one_in(30)) return "/robots.txt";
    if (one_in(30)) return "/.env";
    if (one_in(12)) return fmt::format("/people?page={}", random_() % 5);
    if (one_in(6)) return "/about";
    if (one_in(3)) return fmt::format("/people/name-{}", static_cast<char>('a' + random_() % 26));
    return fmt::format("/{}/{}", one_in(2) ? "people" : "photos", random_() % 2'000'000'000'000);
  }

  std::mt19937 random_;
  Address address_;
  std::int64_t second_ = 0;
  std::string target_;
  Request request_;
};

// One detector keeps short what it can; in the other habits are there in full before the first page comes.
TEST(OnePageRecord, SaysWhatHabitsInFullSay) {
  Detector one = test::detector(options());
  Detector other = test::detector(options());
  unsigned requests_when_short = 0;
  constexpr unsigned kVisitors = 1500;
  for (unsigned seed = 0; seed < kVisitors; ++seed) {
    Anybody anybody(seed);
    const Prefix who = one.identify(anybody.address());
    Request asset;
    asset.time = at(0);
    asset.client = anybody.address();
    asset.target = "/assets/a.png";
    (void)one.observe(asset);
    (void)other.observe(asset);
    const unsigned requests = 1 + seed % 12;
    for (unsigned i = 0; i < requests; ++i) {
      const Request& request = anybody.next();
      (void)one.observe(request);
      const SourceRecord& record = *std::as_const(one).find(who);
      SourceRecord& in_full = *other.find(who);
      if (record.profile && !in_full.profile) (void)in_full.profile.with_full();
      (void)other.observe(request);
      const Activity activity{request.time, who, 5, 500, seed % 3};
      one.observe(activity);
      other.observe(activity);
      ASSERT_EQ(static_cast<bool>(record.profile), static_cast<bool>(in_full.profile)) << seed << ' ' << i;
      if (!record.profile) continue;
      if (record.profile.is_short()) ++requests_when_short;
      ASSERT_FALSE(in_full.profile.is_short());
      const LogSecond now = log_second(anybody.time());
      ASSERT_EQ(told(*record.profile.view(), now), told(*in_full.profile.view(), now)) << seed << ' ' << i;
      ASSERT_EQ(told(one.evaluate(who, anybody.time())), told(other.evaluate(who, anybody.time())));
      ASSERT_EQ(one.exposure(who).subjects, other.exposure(who).subjects);
      ASSERT_EQ(one.exposure(who).pages, other.exposure(who).pages);
    }
  }
  EXPECT_GT(requests_when_short, 1000U) << "the comparison must have something to compare";
  for (unsigned seed = 0; seed < kVisitors; ++seed) {
    const Prefix who = one.identify(Anybody(seed).address());
    one.reset_after_block(who);
    other.reset_after_block(who);
    const SourceRecord& forgiven = *std::as_const(one).find(who);
    if (!forgiven.profile) continue;
    const LogSecond now = log_second(forgiven.last_seen);
    ASSERT_EQ(told(*forgiven.profile.view(), now),
              told(*std::as_const(other).find(who)->profile.view(), now));
  }
}

class FirstPageTest : public ::testing::Test {
 protected:
  Detector detector = test::detector(options());
  Visitor visitor{detector};

  [[nodiscard]] bool is_short() const { return detector.find(source("192.0.2.7"))->profile.is_short(); }
};

TEST_F(FirstPageTest, IsAllThatIsKeptOfAPageAndWhatItPullsIn) {
  visitor.browse("/people/7");
  visitor.get("/favicon.ico");
  visitor.get("/assets/site.css");
  EXPECT_TRUE(is_short());
  EXPECT_EQ(detector.exposure(source("192.0.2.7")).subjects, 1U);
  detector.observe(Activity{visitor.time(), source("192.0.2.7"), 10, 5000, 2});
  EXPECT_TRUE(is_short());
}

TEST_F(FirstPageTest, EndsWithTheSecondPage) {
  visitor.get("/about");
  EXPECT_TRUE(is_short());
  visitor.get("/about");
  EXPECT_FALSE(is_short());
}

TEST_F(FirstPageTest, EndsWithAnAssetOfAnotherClientOrDay) {
  visitor.get("/about");
  visitor.wait(86'400);
  visitor.get("/assets/a.png");
  EXPECT_TRUE(is_short()) << "pictures are counted the same on any day";
  visitor.get("/assets/site.css");
  EXPECT_FALSE(is_short());

  Visitor office(detector, "192.0.2.8");
  office.get("/about");
  office.user_agent = "curl/8.0";
  office.get("/assets/a.png");
  EXPECT_FALSE(detector.find(source("192.0.2.8"))->profile.is_short());
}

TEST_F(FirstPageTest, IsNotBegunWhereThereIsMoreToSay) {
  for (const std::string_view target : {"/trap", "/robots.txt", "/people?page=2"}) {
    Detector fresh = test::detector(options());
    Visitor(fresh).get(target);
    const SourceRecord& record = *std::as_const(fresh).find(source("192.0.2.7"));
    EXPECT_TRUE(record.profile) << target;
    EXPECT_FALSE(record.profile.is_short()) << target;
  }
  visitor.get("/about", 404);
  EXPECT_FALSE(is_short());
}

TEST_F(FirstPageTest, CountsAssetsPastWhatItHasRoomFor) {
  visitor.get("/about");
  for (int i = 0; i < 300; ++i)
    visitor.get("/favicon.ico");
  EXPECT_FALSE(is_short());
  EXPECT_EQ(detector.find(source("192.0.2.7"))->profile->style.icons, 300U);
}

// Without a limit on slots the first page needs none; in full it may have to do without its subject, and that
// is told.
TEST(OnePageRecord, TellsWhenItsSubjectIsNotKept) {
  Detector detector = test::detector(options());
  Visitor(detector).person(7);
  ProfileStorage& profile = detector.find(source("192.0.2.7"))->profile;
  ASSERT_TRUE(profile.is_short());
  EXPECT_FALSE(profile.unfold(false));
  EXPECT_EQ(profile->subjects.ever(), 0U);
  EXPECT_EQ(profile->style.pages, 1U);
}

TEST(TrailSet, HasATrailForEachOfSoManyRoutes) {
  TrailSet trails;
  EXPECT_EQ(trails.size(), 0U);
  EXPECT_EQ(trails.find(RouteMatch::kNone), nullptr);
  for (int route = 10; route < 10 + static_cast<int>(TrailSet::kMost); ++route) {
    ASSERT_NE(trails.of(route), nullptr);
    trails.of(route)->add(static_cast<std::uint64_t>(route), 1'790'000'000, true);
  }
  EXPECT_EQ(trails.of(99), nullptr);
  ASSERT_EQ(trails.size(), TrailSet::kMost);
  EXPECT_EQ(trails.find(99), nullptr);
  ASSERT_NE(trails.find(12), nullptr);
  EXPECT_EQ(trails.find(12)->newest().identifier, 12U);
}

TEST(IdentifierTrail, KeepsTheLargestNumbersApart) {
  IdentifierTrail trail(0);
  constexpr std::uint64_t kLargest = 999'999'999'999'999'999;
  for (const std::uint64_t identifier : {kLargest, kLargest - 1, kLargest - (std::uint64_t{1} << 32U)})
    trail.add(identifier, 1'790'000'000, identifier == kLargest);
  const auto steps = trail.steps(1'790'000'000);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].identifier, kLargest);
  EXPECT_TRUE(steps[0].found);
  EXPECT_EQ(steps[1].identifier, kLargest - 1);
  EXPECT_FALSE(steps[1].found);
  EXPECT_EQ(steps[2].identifier, kLargest - (std::uint64_t{1} << 32U));
}

}  // namespace
}  // namespace sluice::detection::test
