// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/run/end_of_turn.h"

#include <optional>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sluice::app {
namespace {

TEST(EndOfTurn, DoesItOnceHoweverOftenItIsAsked) {
  boost::asio::io_context io{1};
  int done = 0;
  EndOfTurn soon(io.get_executor(), [&] { ++done; });
  soon.ask();
  soon.ask();
  EXPECT_EQ(done, 0) << "within the turn nothing is done";
  io.run();
  EXPECT_EQ(done, 1);
  soon.ask();
  io.restart();
  io.run();
  EXPECT_EQ(done, 2);
}

TEST(EndOfTurn, DoesNothingOnceItIsStoppedOrGone) {
  boost::asio::io_context io{1};
  int done = 0;
  EndOfTurn stopped(io.get_executor(), [&] { ++done; });
  stopped.ask();
  stopped.stop();
  std::optional<EndOfTurn> gone;
  gone.emplace(io.get_executor(), [&] { ++done; });
  gone->ask();
  gone.reset();
  io.run();
  EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace sluice::app
