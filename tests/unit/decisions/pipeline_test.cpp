// SPDX-License-Identifier: Apache-2.0
#include "daemon/decisions/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/detection/scoring/sum.h"
#include "tests/unit/detection/trace.h"

namespace sluice::decisions::test {
namespace {

using detection::test::at;
using detection::test::knowledge;
using detection::test::source;

struct Notes : PipelineObserver {
  std::vector<double> scores;
  std::vector<std::string> refusals;
  std::vector<detection::BlockHistory> block_histories;
  std::vector<Prefix> pardoned;
  void on_finding(const detection::Finding& finding, Action) override { scores.push_back(finding.score); }
  void on_refusal(const Decision&, const Error& error) override { refusals.push_back(error.message()); }
  void on_block(const detection::BlockHistory& history) override { block_histories.push_back(history); }
  void on_pardon(const Prefix& source) override { pardoned.push_back(source); }
};

struct PipelineTest : ::testing::Test {
  Ledger ledger{LedgerLimits(), Mode::enforce};
  Notes notes;
  detection::NoNames names;
  std::unique_ptr<Pipeline> pipeline = *Pipeline::create({}, knowledge(), names, {}, ledger, notes);

  void get(std::string_view client, std::string_view target, std::int64_t second,
           std::uint16_t status = 200) {
    detection::Request request;
    request.time = at(second);
    request.client = *Address::parse(client);
    request.method = "GET";
    request.target = target;
    request.status = status;
    (void)pipeline->observe(request, at(second));
  }
  void walk(std::string_view client, int from, int count, std::int64_t second) {
    for (int i = 0; i < count; ++i)
      get(client, "/people/" + std::to_string(from + i), second);
  }
  [[nodiscard]] const Decision* denial(std::string_view network) const {
    return ledger.find(source(network), Ledger::Slot::denial);
  }
};

TEST_F(PipelineTest, FindsAScraperFromWhatItDoes) {
  walk("192.0.2.7", 1, 29, 0);
  EXPECT_EQ(denial("192.0.2.7"), nullptr);
  walk("192.0.2.7", 30, 20, 1);
  const Decision* block = denial("192.0.2.7");
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->action, Action::block);
  EXPECT_LE(block->exposure.pages, 35U);
  EXPECT_THAT(block->reason, ::testing::HasSubstr("one after the other"));
  ASSERT_EQ(notes.block_histories.size(), 1U);
  EXPECT_FALSE(notes.scores.empty());
}

TEST_F(PipelineTest, HoldsAnIpv6NetworkToAccountWhateverTheAddress) {
  for (int i = 1; i <= 50; ++i)
    get("2001:db8:0:1::" + std::to_string(i), "/people/" + std::to_string(i), 0);
  EXPECT_NE(denial("2001:db8:0:1::/64"), nullptr);
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 1U);
}

TEST_F(PipelineTest, DecidesUponAnIpv6NetworkWhoseSourcesRotate) {
  for (int i = 0; i < 500; ++i)
    get("2001:db8:7:" + std::to_string(i) + "::1", "/people/" + std::to_string(1024 + i), 5 * i);
  const Decision* block = denial("2001:db8:7::/48");
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block->action, Action::block);
  EXPECT_LE(block->exposure.pages, 320U);
  EXPECT_EQ(denial("2001:db8:7:17::/64"), nullptr) << "it needs none of its own";
}

TEST_F(PipelineTest, WhatOnlySupportsNeverLeadsToAnythingByItself) {
  detection::Finding finding{source("192.0.2.7"), at(0), 0, {}, {}};
  finding.signals = {{"page_rate", 3, "fast", {}, detection::Cause::pace, 0},
                     {"timing", 2, "regular", {}, detection::Cause::pace, 0},
                     {"user_agent", 2, "a library", {}, detection::Cause::client, 0}};
  detection::sum_up(finding, 4);
  EXPECT_DOUBLE_EQ(finding.score, 4) << "3 of pace and 2 of client, cut to what supporting signals may weigh";
  EXPECT_DOUBLE_EQ(finding.signals[0].counted, 2.4);
  EXPECT_DOUBLE_EQ(finding.signals[1].counted, 0) << "the same cause twice";
  EXPECT_EQ(pipeline->policy().action_for(finding.score), Action::none);
  finding.signals.push_back({"breadth", 3, "reads much", {}, detection::Cause::breadth, 0});
  detection::sum_up(finding, 4);
  EXPECT_DOUBLE_EQ(finding.score, 7);
}

