// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/inotify.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class InotifyTest : public testing::Test {
 protected:
  InotifyTest() {
    std::string pattern = testing::TempDir() + "sluice-inotify-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~InotifyTest() override { std::filesystem::remove_all(folder_); }

  void make(const std::string& name) const { std::ofstream(folder_ + "/" + name) << "x"; }
  static std::vector<std::string> names(Inotify& events) {
    std::vector<std::string> all;
    events.read([&](const InotifyEvent&, std::string_view name) { all.emplace_back(name); });
    return all;
  }

  boost::asio::io_context io_{1};
  std::string folder_;
};

TEST_F(InotifyTest, WakesUpOnceAndNamesWhatHappened) {
  auto events = Inotify::create(io_.get_executor()).value();
  ASSERT_TRUE(events.add(folder_, IN_CREATE));
  int woken = 0;
  events.wait([&] { ++woken; });
  io_.poll();
  EXPECT_EQ(woken, 0);
  make("one");
  make("two");
  io_.restart();
  io_.run();
  EXPECT_EQ(woken, 1);
  EXPECT_THAT(names(events), ElementsAre("one", "two"));
  EXPECT_THAT(names(events), IsEmpty());
}

TEST_F(InotifyTest, TheSameFolderHasTheSameWatch) {
  auto events = Inotify::create(io_.get_executor()).value();
  const int watch = events.add(folder_, IN_CREATE).value();
  EXPECT_EQ(events.add(folder_ + "/.", IN_CREATE).value(), watch);
  events.remove(watch);
  events.drop_events();  // that the watch is gone is an event too
  make("unseen");
  EXPECT_THAT(names(events), IsEmpty());
}

TEST_F(InotifyTest, WhatIsNotThereIsAnErrorOfItsPath) {
  auto events = Inotify::create(io_.get_executor()).value();
  const auto added = events.add(folder_ + "/none", IN_MODIFY);
  EXPECT_EQ(added.error().code(), ENOENT);
  EXPECT_THAT(added.error().message(), HasSubstr("watching " + folder_ + "/none: "));
}

TEST_F(InotifyTest, NobodyIsWokenAfterItIsClosed) {
  auto events = Inotify::create(io_.get_executor()).value();
  ASSERT_TRUE(events.add(folder_, IN_CREATE));
  events.wait([] { FAIL(); });
  events.close();
  make("late");
  io_.run();
}

// Of this process.
std::size_t inotify_instances() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    count += std::filesystem::read_symlink(entry.path(), ignored) == "anon_inode:inotify" ? 1 : 0;
  }
  return count;
}

TEST_F(InotifyTest, AllUsersOfALoopShareOneInstance) {
  const std::size_t before = inotify_instances();
  std::vector<Inotify> users;
  for (int i = 0; i < 500; ++i) {
    users.push_back(Inotify::create(io_.get_executor()).value());
    ASSERT_TRUE(users.back().add(folder_, IN_CREATE));
  }
  EXPECT_EQ(inotify_instances(), before + 1);
}

TEST_F(InotifyTest, EachUserOfAFolderHasItsOwnEvents) {
  Inotify creations(io_.get_executor());
  Inotify deletions(io_.get_executor());
  const int watch = creations.add(folder_, IN_CREATE).value();
  EXPECT_EQ(deletions.add(folder_, IN_DELETE).value(), watch);
  make("one");
  std::filesystem::remove(folder_ + "/one");
  EXPECT_TRUE(deletions.has_events());
  EXPECT_THAT(names(creations), ElementsAre("one"));
  EXPECT_THAT(names(deletions), ElementsAre("one"));
  creations.remove(watch);
  make("two");
  std::filesystem::remove(folder_ + "/two");
  EXPECT_THAT(names(creations), IsEmpty());
  EXPECT_THAT(names(deletions), ElementsAre("two"));
  deletions.close();
  EXPECT_THAT(names(deletions), IsEmpty());
}

TEST_F(InotifyTest, WakesThoseAloneWhomTheEventConcerns) {
  Inotify one(io_.get_executor());
  Inotify two(io_.get_executor());
  ASSERT_TRUE(one.add_name(folder_, "one", IN_CREATE));
  ASSERT_TRUE(two.add_name(folder_, "two", IN_CREATE));
  std::string woken;
  one.wait([&] { woken += "1"; });
  two.wait([&] { woken += "2"; });
  make("two");
  make("other");
  io_.poll();
  EXPECT_EQ(woken, "2");
  EXPECT_THAT(names(one), IsEmpty());
  EXPECT_THAT(names(two), ElementsAre("two"));
}

constexpr std::uint32_t kNames = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE;

TEST_F(InotifyTest, AnEntryIsFollowedThroughRenames) {
  Inotify events(io_.get_executor());
  ASSERT_TRUE(events.add_name(folder_, "log", kNames));
  make("log");
  std::filesystem::rename(folder_ + "/log", folder_ + "/log.1");
  make("unrelated");
  std::filesystem::rename(folder_ + "/log.1", folder_ + "/log.2");
  std::filesystem::remove(folder_ + "/log.2");
  make("log.2");  // another one
  EXPECT_THAT(names(events), ElementsAre("log", "log", "log.1", "log.1", "log.2", "log.2"));
}

TEST_F(InotifyTest, NamesAreForgottenAndTheirRenamesAreNot) {
  Inotify events(io_.get_executor());
  const int watch = events.add_name(folder_, "log", kNames).value();
  make("log");
  std::filesystem::rename(folder_ + "/log", folder_ + "/log.1");
  EXPECT_THAT(names(events), ElementsAre("log", "log", "log.1"));
  events.forget_names();
  make("log");
  std::filesystem::rename(folder_ + "/log.1", folder_ + "/log.2");
  EXPECT_THAT(names(events), ElementsAre("log.1", "log.2"));
  events.follow_entry(watch, "log");
  std::filesystem::remove(folder_ + "/log");
  EXPECT_THAT(names(events), ElementsAre("log"));
}

TEST_F(InotifyTest, WhoDoesNotReadIsToldThatEventsWereLost) {
  Inotify reader(io_.get_executor());
  Inotify sleeper(io_.get_executor());
  ASSERT_TRUE(reader.add(folder_, IN_CREATE | IN_DELETE));
  ASSERT_TRUE(sleeper.add(folder_, IN_CREATE | IN_DELETE));
  std::size_t read = 0;
  for (std::size_t i = 0; i <= Inotify::kMaxQueued / 2; ++i) {
    make("x");
    std::filesystem::remove(folder_ + "/x");
    read += names(reader).size();
  }
  EXPECT_EQ(read, Inotify::kMaxQueued + 2);
  std::vector<std::uint32_t> masks;
  sleeper.read([&](const InotifyEvent& event, std::string_view) { masks.push_back(event.mask); });
  EXPECT_THAT(masks, ElementsAre(IN_Q_OVERFLOW, IN_DELETE));
}

TEST(InotifyOfALoop, MayOutliveIt) {
  std::optional<Inotify> events;
  {
    boost::asio::io_context io(1);
    events.emplace(io.get_executor());
    ASSERT_TRUE(events->add("/", IN_CREATE));
    events->wait([] {});
  }
  EXPECT_FALSE(events->has_events());
}

}  // namespace
}  // namespace sluice
