// SPDX-License-Identifier: Apache-2.0
// attach, detach and inspect on veth pairs, with traffic.
#include "daemon/kernel/attach/filter.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/kernel/maps/bpf_fs.h"
#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

using kernel::Placement;
using kernel::XdpMode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FilterTest : public KernelTest {
 protected:
  std::unique_ptr<kernel::VerdictTable> table(kernel::FilterMaps& maps) const {
    return *kernel::VerdictTable::create(maps, real_clocks());
  }
};

TEST_F(FilterTest, AttachesNativelyAndSaysWhere) {
  without_ipv6();
  const auto report = must_attach();
  ASSERT_EQ(report.interfaces.size(), 1U);
  const auto& item = report.interfaces.front();
  EXPECT_EQ(item.attachment.interface, "srv0");
  EXPECT_EQ(item.attachment.mode, XdpMode::native);
  EXPECT_NE(item.attachment.program_id, 0U);
  EXPECT_FALSE(item.upgraded);
  EXPECT_EQ(item.native_refused, "");
  EXPECT_THAT(report.removed, IsEmpty());
  EXPECT_FALSE(report.new_maps) << "there were none before";

  const auto states = inspect();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_TRUE(states[0].attached);
  EXPECT_EQ(states[0].attachment.interface, "srv0");
  EXPECT_EQ(states[0].attachment.mode, XdpMode::native);
  EXPECT_EQ(states[0].attachment.placement, item.attachment.placement);
  EXPECT_EQ(states[0].attachment.program_id, item.attachment.program_id);
  EXPECT_EQ(states[0].attachment.index, item.attachment.index);

  EXPECT_EQ(send(kVisitorV4), "hello");
  EXPECT_EQ(kernel::read_counters(open_maps())->reasons[SLUICE_PASS_DEFAULT].packets, 1U);
}

TEST_F(FilterTest, GenericOnlyWhenTold) {
  options_.xdp_mode = XdpMode::generic;
  const auto report = must_attach();
  EXPECT_EQ(report.interfaces.at(0).attachment.mode, XdpMode::generic);
  EXPECT_EQ(report.interfaces.at(0).native_refused, "");
  EXPECT_EQ(inspect().at(0).attachment.mode, XdpMode::generic);

  options_.xdp_mode = XdpMode::native;
  const auto again = attach();
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("generic mode"));
  EXPECT_THAT(again.error().message(), HasSubstr("`sluiced detach`"));
}

TEST_F(FilterTest, FallsBackToGenericAloudWhereTheDriverRefusesNative) {
  options_.interfaces = {"lo"};  // its driver knows no XDP
  const auto report = must_attach();
  EXPECT_EQ(report.interfaces.at(0).attachment.mode, XdpMode::generic);
  EXPECT_THAT(report.interfaces.at(0).native_refused, HasSubstr("Operation not supported"));
  ASSERT_TRUE(detach());

  options_.xdp_mode = XdpMode::native;
  const auto refused = attach();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("lo: "));
  EXPECT_NE(access(options_.bpf_fs.c_str(), F_OK), 0) << "a failed attach leaves nothing behind";
}

TEST_F(FilterTest, DetachRemovesEverythingAndCanBeRepeated) {
  must_attach();
  const auto detached = detach();
  ASSERT_TRUE(detached);
  EXPECT_THAT(detached->detached, ElementsAre("srv0"));
  EXPECT_THAT(detached->gone, IsEmpty());
  EXPECT_THAT(inspect(), IsEmpty());
  server_->run([] { EXPECT_EQ(std::system("ip -d link show srv0 | grep -q xdp"), 1 << 8); });
  const auto again = detach();
  ASSERT_TRUE(again);
  EXPECT_THAT(again->detached, IsEmpty());
}

TEST_F(FilterTest, DetachGoesOnOverAnInterfaceThatVanished) {
  join(*server_, "srv1", *visitor_, "vis1");
  options_.interfaces = {"srv0", "srv1"};
  must_attach();
  server_->ip("link del srv1");
  const auto states = inspect();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_TRUE(states[0].attached);
  EXPECT_FALSE(states[1].attached);
  const auto detached = detach();
  ASSERT_TRUE(detached) << detached.error().message();
  EXPECT_THAT(detached->detached, ElementsAre("srv0"));
  EXPECT_THAT(detached->gone, ElementsAre("srv1"));
}

