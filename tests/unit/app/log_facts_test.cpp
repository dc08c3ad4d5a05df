// SPDX-License-Identifier: Apache-2.0
// What a log's requests and its silence say of the log.
#include "daemon/app/health/log_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/app/health/log_silence.h"

namespace sluice::app {
namespace {

using control::LogLack;
using detection::LogField;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime kWhenRead{Seconds(1'790'000'000)};

class LogFactsTest : public testing::Test {
 protected:
  void note(std::uint64_t count, detection::LogFields fields, bool is_asset, Seconds age = Seconds(1)) {
    detection::Request request;
    request.fields = fields;
    request.time = kWhenRead - age;
    for (std::uint64_t i = 0; i < count; ++i)
      facts_.note(request, is_asset, kWhenRead);
  }

  LogFacts facts_;
};

constexpr detection::LogFields kCombined{LogField::user_agent, LogField::referer};

TEST_F(LogFactsTest, CountsRequestsThatAreOldWhenTheyAreRead) {
  note(100, kCombined, false);
  note(1, kCombined, false, Seconds(24 * 3600));
  EXPECT_EQ(facts_.recent_old(), 0U);
  note(30, kCombined, false, Seconds(24 * 3600 + 1));
  EXPECT_EQ(facts_.recent_old(), 30U);
  EXPECT_EQ(facts_.recent(), 131U);
  EXPECT_EQ(facts_.last_request(), kWhenRead - Seconds(1));
  // An old file that was read is forgotten after some thousand good lines.
  note(6 * LogFacts::kRecent, kCombined, false);
  EXPECT_EQ(facts_.recent_old(), 0U);
  EXPECT_LE(facts_.recent(), LogFacts::kRecent);
}

TEST_F(LogFactsTest, SaysWhatTheLogLacksOnceEnoughWasRead) {
  note(LogFacts::kEnough - 1, {}, false);
  EXPECT_THAT(facts_.lacks(), IsEmpty());
  note(1, {}, false);
  EXPECT_THAT(facts_.lacks(), ElementsAre(LogLack::user_agents, LogLack::referers, LogLack::accounts));
  note(LogFacts::kEnoughForAssets, {LogField::user_agent, LogField::referer, LogField::account}, false);
  EXPECT_THAT(facts_.lacks(), ElementsAre(LogLack::assets));
  note(1, kCombined, true);
  EXPECT_THAT(facts_.lacks(), IsEmpty());
}

TEST_F(LogFactsTest, AFormatThatLostItsUserAgentsIsSeen) {
  note(100'000, kCombined, true);
  EXPECT_THAT(facts_.lacks(), ElementsAre(LogLack::accounts));
  note(20'001, {LogField::referer}, true);
  EXPECT_THAT(facts_.lacks(), ElementsAre(LogLack::user_agents, LogLack::accounts));
}

class LogSilenceTest : public testing::Test {
 protected:
  // So many packets of visitors came, and so many lines of this log, within five seconds.
  void look(std::uint64_t packets, std::uint64_t lines) {
    packets_ += packets;
    lines_ += lines;
    now_.ns += 5'000'000'000;
    silence_.look(packets_, lines_, now_);
  }

  LogSilence silence_;
  std::uint64_t packets_ = 1'000'000;
  std::uint64_t lines_ = 0;
  KernelTime now_;
};

TEST_F(LogSilenceTest, OneThatIsDeadBesideALiveOneIsFound) {
  for (int i = 0; i < 200; ++i)
    look(500, 3);
  EXPECT_FALSE(silence_.suspicious());
  for (int i = 0; i < 60; ++i)
    look(500, 0);
  const auto since = silence_.suspicious();
  ASSERT_TRUE(since);
  EXPECT_EQ(since->seconds, Seconds(300));
  EXPECT_EQ(since->packets, 30'000U);
  look(500, 1);
  EXPECT_FALSE(silence_.suspicious());
}

TEST_F(LogSilenceTest, OneThatIsOftenSilentForLongIsNot) {
  // A host that is visited now and then, beside a busy one.
  for (int visit = 0; visit < 5; ++visit) {
    look(500, 50);
    for (int i = 0; i < 200; ++i)
      look(500, 0);
  }
  EXPECT_FALSE(silence_.suspicious());
}

TEST_F(LogSilenceTest, NightIsNoSilence) {
  for (int i = 0; i < 200; ++i)
    look(500, 3);
  for (int i = 0; i < 6000; ++i)
    look(0, 0);
  EXPECT_FALSE(silence_.suspicious());
}

TEST_F(LogSilenceTest, AFewLinesTellNothing) {
  look(500, 50);
  look(500, 49);
  for (int i = 0; i < 1000; ++i)
    look(5000, 0);
  EXPECT_FALSE(silence_.suspicious());
}

}  // namespace
}  // namespace sluice::app