TEST_F(PipelineTest, LeavesWhoIsAllowedAlone) {
  Decision allow;
  allow.source = source("192.0.2.0/24");
  allow.action = Action::allow;
  allow.until = kForever;
  ASSERT_TRUE(ledger.admit(allow, at(0)));
  walk("192.0.2.7", 1, 200, 0);
  EXPECT_EQ(denial("192.0.2.7"), nullptr);
  EXPECT_FALSE(notes.scores.empty()) << "it is seen all the same";
}

// A scraper that sends one request in thirty through a CDN must not free the others by it.
TEST_F(PipelineTest, WhoComesDirectlyIsArmedWhateverComesThroughAProxy) {
  for (int through_proxy : {0, 1, 29}) {  // which of thirty
    const std::string client = "192.0.2." + std::to_string(40 + through_proxy);
    for (int i = 0; i < 90; ++i) {
      const std::string target = "/people/" + std::to_string(i);
      detection::Request request;
      request.time = at(i);
      request.client = *Address::parse(client);
      request.target = target;
      request.status = 200;
      request.forwarded = i % 30 == through_proxy;
      (void)pipeline->observe(request, at(i));
    }
    const Decision* block = denial(client);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(block->action, Action::block);
    EXPECT_FALSE(block->forwarded);
    EXPECT_TRUE(ledger.in_effect(*block));
  }
  EXPECT_EQ(notes.block_histories.size(), 3U) << "each block is remembered";
}

TEST_F(PipelineTest, WhomAProxyNamesIsDecidedUponAndNeverArmed) {
  for (int i = 0; i < 60; ++i) {
    const std::string target = "/people/" + std::to_string(i);
    detection::Request request;
    request.time = at(0);
    request.client = *Address::parse("192.0.2.7");
    request.forwarded = true;
    request.target = target;
    request.status = 200;
    (void)pipeline->observe(request, at(0));
  }
  const Decision* block = denial("192.0.2.7");
  ASSERT_NE(block, nullptr) << "it is seen, and told";
  EXPECT_TRUE(block->forwarded);
  EXPECT_FALSE(ledger.armed(*block)) << "its packets are the proxy's";
  EXPECT_TRUE(notes.block_histories.empty());
}

TEST_F(PipelineTest, DecidesBesideAnOperator) {
  Decision throttle;
  throttle.source = source("192.0.2.7");
  throttle.action = Action::throttle;
  throttle.until = at(60);
  throttle.actor = {ActorKind::operator_, "alice"};
  ASSERT_TRUE(ledger.admit(throttle, at(0)));
  walk("192.0.2.7", 1, 60, 0);
  EXPECT_EQ(denial("192.0.2.7")->action, Action::block);
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 2U);
  ASSERT_EQ(notes.block_histories.size(), 1U);
  ledger.expire(at(60));
  EXPECT_EQ(denial("192.0.2.7")->actor.kind, ActorKind::detector);
  EXPECT_GT(pipeline->detector().find(source("192.0.2.7"))->pages, 0U) << "it is not forgiven by that";
}

// Whoever has a network could fill the table with its addresses.
TEST_F(PipelineTest, ManyBlocksInANetworkBecomeOne) {
  for (int i = 1; i <= 64; ++i) {
    ASSERT_EQ(ledger.size(Ledger::Slot::denial), static_cast<std::size_t>(i - 1));
    walk("192.0.2." + std::to_string(i), 60 * i, 60, i);
  }
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 1U);
  const Decision* whole = denial("192.0.2.0/24");
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->action, Action::block);
  EXPECT_THAT(whole->reason, ::testing::HasSubstr("64 of its addresses or networks were blocked"));
  EXPECT_FALSE(whole->signals.empty());
  EXPECT_GE(whole->exposure.pages, 64U * 5) << "of all of them";
  walk("192.0.2.200", 6000, 60, 100);
  EXPECT_EQ(denial("192.0.2.200"), nullptr) << "it is denied by that already";
  ledger.expire(whole->until);
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 0U);
  walk("192.0.2.201", 7000, 60, 5000);
  EXPECT_NE(denial("192.0.2.201"), nullptr) << "the network begins anew";
}

