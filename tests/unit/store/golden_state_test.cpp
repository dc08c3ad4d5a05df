// SPDX-License-Identifier: Apache-2.0
// That a database of an earlier release opens and loses nothing. tests/golden/state/schema4.sql is one, as
// sluiced wrote it. What is expected is given by numbers and texts, never by what the code calls things:
// names in a stored database stay readable when the code renames them.
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class GoldenState : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(SLUICE_GOLDEN "/state/schema4.sql");
    ASSERT_TRUE(file);
    std::ostringstream sql;
    sql << file.rdbuf();
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.database().c_str(), &handle), SQLITE_OK);
    char* fault = nullptr;
    sqlite3_exec(handle, sql.str().c_str(), nullptr, nullptr, &fault);
    EXPECT_EQ(fault, nullptr) << fault;
    sqlite3_free(fault);
    sqlite3_close(handle);
    reopen();
  }
  void reopen() {
    store_.reset();
    auto opened = StateStore::open(folder_.database(), kNow);
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = *std::move(opened);
    EXPECT_FALSE(store_->set_aside()) << *store_->set_aside();
    auto restored = store_->load(kNow, oldest(kNow), kMeaning);
    ASSERT_TRUE(restored) << restored.error().message();
    restored_ = *std::move(restored);
  }

  TemporaryFolder folder_;
  std::unique_ptr<StateStore> store_;
  StateStore::Restored restored_;
};

// "block 192.0.2.7 by detector for 4h": what an operator sees of a decision.
template <class Decision>
std::string summary(const Decision& decision) {
  const std::string time =
      decision.until == kForever
          ? "without end"
          : "for " + format_duration(std::chrono::floor<Seconds>(decision.until - decision.since));
  return std::string(to_string(decision.action)) + " " + decision.source.to_string() + " by " +
         to_string(decision.actor) + " " + time;
}

TEST_F(GoldenState, EveryDecisionIsThere) {
  EXPECT_EQ(restored_.unreadable, 0U);
  std::vector<std::string> decisions;
  for (const auto& decision : restored_.decisions)
    decisions.push_back(summary(decision));
  EXPECT_THAT(decisions, UnorderedElementsAre("block 192.0.2.7 by detector for 4h",
                                              "allow 192.0.2.7 by operator bob for 1h",
                                              "block 2001:db8:7::/64 by detector for 4h5m",
                                              "block 2001:db8:8::/48 by detector for 7d",
                                              "throttle 198.51.100.0/24 by detector for 15m",
                                              "block 198.51.100.9 by operator alice for 4h",
                                              "challenge 198.51.100.10 by operator alice for 4h",
                                              "allow 203.0.113.0/24 by operator root without end",
                                              "allow 203.0.113.9 by grant university for 2d"));
}

TEST_F(GoldenState, ADecisionIsWhole) {
  std::size_t seen = 0;
  for (const auto& decision : restored_.decisions) {
    const std::string what = summary(decision);
    EXPECT_EQ(decision.forwarded, what == "block 2001:db8:7::/64 by detector for 4h5m");
    if (what == "throttle 198.51.100.0/24 by detector for 15m") {
      EXPECT_EQ(decision.rate.packets_per_second, 10U);
      EXPECT_EQ(decision.rate.burst, 30U);
      EXPECT_EQ(decision.reason, "too fast");
      ++seen;
    }
    if (what == "block 2001:db8:7::/64 by detector for 4h5m") {
      ASSERT_THAT(decision.signals, SizeIs(2));
      EXPECT_EQ(decision.signals[0].text, "asked for /\xff");
      ++seen;
    }
    if (what != "block 192.0.2.7 by detector for 4h") continue;
    EXPECT_EQ(decision.since, kNow);
    EXPECT_EQ(decision.score, 6.1 + 0.2);
    EXPECT_THAT(decision.reason, testing::StartsWith("asked for 31 identifiers"));
    EXPECT_EQ(decision.exposure.requests, 412U);
    EXPECT_EQ(decision.exposure.pages, 160U);
    EXPECT_EQ(decision.exposure.subjects, 148U);
    ++seen;
  }
  EXPECT_EQ(seen, 3U);
}

