// SPDX-License-Identifier: Apache-2.0
// What files are opened, made, set aside, refused.
#include "daemon/store/database.h"

#include <filesystem>
#include <fstream>
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

class DatabaseTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.database(); }
  [[nodiscard]] std::string aside() const { return path() + ".corrupt-20261124T000000Z"; }

  // A sound database of `blocks` decisions that nobody has open.
  void fill(unsigned blocks) const {
    const auto store = StateStore::open(path(), kNow);
    ASSERT_TRUE(store) << store.error().message();
    for (unsigned i = 0; i < blocks; ++i)
      (*store)->sink().begin(block(source(i)), true);
    ASSERT_TRUE((*store)->flush(KernelTime{}));
  }
  void overwrite(std::streamoff at, const std::string& bytes) const {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
    ASSERT_TRUE(file.good());
  }
  // Opens a damaged file; what was said of it.
  [[nodiscard]] std::string set_aside() const {
    const auto store = StateStore::open(path(), kNow);
    if (!store) return "not opened: " + store.error().message();
    const auto restored = (*store)->load(kNow, oldest(kNow, kNow), kMeaning);
    EXPECT_TRUE(restored);
    EXPECT_TRUE(restored->decisions.empty());
    (*store)->sink().begin(block(source(1)), true);
    EXPECT_TRUE((*store)->flush(KernelTime{}));
    return (*store)->set_aside().value_or("nothing");
  }

  TemporaryFolder folder_;
};

TEST_F(DatabaseTest, ANewOneIsForItsOwnerAlone) {
  fill(1);
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(DatabaseTest, IsWrittenAheadAndOnTheDiskAtEachCommit) {
  auto database = Database::open(path(), kNow);
  ASSERT_TRUE(database);
  auto mode = database->prepare("PRAGMA journal_mode");
  ASSERT_TRUE(mode && *mode->step());
  EXPECT_EQ(mode->text(0), "wal");
  auto synchronous = database->prepare("PRAGMA synchronous");
  ASSERT_TRUE(synchronous && *synchronous->step());
  EXPECT_EQ(synchronous->integer(0), 2);
}

TEST_F(DatabaseTest, OneThatIsNoDatabaseIsSetAside) {
  std::ofstream(path()) << std::string(5000, 'x');
  EXPECT_EQ(set_aside(), path() + " is damaged (SQLite: file is not a database); it is kept as " + aside() +
                             ", and a new one is started. What it held cannot be told");
  EXPECT_EQ(std::filesystem::file_size(aside()), 5000U);
  EXPECT_FALSE(StateStore::open(path(), kNow).value()->set_aside()) << "the new one is sound";
}

TEST_F(DatabaseTest, OneWithADamagedPageIsSetAside) {
  fill(1000);
  overwrite(3 * 4096, std::string(std::size_t{40} * 4096, '\x5a'));
  EXPECT_THAT(set_aside(), HasSubstr("and a new one is started"));
  EXPECT_TRUE(std::filesystem::exists(aside()));
}

TEST_F(DatabaseTest, OneThatWasCutOffIsSetAside) {
  fill(1000);
  std::filesystem::resize_file(path(), 20'000);
  EXPECT_THAT(set_aside(), HasSubstr("and a new one is started"));
}

TEST_F(DatabaseTest, AnEmptyFileIsAsGoodAsNone) {
  std::ofstream(path()).close();
  EXPECT_EQ(set_aside(), "nothing");
}

TEST_F(DatabaseTest, OneOfAnotherProgramIsLeftAlone) {
  {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(other, "PRAGMA application_id = 42; CREATE TABLE decision (what TEXT)", nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(other);
  }
  const auto opened = Database::open(path(), kNow);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), path() + ": this is a database of another program; name another file");
  EXPECT_FALSE(std::filesystem::exists(aside()));
}

TEST_F(DatabaseTest, OneOfALaterVersionIsLeftAlone) {
  {
    auto database = Database::open(path(), kNow);
    ASSERT_TRUE(database && database->execute("CREATE TABLE later (what TEXT); PRAGMA user_version = 1000"));
  }
  const auto opened = Database::open(path(), kNow);
  ASSERT_FALSE(opened);
  EXPECT_EQ(
      opened.error().message(),
      path() + ": written by a later Sluice (schema 1000, this one knows 6); upgrade, or move the file away");
}

TEST_F(DatabaseTest, OneWhoseHeaderAloneIsAnothersIsDamaged) {
  for (const char* header :
       {"PRAGMA application_id = 42", "PRAGMA user_version = 1000", "PRAGMA user_version = -5"}) {
    fill(3);
    {
      auto database = Database::open(path(), kNow);
      ASSERT_TRUE(database && database->execute(header));
    }
    EXPECT_THAT(set_aside(), HasSubstr("its header names ")) << header;
    std::filesystem::remove(path());
  }
}

TEST_F(DatabaseTest, OneThatLacksAColumnIsSetAsideWithWordsOfWhatItHeld) {
  fill(3);
  {
    auto database = Database::open(path(), kNow);
    ASSERT_TRUE(database && database->execute("ALTER TABLE decision RENAME COLUMN action TO acuion"));
  }
  EXPECT_THAT(set_aside(),
              testing::AllOf(HasSubstr("has no column named action"), HasSubstr("It held 3 decisions")));
}

TEST_F(DatabaseTest, OneOfAnEarlierVersionIsBroughtUpToDateWithWhatIsInIt) {
  {
    auto store = StateStore::open(path(), kNow);
    ASSERT_TRUE(store);
    store.value()->remember(detection::BlockHistory{source(7), 2, kNow});
    ASSERT_TRUE(store.value()->flush(KernelTime{1}));
  }
  {
    auto database = Database::open(path(), kNow);
    ASSERT_TRUE(
        database &&
        database->execute(
            "DROP TABLE past; DROP TABLE account; DROP TABLE number; DROP TABLE reach; DROP TABLE audit; DROP TABLE "
            "audit_anchor; PRAGMA user_version = 2"));
  }
  const auto store = StateStore::open(path(), kNow);
  ASSERT_TRUE(store) << store.error().message();
  const auto restored = (*store)->load(kNow, oldest(kNow), kMeaning);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->block_histories.size(), 1U);
  EXPECT_TRUE(restored->accounts.ages.empty());
}

