// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/inotify.h"

#include <filesystem>
#include <fstream>
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
    events.read([&](const inotify_event&, std::string_view name) { all.emplace_back(name); });
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

}  // namespace
}  // namespace sluice