// Stored were the causes' names of then: reach, order, trap, probing, disguise, pace, client, wishes,
// history.
TEST_F(GoldenState, AProofKeepsItsCauses) {
  constexpr std::array kHeuristics = {"breadth", "enumeration",   "decoy",  "probing",  "tls_claim",
                                      "timing",  "client_habits", "robots", "returning"};
  std::size_t proofs = 0;
  for (const auto& decision : restored_.decisions) {
    if (decision.signals.size() != kHeuristics.size()) continue;
    ++proofs;
    for (std::size_t i = 0; i < kHeuristics.size(); ++i) {
      const auto& signal = decision.signals[i];
      EXPECT_EQ(static_cast<std::size_t>(signal.cause), i);
      EXPECT_EQ(signal.heuristic, kHeuristics[i]);
      const auto number = static_cast<double>(i);
      EXPECT_EQ(signal.weight, 1.0 / 3 + number);
      EXPECT_EQ(signal.counted, i % 2 == 0 ? 1.0 / 7 + number : 0);
      EXPECT_EQ(signal.text, "said \"something\" n\xc3\xa4 of " + std::string(kHeuristics[i]) + "\\");
      ASSERT_THAT(signal.numbers, SizeIs(2));
      EXPECT_EQ(signal.numbers[0].name, "number_of_it");
      EXPECT_EQ(signal.numbers[0].value, 0.1 + 0.2 + number);
      EXPECT_EQ(signal.numbers[1].value, 120);
    }
  }
  EXPECT_EQ(proofs, 1U);
}

TEST_F(GoldenState, EarlierBlocksAreThere) {
  std::map<std::string, std::pair<unsigned, WallTime>> blocks;
  for (const auto& earlier : restored_.block_histories)
    blocks[earlier.source.to_string()] = {earlier.blocks, earlier.last};
  EXPECT_THAT(blocks, UnorderedElementsAre(Pair("192.0.2.7", Pair(1U, kNow)),
                                           Pair("192.0.2.99", Pair(3U, kNow - hours(480))),
                                           Pair("2001:db8:7::/64", Pair(2U, kNow - hours(5)))));
}

TEST_F(GoldenState, AccountsAreThereAndTheSecretIsTheSame) {
  const std::int64_t now = kNow.time_since_epoch() / Seconds(1);
  EXPECT_EQ(restored_.accounts.begun, now - 30 * 86'400);
  ASSERT_THAT(restored_.accounts.ages, SizeIs(2));
  EXPECT_EQ(restored_.accounts.ages[0].number, 0x1122334455667788U);
  EXPECT_EQ(restored_.accounts.ages[0].first_seen, now - 30 * 86'400);
  EXPECT_EQ(restored_.accounts.ages[0].last_seen, now - 60);
  EXPECT_EQ(restored_.accounts.ages[1].number, 0xfedcba9876543210U);
  EXPECT_EQ(store_->account_secret(), 0x0123456789abcdefU);
}

TEST_F(GoldenState, WhatSourcesReadInWeeksIsThere) {
  std::vector<std::string> weeks;
  for (const auto& record : restored_.reach)
    weeks.push_back(record.source.to_string() + " in week " + std::to_string(record.week) + ": " +
                    std::to_string(static_cast<int>(record.counter.estimate())));
  EXPECT_THAT(weeks, ElementsAre("2001:db8:7::/64 in week 2965: 123", "192.0.2.7 in week 2967: 728",
                                 "192.0.2.7 in week 2968: 157"));
}

TEST_F(GoldenState, PlacesInLogsAreThere) {
  EXPECT_THAT(restored_.positions, ElementsAre(Pair("/var/log/nginx/access.log", "2049:131:4096"),
                                               Pair("/var/log/n\xc3\xa4 'quoted'.log", "1")));
}

TEST_F(GoldenState, TheAuditLogIsOneChain) {
  const auto page = store_->audit_page(0, {});
  ASSERT_TRUE(page);
  ASSERT_THAT(page->rows, SizeIs(4));
  std::string previous(kAuditBegin);
  for (const AuditRow& row : page->rows) {
    EXPECT_EQ(row.previous, previous);
    EXPECT_EQ(row.hash, audit_hash(previous, row));
    previous = row.hash;
  }
  EXPECT_EQ(store_->audit_head().hash, previous);
  EXPECT_EQ(page->rows[1].name, "alice");
  EXPECT_EQ(page->rows[1].role, "operator");
  EXPECT_EQ(page->rows[1].command, "block");
  EXPECT_EQ(page->rows[1].reason, "walks \"/people\"");
  EXPECT_EQ(page->rows[3].role, "policy owner");
}

// What was read is written under the names of now, which are read as well.
TEST_F(GoldenState, WhatWasReadCanBeWrittenAndReadAgain) {
  const auto all = [this] {
    std::vector<std::string> decisions;
    for (const auto& decision : restored_.decisions) {
      decisions.push_back(summary(decision) + ", " + decision.reason + ":");
      for (const auto& signal : decision.signals)
        decisions.back() += " " + std::to_string(static_cast<int>(signal.cause)) + " " + signal.text;
    }
    return decisions;
  };
  const std::vector<std::string> before = all();
  for (const auto& decision : restored_.decisions)
    store_->sink().begin(decision, true);
  ASSERT_TRUE(store_->flush(kTick));
  reopen();
  EXPECT_THAT(all(), testing::UnorderedElementsAreArray(before));
}

}  // namespace
}  // namespace sluice::store
