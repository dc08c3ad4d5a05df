// SPDX-License-Identifier: Apache-2.0
// HistoryRecorder records how a decision ended, who ended it, and what the kernel had counted until then.
#include "daemon/app/run/history_recorder.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace sluice::app {
namespace {

using decisions::Action;
using decisions::Actor;
using decisions::ActorKind;
using decisions::Decision;
using decisions::Ending;
using decisions::Ledger;
using decisions::Mode;
using testing::IsEmpty;
using testing::SizeIs;

constexpr KernelTime kTick{1'000'000'000};
const WallTime kBlockedAt{Seconds(1'790'000'000)};
const Actor kAsker{ActorKind::operator_, "alice"};

// The kernel's table: an entry counts until it is removed.
struct Table : decisions::VerdictSink {
  std::map<Prefix, std::uint64_t> packets;
  Result<void> put(const Decision& decision, bool) override {
    packets.try_emplace(decision.source, 5);
    return {};
  }
  void remove(const Decision& decision) override { packets.erase(decision.source); }
};

struct HistoryRecorderTest : testing::Test {
  HistoryRecorderTest() {
    std::string name = testing::TempDir() + "sluice-history-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    auto opened = store::StateStore::open(folder / "state.db", kBlockedAt);
    EXPECT_TRUE(opened);
    store = *std::move(opened);
    recorder = std::make_unique<HistoryRecorder>(HistoryRecorder::Parts{
        retention, ledger, *store,
        [this](const Prefix& source, Ledger::Slot) -> std::optional<HistoryRecorder::Usage> {
          const auto at = table.packets.find(source);
          if (at == table.packets.end()) return std::nullopt;
          return HistoryRecorder::Usage{at->second, 60 * at->second};
        },
        [] { return kBlockedAt + Seconds(10); }});
    ledger.add_sink(table);
    ledger.add_sink(*recorder);
  }
  ~HistoryRecorderTest() override {
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void decide(const char* source, Action action, const Actor& actor = {}, Seconds lasting = Seconds(3600)) {
    Decision decision;
    decision.source = *Prefix::parse(source);
    decision.action = action;
    decision.since = kBlockedAt;
    decision.until = kBlockedAt + lasting;
    decision.reason = "a reason";
    decision.actor = actor;
    ASSERT_TRUE(ledger.admit(decision, kBlockedAt));
  }
  std::vector<store::HistoryStore::Numbered> past() { return store->past_page({}, kTick).page.rows; }

  config::RetentionOptions retention;
  Ledger ledger{{}, Mode::enforce};
  Table table;
  std::filesystem::path folder;
  std::unique_ptr<store::StateStore> store;
  std::unique_ptr<HistoryRecorder> recorder;
};

TEST_F(HistoryRecorderTest, SaysWhoEndedItAndWhatTheKernelCounted) {
  decide("192.0.2.7", Action::block);
  (void)ledger.withdraw(*Prefix::parse("192.0.2.7"), Ledger::Slot::denial,
                        {Ending::withdrawn, kAsker, "it is the office"});
  ASSERT_THAT(past(), SizeIs(1));
  const decisions::PastDecision row = past()[0].past;
  EXPECT_EQ(row.end.by, kAsker);
  EXPECT_EQ(row.end.reason, "it is the office");
  EXPECT_EQ(row.ended, kBlockedAt + Seconds(10));
  EXPECT_TRUE(row.in_effect);
  EXPECT_EQ(row.usage, (HistoryRecorder::Usage{5, 300})) << "read before the entry was removed";
}

TEST_F(HistoryRecorderTest, OneThatIsReplacedNamesItsSuccessor) {
  decide("192.0.2.7", Action::throttle, kAsker);
  decide("192.0.2.7", Action::block, kAsker);
  ASSERT_THAT(past(), SizeIs(1));
  EXPECT_EQ(past()[0].past.end.ending, Ending::replaced);
  EXPECT_THAT(past()[0].past.end.reason, testing::HasSubstr("by the block until"));
  EXPECT_EQ(past()[0].past.decision.action, Action::throttle);
}

TEST_F(HistoryRecorderTest, OneThatAnAllowCoveredWasNotInEffect) {
  decide("192.0.2.7", Action::block);
  decide("192.0.2.0/24", Action::allow, kAsker, Seconds(7200));
  EXPECT_EQ(ledger.expire(kBlockedAt + Seconds(3600)), 1U);
  EXPECT_EQ(ledger.expire(kBlockedAt + Seconds(7200)), 1U);
  ASSERT_THAT(past(), SizeIs(2));
  for (const auto& row : past()) {
    EXPECT_EQ(row.past.in_effect, row.past.decision.action == Action::allow);
  }
}

TEST_F(HistoryRecorderTest, KeepsNothingWhereNothingIsToBeKept) {
  retention.history = Seconds(0);
  decide("192.0.2.7", Action::block);
  EXPECT_EQ(ledger.expire(kBlockedAt + Seconds(3600)), 1U);
  EXPECT_THAT(past(), IsEmpty());
}

TEST_F(HistoryRecorderTest, ListsDecideAboutNobody) {
  ASSERT_TRUE(ledger.protect({{*Prefix::parse("192.0.2.1"), "this host's own address"}}, kBlockedAt));
  ASSERT_TRUE(ledger.protect({}, kBlockedAt));
  EXPECT_THAT(past(), IsEmpty());
}

}  // namespace
}  // namespace sluice::app