TEST_F(PipelineTest, WhoeverElseLivesInANetworkIsNotBlockedWithIt) {
  get("192.0.2.250", "/people/7", 0);
  for (int i = 1; i <= 100; ++i)
    walk("192.0.2." + std::to_string(i), 60 * i, 60, i);
  EXPECT_EQ(ledger.size(Ledger::Slot::denial), 100U);
  EXPECT_EQ(denial("192.0.2.0/24"), nullptr);
}

TEST_F(PipelineTest, NeverDecidesUponWhoIsProtected) {
  ASSERT_TRUE(ledger.protect({{source("192.0.2.7"), "a gateway"}}, at(0)));
  walk("192.0.2.7", 1, 60, 0);
  EXPECT_EQ(denial("192.0.2.7"), nullptr);
}

TEST(Pipeline, TellsOfWhatTheLedgerRefuses) {
  Ledger full({0, 0}, Mode::enforce);
  Notes notes;
  detection::NoNames names;
  const auto pipeline = *Pipeline::create({}, knowledge(), names, {}, full, notes);
  for (int i = 0; i < 60; ++i) {
    const std::string target = "/people/" + std::to_string(i);
    detection::Request request;
    request.time = at(0);
    request.client = *Address::parse("192.0.2.7");
    request.target = target;
    request.status = 200;
    (void)pipeline->observe(request, at(0));
  }
  ASSERT_FALSE(notes.refusals.empty());
  EXPECT_THAT(notes.refusals.front(), ::testing::HasSubstr("the ledger is full"));
  EXPECT_TRUE(notes.block_histories.empty());
}

TEST_F(PipelineTest, AfterADecisionEndsFreshEvidenceIsNeeded) {
  walk("192.0.2.7", 1, 60, 0);
  ASSERT_NE(denial("192.0.2.7"), nullptr);
  ASSERT_EQ(ledger.withdraw(source("192.0.2.7"), Ledger::Slot::denial, Ending::withdrawn).size(), 1U);
  walk("192.0.2.7", 61, 5, 2);
  EXPECT_EQ(denial("192.0.2.7"), nullptr) << "what was paid for is not held against it again";
  walk("192.0.2.7", 66, 40, 3);
  const Decision* again = denial("192.0.2.7");
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->until - again->since, std::chrono::hours(4)) << "but it is remembered that it came back";
}

TEST_F(PipelineTest, APardonForgetsEarlierBlocks) {
  walk("192.0.2.7", 1, 60, 0);
  ASSERT_NE(denial("192.0.2.7"), nullptr);
  (void)ledger.withdraw(source("192.0.2.7"), Ledger::Slot::denial, Ending::withdrawn);
  EXPECT_EQ(pipeline->pardon(source("192.0.2.7"), at(1)), 1U);
  EXPECT_EQ(notes.pardoned, std::vector{source("192.0.2.7")});
  walk("192.0.2.7", 66, 60, 3);
  const Decision* again = denial("192.0.2.7");
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->until - again->since, std::chrono::hours(1)) << "as long as the first one";
  EXPECT_EQ(pipeline->pardon(source("198.51.100.1"), at(1)), 0U);
}

TEST_F(PipelineTest, ThrottlesFirstWhereTheEvidenceIsThinner) {
  // A sequence, but slow and at its leisure: no rate, no regular pauses, little breadth.
  for (int i = 0; i < 45; ++i)
    get("192.0.2.9", "/people/" + std::to_string(i), 3 * i * i);
  const Decision* throttle = denial("192.0.2.9");
  ASSERT_NE(throttle, nullptr);
  EXPECT_EQ(throttle->action, Action::throttle);
}