TEST_F(FilterTest, KnowsItsProgramOnARenamedInterface) {
  must_attach();
  server_->ip("link set dev srv0 down");
  server_->ip("link set dev srv0 name web.80");  // a dot may not stand in a pin's name
  options_.interfaces = {"web.80"};
  const auto report = must_attach();
  EXPECT_TRUE(report.interfaces.at(0).upgraded);
  const auto states = inspect();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].attachment.interface, "web.80");
  EXPECT_TRUE(states[0].attached);
  server_->ip("link set dev web.80 name srv0");
  EXPECT_THAT(detach()->detached, ElementsAre("srv0"));
}

TEST_F(FilterTest, UpgradeKeepsDecisionsAndLetsNothingThrough) {
  const auto first = must_attach();
  auto maps = open_maps();
  ASSERT_TRUE(table(maps)->put(block(kVisitorV4), true));

  // Each round sends one datagram from the blocked address and one from another, and waits for the answer to
  // that.
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> rounds = 0;
  std::uint64_t lost = 0;
  std::uint64_t leaked = 0;
  std::thread traffic([&] {
    const UdpSocket server = server_->run([] { return UdpSocket(kServerV4, kWebPort); });
    const auto [blocked, clean] =
        visitor_->run([] { return std::pair(UdpSocket(kVisitorV4, 0), UdpSocket(kNeighbourV4, 0)); });
    while (!stop) {
      blocked.send_to(kServerV4, kWebPort, "blocked");
      clean.send_to(kServerV4, kWebPort, "clean");
      const auto datagram = server.receive();
      if (!datagram) ++lost;
      if (datagram && datagram->text != "clean") ++leaked;
      ++rounds;
    }
  });
  std::uint32_t last_id = first.interfaces[0].attachment.program_id;
  for (int i = 0; i < 3; ++i) {
    const auto target = rounds + 200;
    EXPECT_TRUE(wait_until([&] { return rounds >= target; }, std::chrono::seconds(20)));
    const auto report = must_attach();
    ASSERT_EQ(report.interfaces.size(), 1U);
    EXPECT_TRUE(report.interfaces[0].upgraded);
    EXPECT_NE(report.interfaces[0].attachment.program_id, last_id);
    EXPECT_EQ(report.interfaces[0].attachment.placement, first.interfaces[0].attachment.placement);
    last_id = report.interfaces[0].attachment.program_id;
  }
  const auto target = rounds + 200;
  EXPECT_TRUE(wait_until([&] { return rounds >= target; }, std::chrono::seconds(20)));
  stop = true;
  traffic.join();

  EXPECT_EQ(lost, 0U) << "of " << rounds;
  EXPECT_EQ(leaked, 0U) << "of " << rounds;
  const auto usage = table(maps)->usage(block(kVisitorV4).source, decisions::Ledger::Slot::denial);
  ASSERT_TRUE(usage && *usage);
  EXPECT_GE((*usage)->packets, rounds.load());  // each round's one; twice counted while two programs run
  EXPECT_TRUE(maps.still_pinned());
  EXPECT_EQ(inspect().size(), 1U);
  RecordProperty("rounds", std::to_string(rounds));
}

TEST_F(FilterTest, SeveralInterfacesShareTheMaps) {
  join(*server_, "srv1", *visitor_, "vis1");
  server_->ip("addr add 10.78.0.1/24 dev srv1");
  visitor_->ip("addr add 10.78.0.2/24 dev vis1");
  options_.interfaces = {"srv0", "srv1"};
  EXPECT_EQ(must_attach().interfaces.size(), 2U);
  auto maps = open_maps();
  ASSERT_TRUE(table(maps)->put(block("10.0.0.0/8"), true));
  const auto dropped = [&] { return kernel::read_counters(maps)->reasons[SLUICE_DROP_DECISION].packets; };
  visitor_->run([] {
    UdpSocket(kVisitorV4, 0).send_to(kServerV4, kWebPort, "one");
    UdpSocket("10.78.0.2", 0).send_to("10.78.0.1", kWebPort, "other");
  });
  EXPECT_TRUE(wait_until([&] { return dropped() == 2; })) << dropped();

  options_.interfaces = {"srv0"};
  const auto fewer = must_attach();
  EXPECT_THAT(fewer.removed, ElementsAre("srv1"));
  EXPECT_EQ(inspect().size(), 1U);
}

