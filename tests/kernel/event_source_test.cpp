// SPDX-License-Identifier: Apache-2.0
// Activity of real traffic, through the ring buffer into the event loop.
#include "daemon/kernel/event_source.h"

#include <map>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

class EventSourceTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    options_.max_sources = 16'384;
    if (!server_ || IsSkipped()) return;
    must_attach();
    maps_.emplace(open_maps());
  }

  kernel::EventSource make_source(std::function<void(const detection::Activity&)> handler) {
    auto source = kernel::EventSource::create(loop_.get_executor(), *maps_, real_clocks(),
                                              {.activity = std::move(handler),
                                               .hello = [](const detection::Hello&) {},
                                               .dropped = [](const kernel::DroppedFrame&) {}});
    if (!source) throw std::runtime_error(source.error().message());
    return *std::move(source);
  }

  // Lets the loop run, waking only for events, until the condition holds.
  bool run_until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition() && std::chrono::steady_clock::now() < end)
      loop_.run_one_until(end);
    return condition();
  }

  boost::asio::io_context loop_{1};
  std::optional<kernel::FilterMaps> maps_;
};

TEST_F(EventSourceTest, DeliversWhatEachSourceDid) {
  std::map<Prefix, detection::Activity> seen;
  const WallTime before = wall_now();
  const auto source = make_source([&](const detection::Activity& activity) {
    auto& sum = seen[activity.source];
    sum.time = activity.time;
    sum.packets += activity.packets;
    sum.bytes += activity.bytes;
    sum.attempts += activity.attempts;
  });
  // A source is reported with the first packet after the interval: the second round tells of the first and
  // itself.
  const auto round = [&] {
    visitor_->run([] {
      attempt_tcp(kVisitorV4, kServerV4, kWebPort);
      UdpSocket(kVisitorV6, 0).send_to(kServerV6, kWebPort, "one");
      UdpSocket(kVisitorV6SameNetwork, 0).send_to(kServerV6, kWebPort, "two");
    });
  };
  const auto passed = [&] { return kernel::read_counters(*maps_)->reasons[SLUICE_PASS_DEFAULT].packets; };
  round();
  ASSERT_TRUE(wait_until([&] { return passed() >= 3; }));
  await_report_interval();
  round();
  const Prefix v4 = *Prefix::parse(kVisitorV4);
  const Prefix v6 = *Prefix::parse("fd77:1::/64");
  ASSERT_TRUE(run_until([&] { return seen.contains(v4) && seen.contains(v6); }));
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_GE(seen[v4].attempts, 2U);
  EXPECT_GE(seen[v4].packets, 2U);
  EXPECT_GE(seen[v4].bytes, 2U * (14 + 20 + 20));
  EXPECT_EQ(seen[v6].attempts, 0U);
  EXPECT_EQ(seen[v6].packets, 3U);  // the fourth comes with a later report
  EXPECT_EQ(seen[v6].bytes, 3U * (14 + 40 + 8 + 3));
  EXPECT_GT(seen[v4].time, before);
  EXPECT_LE(seen[v4].time, wall_now());
  EXPECT_GE(source.counts().activities, 2U);
  EXPECT_EQ(source.counts().malformed, 0U);
  EXPECT_EQ(source.counts().unknown, 0U);
}

TEST_F(EventSourceTest, AFloodIsTakenInTurnsWithOthers) {
  // The records of a daemon that was away: two packets each of many sources, reported with the second.
  constexpr unsigned kSources = 3'000;
  visitor_->ip("route add local 10.77.128.0/17 dev lo");
  const UdpSocket server =
      server_->run([] { return UdpSocket(kServerV4, kWebPort); });  // so that none is refused
  for (int round = 0; round < 2; ++round) {
    visitor_->run([] {
      for (unsigned i = 0; i < kSources; ++i) {
        UdpSocket(fmt::format("10.77.{}.{}", 128 + i / 250, 1 + i % 250), 0)
            .send_to(kServerV4, kWebPort, "x");
      }
    });
    await_report_interval();
  }
  std::uint64_t packets = 0;
  std::uint64_t reports = 0;
  const auto source = make_source([&](const detection::Activity& activity) {
    packets += activity.packets;
    ++reports;
  });
  std::uint64_t turns = 0;
  EXPECT_TRUE(run_until([&] {
    ++turns;
    return packets == 2 * kSources;
  })) << packets;
  EXPECT_EQ(reports, kSources);
  EXPECT_GE(turns, reports / 1024) << "no turn may take all";
  EXPECT_EQ(kernel::read_counters(*maps_)->events[SLUICE_REPORTS_LOST], 0U);
}

TEST_F(EventSourceTest, CanGoWhileItWaitsAndWhileAnEventIsOnItsWay) {
  std::uint64_t calls = 0;
  auto source =
      std::make_unique<kernel::EventSource>(make_source([&](const detection::Activity&) { ++calls; }));
  for (int i = 0; i < 3; ++i)
    (void)send(kVisitorV4);
  source.reset();
  EXPECT_GE(loop_.run(), 0U);  // returns: nothing is waited for any more
  EXPECT_EQ(calls, 0U);
}

}  // namespace
}  // namespace sluice::test