TEST_F(PipelineTest, WhoGoesOnAfterAThrottleIsBlockedInTheEnd) {
  std::int64_t second = 0;
  int number = 0;
  const auto read_until = [&](auto done) {
    while (number < 400 && !done()) {
      get("192.0.2.9", "/people/" + std::to_string(number), second);
      ++number;
      second += 20 + number * 7 % 61;  // as somebody who reads
      ledger.expire(at(second));
    }
  };
  const auto action = [&] {
    const Decision* found = denial("192.0.2.9");
    return found == nullptr ? Action::none : found->action;
  };
  read_until([&] { return action() == Action::throttle; });
  ASSERT_EQ(action(), Action::throttle);
  const Decision first = *denial("192.0.2.9");
  // It waits until that is over, and then a little more of the same is no reason for another one.
  second += 16 * 60;
  ledger.expire(at(second));
  ASSERT_EQ(action(), Action::none);
  const int before = number;
  read_until([&] { return number == before + 3; });
  EXPECT_EQ(action(), Action::none);
  read_until([&] { return action() == Action::block; });
  EXPECT_EQ(action(), Action::block) << "what was read before counts";
  EXPECT_GT(denial("192.0.2.9")->score, first.score);
}

TEST_F(PipelineTest, ABrowserBegunAnewNowAndThenIsNoOffice) {
  // Every profile in its order, and all that belongs to it; a fresh browser, whose cache is empty, every
  // fifty.
  std::int64_t second = 0;
  int number = 0;
  for (; number < 600; ++number) {
    if (number % 50 == 0) get("192.0.2.9", "/assets/site.css", second);
    get("192.0.2.9", "/people/" + std::to_string(number), second);
    get("192.0.2.9", "/photos/" + std::to_string(number) + ".jpg", second);
    second += 20 + number * 7 % 61;
    ledger.expire(at(second));
    const Decision* found = denial("192.0.2.9");
    if (found != nullptr && found->action == Action::block) break;
  }
  EXPECT_LT(number, 320);
}

TEST_F(PipelineTest, WhatWasNeverArmedIsNoOffence) {
  ASSERT_TRUE(ledger.set_mode(Mode::observe));
  walk("192.0.2.7", 1, 60, 0);
  EXPECT_NE(denial("192.0.2.7"), nullptr) << "it is shown all the same";
  EXPECT_TRUE(notes.block_histories.empty());
}