TEST_F(FilterTest, WhereOneInterfaceFailsTheOthersAreAsBefore) {
  join(*server_, "srv1", *visitor_, "vis1");
  options_.xdp_mode = XdpMode::native;
  options_.interfaces = {"srv0", "srv1", "lo"};
  ASSERT_FALSE(attach());
  EXPECT_THAT(inspect(), IsEmpty());
  server_->run([] { EXPECT_EQ(std::system("ip -d link show | grep -q prog/xdp"), 1 << 8); });
  EXPECT_NE(access(options_.bpf_fs.c_str(), F_OK), 0) << "a failed attach leaves nothing behind";

  // The same over one that was attached: its former program is back, and its settings.
  options_.interfaces = {"srv0"};
  const auto before = must_attach();
  const auto settings = open_maps().settings;
  options_.interfaces = {"srv0", "srv1", "lo"};
  options_.scope = kernel::Scope::all;
  ASSERT_FALSE(attach());
  const auto states = inspect();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_TRUE(states[0].attached);
  EXPECT_EQ(states[0].attachment.program_id, before.interfaces[0].attachment.program_id);
  EXPECT_EQ(open_maps().settings.loaded_ns, settings.loaded_ns);
  EXPECT_EQ(open_maps().settings.scope, settings.scope);
  EXPECT_EQ(send(kVisitorV4), "hello");
}

TEST_F(FilterTest, NeverRemovesAStrangersProgram) {
  const Stranger stranger = server_->run([] { return Stranger("srv0"); });
  const auto refused = attach();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("stranger (id " + std::to_string(stranger.id()) + ")"));
  EXPECT_THAT(refused.error().message(), HasSubstr("srv0"));
  const auto is_attached = [&] { return server_->run([&] { return stranger.is_attached(); }); };
  EXPECT_TRUE(is_attached());
  ASSERT_TRUE(detach());
  EXPECT_TRUE(is_attached());
}

TEST_F(FilterTest, DetachLeavesTheStrangerThatTookOursPlace) {
  must_attach();
  server_->ip("link set dev srv0 xdp off");
  const Stranger stranger = server_->run([] { return Stranger("srv0"); });
  EXPECT_FALSE(inspect().at(0).attached);
  const auto detached = detach();
  ASSERT_TRUE(detached) << detached.error().message();
  EXPECT_THAT(detached->detached, IsEmpty());
  EXPECT_THAT(detached->gone, ElementsAre("srv0"));
  EXPECT_TRUE(server_->run([&] { return stranger.is_attached(); }));
}

TEST_F(FilterTest, RefusesMapsOfAnotherVersionInWords) {
  must_attach();
  {
    auto settings = kernel::WritableMap<std::uint32_t, sluice_settings>::open(
        kernel::map_path(options_.bpf_fs, "settings"));
    ASSERT_TRUE(settings);
    auto value = **settings->find(0);
    value.abi_version = 99;
    ASSERT_TRUE(settings->put(0, value));
  }
  for (const std::string& message :
       {attach().error().message(), kernel::FilterMaps::open(options_.bpf_fs).error().message()}) {
    EXPECT_THAT(message, HasSubstr("version 99"));
    EXPECT_THAT(message, HasSubstr("`sluiced detach`"));
  }
  ASSERT_TRUE(detach());
  EXPECT_TRUE(attach());
}

