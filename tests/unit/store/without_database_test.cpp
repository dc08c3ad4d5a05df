// SPDX-License-Identifier: Apache-2.0
// The store where there is no database: a disk that is full, read-only or not there when it begins, and a
// file that goes while it is used. On real, small file systems, which take root.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"
#include "daemon/store/state_store.h"
#include "tests/support/skip.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using decisions::Ending;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

AuditRecord noted(std::string what) {
  AuditRecord made;
  made.time = kNow;
  made.name = "alice";
  made.command = "unblock";
  made.what = std::move(what);
  made.outcome = "asked";
  return made;
}

class WithoutDatabase : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return disk() / "state.db"; }
  [[nodiscard]] std::filesystem::path disk() const { return folder_.path() / "disk"; }

  // The store of a daemon that starts.
  void start() {
    store_.reset();
    store_ = StateStore::open_if_possible(path(), kNow);
  }
  void keep(unsigned number) { store_->sink().begin(block(source(number)), true); }
  StateStore::Restored load() {
    auto restored = store_->load(kNow, oldest(kNow), kMeaning);
    EXPECT_TRUE(restored) << restored.error().message();
    return restored ? *std::move(restored) : StateStore::Restored();
  }
  // What the next daemon finds.
  std::size_t decisions_after_restart() {
    start();
    EXPECT_TRUE(store_->is_open()) << store_->state().failing;
    return load().decisions.size();
  }

  TemporaryFolder folder_;
  std::unique_ptr<StateStore> store_;
};

TEST_F(WithoutDatabase, TakesNotesUntilItsFolderIsThere) {
  const std::filesystem::path away = folder_.path() / "none" / "deeper" / "state.db";
  store_ = StateStore::open_if_possible(away, kNow);
  EXPECT_FALSE(store_->is_open());
  EXPECT_FALSE(store_->knows_former_state());
  EXPECT_THAT(store_->state().failing, HasSubstr("make its folder first"));
  EXPECT_FALSE(store_->load(kNow, oldest(kNow), kMeaning));
  keep(1);
  EXPECT_FALSE(store_->flush(kTick));
  EXPECT_FALSE(store_->audit({noted("x")}));
  store_->note_audit(noted("waits"));
  EXPECT_FALSE(store_->reopen(kNow));
  std::filesystem::create_directory(folder_.path() / "none");
  EXPECT_TRUE(store_->reopen(kNow)) << "one folder is made";
  EXPECT_THAT(store_->state().failing, IsEmpty());
  EXPECT_TRUE(store_->flush(kTick));
  EXPECT_THAT(load().decisions, SizeIs(1));
  EXPECT_TRUE(store_->knows_former_state());
  ASSERT_THAT(store_->audit_page(0, {})->rows, SizeIs(1));
}

TEST_F(WithoutDatabase, WhatWasDecidedBeforeComesBackWithTheDiskAndWhoWasLetGoDoesNot) {
  std::filesystem::create_directory(disk());
  start();
  load();
  for (unsigned i = 0; i < 3; ++i)
    keep(i);
  ASSERT_TRUE(store_->flush(kTick));
  store_.reset();
  std::filesystem::rename(disk(), folder_.path() / "unmounted");

  std::ofstream(disk()) << "no folder";
  start();
  EXPECT_FALSE(store_->is_open());
  store_->sink().end(block(source(1)), Ending::withdrawn);
  keep(7);
  std::filesystem::remove(disk());
  std::filesystem::rename(folder_.path() / "unmounted", disk());
  ASSERT_TRUE(store_->reopen(kNow));
  EXPECT_FALSE(store_->knows_former_state());
  ASSERT_TRUE(store_->flush(kTick));
  EXPECT_THAT(load().decisions, SizeIs(3));
  EXPECT_EQ(decisions_after_restart(), 3U);
}

TEST_F(WithoutDatabase, AFileThatIsRemovedIsNoticedAndWrittenAnew) {
  std::filesystem::create_directory(disk());
  for (const bool with_folder : {false, true}) {
    start();
    load();
    keep(1);
    keep(2);
    ASSERT_TRUE(store_->flush(kTick));
    store_->look_for_file();
    ASSERT_TRUE(store_->is_open());
    if (with_folder) {
      std::filesystem::remove_all(disk());
    } else {
      std::filesystem::remove(path());
    }
    store_->look_for_file();
    EXPECT_FALSE(store_->is_open());
    EXPECT_THAT(store_->state().failing, HasSubstr("was removed or replaced"));
    ASSERT_TRUE(store_->reopen(kNow)) << store_->state().failing;
    store_->begin_anew();
    keep(1);
    EXPECT_TRUE(store_->flush(kTick));
    store_->look_for_file();
    EXPECT_TRUE(store_->is_open());
    EXPECT_EQ(decisions_after_restart(), 1U);
  }
}

TEST_F(WithoutDatabase, AWriteAheadLogThatIsRemovedIsNoticedToo) {
  std::filesystem::create_directory(disk());
  start();
  load();
  keep(1);
  ASSERT_TRUE(store_->flush(kTick));
  std::filesystem::remove(path() + "-wal");
  store_->look_for_file();
  EXPECT_FALSE(store_->is_open());
  ASSERT_TRUE(store_->reopen(kNow));
  store_->begin_anew();
  keep(1);
  EXPECT_TRUE(store_->flush(kTick));
  EXPECT_EQ(decisions_after_restart(), 1U);
}

