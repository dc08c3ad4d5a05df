// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/operators/broadcast.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

using testing::ElementsAre;

TEST(Broadcast, TellsListenersInTheOrderInWhichTheySubscribed) {
  Broadcast<int> broadcast;
  std::vector<std::string> heard;
  const auto a = broadcast.subscribe([&](int event) { heard.push_back("a" + std::to_string(event)); });
  const auto b = broadcast.subscribe([&](int event) { heard.push_back("b" + std::to_string(event)); });
  broadcast.send(1);
  EXPECT_THAT(heard, ElementsAre("a1", "b1"));
}

TEST(Broadcast, AListenerHearsNothingAfterItsSubscriptionIsGone) {
  Broadcast<int> broadcast;
  int a = 0;
  int b = 0;
  auto first = broadcast.subscribe([&](int event) { a += event; });
  {
    const auto second = broadcast.subscribe([&](int event) { b += event; });
    broadcast.send(1);
  }
  broadcast.send(10);
  auto moved = std::move(first);
  broadcast.send(100);
  moved.end();
  broadcast.send(1000);
  EXPECT_EQ(a, 111);
  EXPECT_EQ(b, 1);
}

TEST(Broadcast, ASubscriptionMayOutliveIt) {
  std::optional<Broadcast<int>> broadcast(std::in_place);
  auto subscription = broadcast->subscribe([](int) {});
  broadcast.reset();
  subscription.end();
}

}  // namespace
}  // namespace sluice::app