TEST_F(FilterTest, SettingsReachTheProgramAndTheMap) {
  options_.scope = kernel::Scope::ports;
  options_.ports = {8080};
  options_.ipv6_source_length = 56;
  without_ipv6();
  must_attach();
  const auto settings = open_maps().settings;
  EXPECT_EQ(settings.abi_version, SLUICE_ABI_VERSION + 0U);
  EXPECT_EQ(settings.scope, SLUICE_SCOPE_PORTS + 0U);
  EXPECT_EQ(settings.ipv6_source_length, 56U);
  EXPECT_EQ(settings.port_count, 1U);
  EXPECT_EQ(settings.ports[0], 8080);
  EXPECT_EQ(settings.report_interval_ns, 10'000'000U);
  EXPECT_GT(settings.loaded_ns, 0U);

  auto maps = open_maps();
  ASSERT_TRUE(table(maps)->put(block(kVisitorV4), true));
  EXPECT_EQ(send(kVisitorV4), "hello") << "port 80 is out of scope";
  EXPECT_EQ(kernel::read_counters(maps)->reasons[SLUICE_PASS_OUT_OF_SCOPE].packets, 1U);
  options_.ports = {80};
  must_attach();
  EXPECT_EQ(send(kVisitorV4), "nothing") << "port 80 is in scope now";
}

TEST_F(FilterTest, OptionsThatCannotBeAreErrorsInWords) {
  const auto refusal = [&] {
    const auto outcome = attach();
    return outcome ? std::string("attached") : outcome.error().message();
  };
  options_.interfaces = {};
  EXPECT_THAT(refusal(), HasSubstr("filter.interfaces is empty"));
  options_.interfaces = {"srv0", "srv0"};
  EXPECT_THAT(refusal(), HasSubstr("twice"));
  options_.interfaces = {"nowhere0"};
  EXPECT_THAT(refusal(), HasSubstr("interface nowhere0: No such device"));
  options_.interfaces = {"srv0"};
  options_.ports = {};
  EXPECT_THAT(refusal(), HasSubstr("filter.ports is empty"));
  options_.ports = {80};
  options_.bpf_fs = "/tmp/sluice-no-bpf-fs";
  EXPECT_THAT(refusal(), HasSubstr("not in a BPF file system"));
}

// The daemon looks for as long as it runs.
TEST_F(FilterTest, LookingLeavesNothingOpen) {
  must_attach();
  const auto open_descriptors = [] { return kernel::list_directory("/proc/self/fd")->size(); };
  ASSERT_TRUE(inspect().at(0).attached);
  const auto before = open_descriptors();
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(inspect().at(0).attached);
  EXPECT_EQ(open_descriptors(), before);
}

// Both at the hook, each doing its part. Only where the kernel lets libxdp's dispatcher call programs.
TEST_F(FilterTest, RunsBesideAnotherUnderTheDispatcher) {
  without_ipv6();
  const auto first = must_attach();
  if (first.interfaces[0].attachment.placement != Placement::dispatcher) {
    GTEST_SKIP() << "this kernel refuses extension programs, which libxdp's dispatcher is made of";
  }
  const kernel::FilterOptions other_options = [&] {
    kernel::FilterOptions options = options_;
    options.bpf_fs += "-other";
    return options;
  }();
  server_->run([&] {
    const auto other = kernel::attach(other_options);
    ASSERT_TRUE(other) << other.error().message();
    EXPECT_EQ(other->interfaces.at(0).attachment.placement, Placement::dispatcher);
  });
  EXPECT_TRUE(inspect().at(0).attached);
  EXPECT_EQ(send(kVisitorV4), "hello");
  const auto other_maps = kernel::FilterMaps::open(other_options.bpf_fs);
  ASSERT_TRUE(other_maps);
  EXPECT_EQ(kernel::read_counters(*other_maps)->reasons[SLUICE_PASS_DEFAULT].packets, 1U);
  EXPECT_EQ(kernel::read_counters(open_maps())->reasons[SLUICE_PASS_DEFAULT].packets, 1U);

  EXPECT_TRUE(must_attach().interfaces.at(0).upgraded);
  ASSERT_TRUE(detach());
  server_->run([&] {
    const auto others = kernel::inspect(other_options.bpf_fs);
    ASSERT_TRUE(others);
    EXPECT_TRUE(others->at(0).attached) << "ours went, the other stays";
    ASSERT_TRUE(kernel::detach(other_options.bpf_fs));
  });
}

}  // namespace
}  // namespace sluice::test