TEST_F(DatabaseTest, AMissingFolderComesWithTheRemedy) {
  const auto opened = Database::open("/nonexistent/state.db", kNow);
  ASSERT_FALSE(opened);
  EXPECT_EQ(
      opened.error().message(),
      "/nonexistent/state.db: cannot be opened or made: No such file or directory; make its folder first");
}

TEST_F(DatabaseTest, AFolderIsNone) {
  const auto opened = Database::open(folder_.path(), kNow);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("cannot be opened or made: Is a directory"));
}

TEST_F(DatabaseTest, ATransactionThatIsNotCommittedLeavesNothing) {
  auto database = Database::open(path(), kNow);
  ASSERT_TRUE(database);
  {
    const auto transaction = Transaction::begin(*database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database->execute("INSERT INTO position VALUES ('/a', '1')"));
  }
  auto count = database->prepare("SELECT count(*) FROM position");
  ASSERT_TRUE(count && *count->step());
  EXPECT_EQ(count->integer(0), 0);
}

TEST_F(DatabaseTest, AStatementSaysWhatIsWrongAndCanBeUsedAgain) {
  auto database = Database::open(path(), kNow);
  ASSERT_TRUE(database);
  EXPECT_EQ(database->prepare("SELEC").error().message(), "SQLite: near \"SELEC\": syntax error");
  auto insert = database->prepare("INSERT INTO position VALUES (?1, ?2)");
  ASSERT_TRUE(insert);
  EXPECT_FALSE(insert->bind(1, "/a").bind(3, "there is no third").run());
  EXPECT_TRUE(insert->bind(1, "/a").bind(2, "1").run());
  EXPECT_EQ(insert->bind(1, "/a").bind(2, "1").run().error().message(),
            "SQLite: UNIQUE constraint failed: position.path");
  EXPECT_TRUE(insert->bind(1, "/b").bind(2, "1").run());
}

}  // namespace
}  // namespace sluice::store
