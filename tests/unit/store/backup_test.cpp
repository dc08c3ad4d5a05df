// SPDX-License-Identifier: Apache-2.0
// That a backup is what was there, that it comes back with the former state kept, and that nothing changes
// where it cannot.
#include "daemon/store/backup.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

AuditRecord by_root(std::string command) {
  AuditRecord record;
  record.time = kNow;
  record.uid = 0;
  record.name = "root";
  record.command = std::move(command);
  return record;
}

class BackupTest : public testing::Test {
 protected:
  std::string database() const { return folder_.database(); }
  std::string backup() const { return folder_.path() / "backup.db"; }
  std::unique_ptr<StateStore> open() {
    auto opened = StateStore::open(database(), kNow);
    EXPECT_TRUE(opened) << opened.error().message();
    return *std::move(opened);
  }
  static void keep(StateStore& store, unsigned number) {
    store.sink().begin(block(source(number)), true);
    ASSERT_TRUE(store.flush(kTick));
  }
  std::vector<decisions::Decision> decisions() {
    auto restored = open()->load(kNow, oldest(kNow), kMeaning);
    EXPECT_TRUE(restored);
    return restored->decisions;
  }
  std::string refusal() {
    const auto restored = restore(backup(), database(), by_root("restore"), kNow);
    return restored ? "" : restored.error().message();
  }

  TemporaryFolder folder_;
};

TEST_F(BackupTest, IsTakenBesideADaemonAndComesBack) {
  std::string head;
  {
    auto store = open();
    keep(*store, 1);
    ASSERT_TRUE(store->audit({by_root("block")}));
    head = store->audit_head().hash;
    const auto made = back_up(database(), backup());
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->decisions, 1);
    EXPECT_EQ(made->audit_rows, 1);
    EXPECT_EQ(made->audit_head, head);
    struct stat file {};
    ASSERT_EQ(stat(backup().c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0600U);
    keep(*store, 2);  // the daemon goes on
  }
  EXPECT_THAT(decisions(), SizeIs(2));
  const auto restored = restore(backup(), database(), by_root("restore"), kNow);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_EQ(restored->contents.decisions, 1);
  ASSERT_TRUE(restored->aside);
  EXPECT_EQ(contents_of(*restored->aside)->decisions, 2);
  ASSERT_THAT(decisions(), SizeIs(1));
  EXPECT_EQ(decisions()[0].source, source(1));
  auto store = open();
  const auto page = store->audit_page(0, {});
  ASSERT_THAT(page->rows, SizeIs(2));
  EXPECT_EQ(page->rows[1].command, "restore");
  EXPECT_EQ(page->rows[1].previous, head);
}

TEST_F(BackupTest, WritesOverNothing) {
  auto store = open();
  std::ofstream(backup()) << "mine";
  const auto made = back_up(database(), backup());
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message(), HasSubstr("File exists"));
  EXPECT_EQ(std::filesystem::file_size(backup()), 4U);
}

TEST_F(BackupTest, ARunningDaemonIsNotReplaced) {
  auto store = open();
  keep(*store, 1);
  ASSERT_TRUE(back_up(database(), backup()));
  EXPECT_THAT(refusal(), HasSubstr("is in use: stop sluiced first"));
  keep(*store, 2);
  store.reset();
  EXPECT_THAT(decisions(), SizeIs(2));
}

TEST_F(BackupTest, WhatIsNoSoundBackupChangesNothing) {
  keep(*open(), 1);
  EXPECT_THAT(refusal(), HasSubstr("backup.db"));  // there is none
  std::ofstream(backup()) << "no database at all, but long enough to be looked at as one, one would think";
  EXPECT_THAT(refusal(), HasSubstr("not a database"));
  std::filesystem::remove(backup());
  sqlite3* other = nullptr;
  sqlite3_open(backup().c_str(), &other);
  sqlite3_exec(other, "CREATE TABLE decision (source TEXT)", nullptr, nullptr, nullptr);
  EXPECT_THAT(refusal(), HasSubstr("is no database of Sluice"));
  sqlite3_exec(other, "PRAGMA application_id = 0x534c4349; PRAGMA user_version = 1000", nullptr, nullptr,
               nullptr);
  EXPECT_THAT(refusal(), HasSubstr("written by a later Sluice"));
  sqlite3_close(other);
  std::filesystem::remove(backup());
  ASSERT_TRUE(back_up(database(), backup()));
  std::fstream file(backup(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);  // the second page and those behind it: one of them may be free
  file << std::string(4 * 4096, '\x5a');
  file.close();
  EXPECT_THAT(refusal(), HasSubstr("backup.db"));
  EXPECT_THAT(decisions(), SizeIs(1));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}),
            2);  // nothing left lying about
}

TEST_F(BackupTest, ADamagedDatabaseIsReplacedAndKept) {
  keep(*open(), 1);
  ASSERT_TRUE(back_up(database(), backup()));
  std::ofstream(database())
      << "what is left of it after somebody wrote over its beginning, and it is no longer one";
  const auto restored = restore(backup(), database(), by_root("restore"), kNow);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_TRUE(restored->aside);
  EXPECT_THAT(decisions(), SizeIs(1));
}

TEST_F(BackupTest, ComesBackWhereThereIsNothing) {
  keep(*open(), 1);
  ASSERT_TRUE(back_up(database(), backup()));
  std::filesystem::remove(database());
  const auto restored = restore(backup(), database(), by_root("restore"), kNow);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_FALSE(restored->aside);
  EXPECT_THAT(decisions(), SizeIs(1));
}

}  // namespace
}  // namespace sluice::store
