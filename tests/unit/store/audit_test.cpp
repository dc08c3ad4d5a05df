// SPDX-License-Identifier: Apache-2.0
// That the audit log is a chain: what is written comes back with hashes that fit, nothing in it can be
// changed in passing, and what retention takes away leaves its last hash.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "daemon/base/audit_record.h"
#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

AuditRecord record(std::string what, WallTime time = kNow) {
  AuditRecord made;
  made.time = time;
  made.uid = 1000;
  made.name = "alice";
  made.role = "operator";
  made.command = "block";
  made.what = std::move(what);
  made.reason = "why";
  made.outcome = "asked";
  return made;
}

class AuditTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    store_.reset();
    auto opened = StateStore::open(folder_.database(), kNow);
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = *std::move(opened);
  }
  std::vector<AuditRow> all(std::int64_t after = 0, std::optional<WallTime> since = {}) {
    std::vector<AuditRow> rows;
    while (true) {
      auto page = store_->audit_page(after, since);
      EXPECT_TRUE(page);
      rows.insert(rows.end(), page->rows.begin(), page->rows.end());
      if (!page->more) return rows;
      after = rows.back().seq;
    }
  }
  void expect_chain(std::int64_t first, std::string previous) {
    for (const AuditRow& row : all()) {
      EXPECT_EQ(row.seq, first++);
      EXPECT_EQ(row.previous, previous);
      EXPECT_EQ(row.hash, audit_hash(row.previous, row));
      previous = row.hash;
    }
    EXPECT_EQ(store_->audit_head().seq, first - 1);
    EXPECT_EQ(store_->audit_head().hash, previous);
  }
  // As somebody with sqlite3 would; what SQLite says.
  std::string execute(const std::string& sql) {
    sqlite3* handle = nullptr;
    sqlite3_open(folder_.database().c_str(), &handle);
    char* text = nullptr;
    sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &text);
    std::string said = text == nullptr ? "" : text;
    sqlite3_free(text);
    sqlite3_close(handle);
    return said;
  }

  TemporaryFolder folder_;
  std::unique_ptr<StateStore> store_;
};

TEST_F(AuditTest, RowsAreChainedAcrossRestarts) {
  ASSERT_TRUE(store_->audit({record("192.0.2.1"), record("192.0.2.2")}));
  store_->note_audit(record(""));
  EXPECT_THAT(all(), SizeIs(2));
  ASSERT_TRUE(store_->flush(kTick));
  expect_chain(1, std::string(kAuditBegin));
  reopen();
  ASSERT_TRUE(store_->audit({record("192.0.2.3")}));
  const auto rows = all();
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(rows[3].what, "192.0.2.3");
  EXPECT_EQ(rows[3].name, "alice");
  EXPECT_EQ(rows[3].uid, 1000);
  EXPECT_EQ(rows[3].time, std::chrono::floor<Seconds>(kNow));
  expect_chain(1, std::string(kAuditBegin));
}

TEST_F(AuditTest, StrangersBytesAreMadeTextBeforeTheyAreHashed) {
  ASSERT_TRUE(store_->audit({record("a\x01\xff\xc3\xa4\n")}));
  EXPECT_EQ(all().at(0).what, "a??\xc3\xa4?");
  expect_chain(1, std::string(kAuditBegin));
}

TEST_F(AuditTest, NothingIsChangedInPassing) {
  ASSERT_TRUE(store_->audit({record("192.0.2.1")}));
  EXPECT_THAT(execute("UPDATE audit SET name = 'bob'"), HasSubstr("only added to"));
  EXPECT_THAT(execute("DELETE FROM audit"), HasSubstr("only added to"));
  EXPECT_EQ(all().at(0).name, "alice");
}

TEST_F(AuditTest, ManyRowsComeInPages) {
  std::vector<AuditRecord> records(2500, record(std::string(100, 'x')));
  ASSERT_TRUE(store_->audit(std::move(records)));
  const auto page = store_->audit_page(0, {});
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->more);
  EXPECT_LE(page->rows.size(), 1000U);
  EXPECT_THAT(all(), SizeIs(2500));
  expect_chain(1, std::string(kAuditBegin));
}

TEST_F(AuditTest, SinceLeavesOutWhatIsOlder) {
  ASSERT_TRUE(store_->audit({record("old", kNow - Seconds(100)), record("new")}));
  const auto rows = all(0, kNow - Seconds(50));
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].what, "new");
}

TEST_F(AuditTest, RetentionTakesTheOldestAndKeepsTheChain) {
  ASSERT_TRUE(store_->audit({record("first", kNow - std::chrono::days(800)),
                             record("second", kNow - std::chrono::days(750)), record("third"),
                             record("set back", kNow - std::chrono::days(900))}));
  const std::string second = all().at(1).hash;
  ASSERT_TRUE(store_->forget(kNow, oldest(kNow)));
  ASSERT_TRUE(store_->flush(kTick));
  const auto rows = all();
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].what, "third");
  EXPECT_EQ(rows[2].command, "retention");
  EXPECT_EQ(rows[2].what, "rows 1 to 2");
  EXPECT_EQ(store_->audit_page(0, {})->anchor.seq, 2);
  EXPECT_EQ(store_->audit_page(0, {})->anchor.hash, second);
  expect_chain(3, second);
  reopen();
  expect_chain(3, second);
  ASSERT_TRUE(store_->forget(kNow, oldest(kNow)));  // nothing more
  ASSERT_TRUE(store_->flush(kTick));
  EXPECT_THAT(all(), SizeIs(3));
}

TEST_F(AuditTest, TheHeadIsKnownWhenRetentionHasTakenAll) {
  ASSERT_TRUE(store_->audit({record("first", kNow - std::chrono::days(800))}));
  const std::string hash = all().at(0).hash;
  ASSERT_TRUE(store_->forget(kNow, oldest(kNow)));
  reopen();  // before the row about it was written
  EXPECT_THAT(all(), IsEmpty());
  ASSERT_TRUE(store_->audit({record("second")}));
  expect_chain(2, hash);
}

TEST_F(AuditTest, ARecordThatCannotBeWrittenNeverComesLater) {
  ASSERT_TRUE(store_->audit({record("192.0.2.1")}));
  {
    // A full disk, as in state_store_test.
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    EXPECT_FALSE(store_->audit({record(std::string(100'000, 'x'))}));
    setrlimit(RLIMIT_FSIZE, &before);
  }
  ASSERT_TRUE(store_->audit({record("192.0.2.2")}));
  ASSERT_TRUE(store_->flush(kTick));
  const auto rows = all();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[1].what, "192.0.2.2");
  expect_chain(1, std::string(kAuditBegin));
}

}  // namespace
}  // namespace sluice::store