TEST_F(PipelineTest, ALogThatWaitedForDaysBlocksNobody) {
  for (int i = 0; i < 60; ++i) {
    const std::string target = "/people/" + std::to_string(i);
    detection::Request request;
    request.time = at(0);
    request.client = *Address::parse("192.0.2.7");
    request.target = target;
    request.status = 200;
    (void)pipeline->observe(request, at(3 * 86'400));
  }
  EXPECT_EQ(denial("192.0.2.7"), nullptr);
  EXPECT_FALSE(notes.scores.empty());
}

TEST_F(PipelineTest, LinesOutOfOrderAreTakenAsTheyCome) {
  for (int i = 0; i < 60; ++i)
    get("192.0.2.7", "/people/" + std::to_string(i), 100 + (i % 7) * (i % 2 == 0 ? 1 : -1));
  EXPECT_NE(denial("192.0.2.7"), nullptr);
}

TEST_F(PipelineTest, ReconfigureKeepsWhatIsKnownUnlessItsMeaningChanges) {
  walk("192.0.2.7", 1, 10, 0);
  detection::DetectorOptions detector;
  detector.scoring.heuristics.of<detection::PageRate>().pages_per_minute = 50;
  ASSERT_TRUE(pipeline->reconfigure(detector, knowledge(), {}));
  EXPECT_NE(pipeline->detector().find(source("192.0.2.7")), nullptr);
  detector.routes.routes[0].pattern = "no slash";
  EXPECT_FALSE(pipeline->reconfigure(detector, knowledge(), {}));
  EXPECT_NE(pipeline->detector().find(source("192.0.2.7")), nullptr) << "a failed one changes nothing";
  detector.routes.routes[0].pattern = "/users/{subject}";
  ASSERT_TRUE(pipeline->reconfigure(detector, knowledge(), {}));
  EXPECT_EQ(pipeline->detector().find(source("192.0.2.7")), nullptr);
}

TEST_F(PipelineTest, CountsKernelActivityOfKnownSources) {
  get("192.0.2.7", "/", 0);
  pipeline->observe(detection::Activity{at(1), source("192.0.2.7"), 10, 5000, 2}, at(1));
  pipeline->observe(detection::Activity{at(1), source("192.0.2.8"), 10, 5000, 2}, at(1));
  EXPECT_EQ(pipeline->detector().find(source("192.0.2.7"))->profile->kernel_counts.attempts, 2U);
  EXPECT_EQ(pipeline->detector().find(source("192.0.2.8")), nullptr);
}

// Twenty-four people in order are evidence; a connection for each page, of which the kernel alone knows, is
// more of it.
struct ConnectionsTest : PipelineTest {
  const std::shared_ptr<const detection::Knowledge> known =
      knowledge();  // a new one would forget user agents

  void SetUp() override {
    PolicyOptions patient;
    patient.throttle_score = patient.block_score = 50;
    ASSERT_TRUE(pipeline->reconfigure({}, knowledge(), patient));
  }
  void read_in_order() {
    for (int i = 0; i < 60; ++i)
      read(i < 24 ? "/people/" + std::to_string(i) : "/about", i);
  }
  void read(const std::string& target, std::int64_t second) {
    detection::Request request;
    request.time = at(second);
    request.client = *Address::parse("192.0.2.7");
    request.method = "GET";
    request.target = target;
    request.status = 200;
    request.user_agent = detection::test::kChrome;
    request.fields = {detection::LogField::user_agent};
    (void)pipeline->observe(request, at(second));
  }
  void report(std::int64_t second, std::uint64_t attempts) {
    pipeline->observe(
        detection::Activity{at(second), source("192.0.2.7"), attempts * 10, attempts * 5000, attempts},
        at(second));
  }
};

TEST_F(ConnectionsTest, ThatTheKernelReportsAreEvidenceAtOnce) {
  read_in_order();
  const double before = pipeline->evaluate(source("192.0.2.7"), at(60)).score;
  ASSERT_EQ(denial("192.0.2.7"), nullptr);
  PolicyOptions policy;
  policy.throttle_score = before + 0.5;
  policy.block_score = 50;
  ASSERT_TRUE(pipeline->reconfigure({}, knowledge(), policy));
  read("/about", 60);  // other knowledge has forgotten what the user agent means
  report(60, 0);
  EXPECT_EQ(denial("192.0.2.7"), nullptr) << "packets alone are no connections";
  report(61, 60);
  ASSERT_NE(denial("192.0.2.7"), nullptr) << "no further line of the log was needed";
  EXPECT_THAT(denial("192.0.2.7")->reason, ::testing::HasSubstr("connections"));
}

TEST_F(ConnectionsTest, DecideNothingOnAStaleLog) {
  read_in_order();
  PolicyOptions policy;
  policy.throttle_score = pipeline->evaluate(source("192.0.2.7"), at(60)).score - 0.5;
  ASSERT_TRUE(pipeline->reconfigure({}, knowledge(), policy));
  report(3 * 86'400, 60);
  EXPECT_EQ(denial("192.0.2.7"), nullptr);
}

TEST_F(ConnectionsTest, AndPacketsAreKeptOfWhoSendsMuch) {
  get("192.0.2.7", "/about", 0);
  get("192.0.2.7", "/about", 1);
  report(2, 3);
  const detection::SourceRecord& record = *pipeline->detector().find(source("192.0.2.7"));
  EXPECT_EQ(record.profile->kernel(), nullptr) << "a reader has no room for more";
  report(3, 100);
  report(5, 1);
  ASSERT_NE(record.profile->kernel(), nullptr);
  EXPECT_EQ(record.profile->kernel()->packets, 1010U);
  EXPECT_EQ(record.profile->kernel()->bytes, 505'000U);
  EXPECT_EQ(record.profile->kernel()->attempts, 101U);
  EXPECT_EQ(record.profile->kernel()->busy_reports, 1U);
  EXPECT_EQ(record.profile->kernel()->last - record.profile->kernel()->first, 2);
}

}  // namespace
}  // namespace sluice::decisions::test
