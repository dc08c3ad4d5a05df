// SPDX-License-Identifier: Apache-2.0
// That notes of a rescue come back as they were taken, and that what else stands in the file is counted.
#include "daemon/store/rescue_notes.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using testing::SizeIs;

class RescueNotesTest : public testing::Test {
 protected:
  [[nodiscard]] RescueNotes read() const {
    const auto notes = read_rescue_notes(folder_.database());
    EXPECT_TRUE(notes) << notes.error().message();
    return notes ? *notes : RescueNotes();
  }
  static RescueNote unblock(unsigned number) {
    return {RescueNote::Kind::unblock, kNow, 0, "root", source(number), kForever, "sluiced rescue"};
  }

  TemporaryFolder folder_;
};

TEST_F(RescueNotesTest, ComeBackInTheirOrder) {
  EXPECT_THAT(read().notes, SizeIs(0));
  ASSERT_TRUE(add_rescue_notes(folder_.database(), std::array{unblock(1), unblock(2)}));
  const RescueNote allow{
      RescueNote::Kind::allow, kNow + Seconds(1),         1000, "alice", *Prefix::parse("2001:db8::/48"),
      kNow + Seconds(60),      "a customer\twith\na line"};
  ASSERT_TRUE(add_rescue_notes(folder_.database(), std::array{allow}));
  const RescueNotes found = read();
  ASSERT_THAT(found.notes, SizeIs(3));
  EXPECT_EQ(found.unreadable, 0U);
  EXPECT_EQ(found.notes[1].source, source(2));
  EXPECT_EQ(found.notes[1].until, kForever);
  EXPECT_EQ(found.notes[2].kind, RescueNote::Kind::allow);
  EXPECT_EQ(found.notes[2].time, allow.time);
  EXPECT_EQ(found.notes[2].uid, 1000);
  EXPECT_EQ(found.notes[2].name, "alice");
  EXPECT_EQ(found.notes[2].source, allow.source);
  EXPECT_EQ(found.notes[2].until, allow.until);
  EXPECT_EQ(found.notes[2].reason, "a customer with a line");
  struct stat file {};
  ASSERT_EQ(stat(rescue_file(folder_.database()).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  ASSERT_TRUE(remove_rescue_notes(folder_.database()));
  EXPECT_THAT(read().notes, SizeIs(0));
}

TEST_F(RescueNotesTest, EndWhatBeganBeforeThem) {
  decisions::Decision decision = block(source(1));
  EXPECT_TRUE(unblock(1).ends(decision));
  EXPECT_FALSE(unblock(2).ends(decision));
  decision.since = kNow + Nanoseconds(1);
  EXPECT_FALSE(unblock(1).ends(decision));
  decision.since = kNow;
  decision.action = decisions::Action::allow;
  EXPECT_FALSE(unblock(1).ends(decision));
}

TEST_F(RescueNotesTest, WhatCannotBeReadIsCounted) {
  ASSERT_TRUE(add_rescue_notes(folder_.database(), std::array{unblock(1)}));
  std::ofstream(rescue_file(folder_.database()), std::ios::app)
      << "block\t1\t0\troot\t192.0.2.1\t5\t\nunblock\tnow\t0\troot\t192.0.2.1\t5\t\nunblock\t1\n";
  EXPECT_THAT(read().notes, SizeIs(1));
  EXPECT_EQ(read().unreadable, 3U);
}

// The disk's end is made with the limit on file sizes.
TEST_F(RescueNotesTest, AreKeptWholeOrNotAtAll) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_TRUE(add_rescue_notes(folder_.database(), std::array{unblock(1)}));
  rlimit full = before;
  full.rlim_cur = std::filesystem::file_size(rescue_file(folder_.database())) + 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto kept = add_rescue_notes(folder_.database(), std::array{unblock(2)});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(kept);
  EXPECT_THAT(read().notes, SizeIs(1));
  EXPECT_EQ(read().unreadable, 0U);
}

}  // namespace
}  // namespace sluice::store