TEST_F(WithoutDatabase, WhatIsWrittenAnewLeavesNothingElse) {
  std::filesystem::create_directory(disk());
  start();
  load();
  keep(1);
  keep(2);
  ASSERT_TRUE(store_->flush(kTick));
  store_->begin_anew();
  keep(3);
  ASSERT_TRUE(store_->flush(kTick));
  EXPECT_EQ(decisions_after_restart(), 1U);
}

class SmallDisk : public WithoutDatabase {
 protected:
  void SetUp() override {
    SLUICE_SKIP_UNLESS_ROOT();
    std::filesystem::create_directory(disk());
    ASSERT_EQ(::mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=1m"), 0);
    is_mounted_ = true;
  }
  void TearDown() override {
    store_.reset();
    if (is_mounted_) (void)::umount2(disk().c_str(), MNT_DETACH);
  }
  // To the last byte.
  void fill() const {
    const UniqueFd file(::open((disk() / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const std::string page(4096, 'x');
    while (::write(file.get(), page.data(), page.size()) > 0) {
    }
  }
  void empty() const { std::filesystem::remove(disk() / "filler"); }
  void remount(unsigned long flags) const {
    ASSERT_EQ(::mount("tmpfs", disk().c_str(), "tmpfs", MS_REMOUNT | flags, "size=1m"), 0);
  }
  void keep_two() {
    start();
    load();
    keep(1);
    keep(2);
    ASSERT_TRUE(store_->flush(kTick));
    store_.reset();
  }

 private:
  bool is_mounted_ = false;
};

TEST_F(SmallDisk, ThatIsFullShowsAtTheFirstWriteThatFails) {
  start();
  load();
  keep(1);
  ASSERT_TRUE(store_->flush(kTick));
  fill();
  EXPECT_FALSE(store_->audit({noted("asked for")})) << "refused";
  EXPECT_EQ(store_->state().failing, "SQLite: database or disk is full");
  EXPECT_EQ(store_->state().failures, 1U);
  store_->note_audit(noted("done all the same"));
  EXPECT_FALSE(store_->flush(kTick));
  empty();
  EXPECT_TRUE(store_->flush(kTick));
  EXPECT_THAT(store_->state().failing, IsEmpty());
  ASSERT_THAT(store_->audit_page(0, {})->rows, SizeIs(1));
  EXPECT_EQ(store_->audit_page(0, {})->rows[0].what, "done all the same");
}

TEST_F(SmallDisk, ThatIsFullAtTheStartIsReadAllTheSame) {
  keep_two();
  fill();
  start();
  EXPECT_THAT(load().decisions, SizeIs(2));
  EXPECT_TRUE(store_->knows_former_state());
  keep(3);
  EXPECT_FALSE(store_->flush(kTick));
  EXPECT_THAT(store_->state().failing, testing::Not(IsEmpty()));
  EXPECT_FALSE(store_->is_open() && store_->flush(kTick));
  empty();
  if (!store_->is_open()) {
    ASSERT_TRUE(store_->reopen(kNow)) << store_->state().failing;
  }
  store_->begin_anew();
  for (unsigned i = 1; i < 4; ++i)
    keep(i);
  EXPECT_TRUE(store_->flush(kTick)) << store_->state().failing;
  EXPECT_EQ(decisions_after_restart(), 3U);
}

TEST_F(SmallDisk, ThatIsFullAndHoldsNothingIsDoneWithout) {
  fill();
  start();
  EXPECT_FALSE(store_->is_open());
  keep(1);
  EXPECT_FALSE(store_->reopen(kNow));
  empty();
  ASSERT_TRUE(store_->reopen(kNow)) << store_->state().failing;
  EXPECT_TRUE(store_->flush(kTick));
  EXPECT_EQ(decisions_after_restart(), 1U);
}

TEST_F(SmallDisk, ThatIsReadOnlyAtTheStartIsReadAllTheSame) {
  keep_two();
  ASSERT_NO_FATAL_FAILURE(remount(MS_RDONLY));
  start();
  EXPECT_FALSE(store_->is_open());
  EXPECT_THAT(store_->state().failing, HasSubstr("Read-only file system"));
  const std::uint64_t secret = store_->account_secret();
  EXPECT_THAT(load().decisions, SizeIs(2));
  EXPECT_TRUE(store_->knows_former_state());
  EXPECT_FALSE(store_->reopen(kNow));
  ASSERT_NO_FATAL_FAILURE(remount(0));
  ASSERT_TRUE(store_->reopen(kNow)) << store_->state().failing;
  EXPECT_EQ(store_->account_secret(), secret);
  store_->begin_anew();
  keep(2);
  EXPECT_TRUE(store_->flush(kTick));
  EXPECT_EQ(decisions_after_restart(), 1U);
  EXPECT_EQ(store_->account_secret(), secret);
}

}  // namespace
}  // namespace sluice::store
