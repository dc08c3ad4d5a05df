// SPDX-License-Identifier: Apache-2.0
// An attach over maps of another size or version: new ones take their place with all that was decided, and
// no packet is judged by empty ones. What cannot be taken over is refused in words and changes nothing.
#include <set>

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <unistd.h>

#include "daemon/kernel/attach/pinned_programs.h"
#include "daemon/kernel/maps/bpf_fs.h"
#include "daemon/kernel/maps/table_copy.h"
#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LifeMapsTest : public KernelTest {
 protected:
  static std::unique_ptr<kernel::VerdictTable> table(kernel::FilterMaps& maps) {
    return *kernel::VerdictTable::create(maps, real_clocks());
  }
  [[nodiscard]] std::set<std::uint32_t> map_ids() const {
    return *kernel::pinned_map_ids(kernel::maps_directory(options_.bpf_fs));
  }
  [[nodiscard]] std::uint32_t map_id(const char* name) const {
    return kernel::MapFd::open(kernel::map_path(options_.bpf_fs, name), kernel::PinAccess::read, 0, 0)->id();
  }
  // As if the maps had been made by an earlier version.
  void mark_version(std::uint32_t version) const {
    auto settings = kernel::WritableMap<std::uint32_t, sluice_settings>::open(
        kernel::map_path(options_.bpf_fs, "settings"));
    ASSERT_TRUE(settings);
    auto value = **settings->find(0);
    value.abi_version = version;
    ASSERT_TRUE(settings->put(0, value));
  }
  void expect_nothing_beside() const {
    EXPECT_NE(access(kernel::new_maps_directory(options_.bpf_fs).c_str(), F_OK), 0);
  }
};

TEST_F(LifeMapsTest, AnotherSizeTakesAllDecisionsOver) {
  must_attach();
  auto before = open_maps();
  const auto former = table(before);
  for (const auto& decision :
       {block(kVisitorV4), block("fd77:1::/64"), allow(kNeighbourV4), block("10.77.0.0/24"),
        throttle("203.0.113.0/25", decisions::Rate{1000, 1000})}) {
    ASSERT_TRUE(former->put(decision, true));
  }
  EXPECT_EQ(send(kVisitorV4), "nothing");
  const auto ids = map_ids();
  const auto counters_id = map_id("counters");

  options_.max_decisions = 5'000;
  const auto report = must_attach();
  EXPECT_TRUE(report.new_maps);
  EXPECT_TRUE(report.interfaces.at(0).upgraded);
  EXPECT_FALSE(before.still_pinned()) << "a daemon that holds the former maps can tell";
  expect_nothing_beside();
  EXPECT_EQ(map_id("counters"), counters_id) << "what fits stays";
  EXPECT_THAT(ids, Not(Contains(map_id("decisions_v4"))));
  auto after = open_maps();
  EXPECT_EQ(after.decisions_v4.max_entries(), 5'000U);
  EXPECT_EQ(after.allow_v4.max_entries(), options_.max_allows);
  EXPECT_EQ(after.decisions_v4.keys()->size(), 3U);
  EXPECT_EQ(after.decisions_v6.keys()->size(), 1U);
  EXPECT_EQ(after.allow_v4.keys()->size(), 1U);
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kVisitorV6), "nothing");
  EXPECT_EQ(send(kNeighbourV4), "hello") << "the allow, over a blocked network";
  const auto states = inspect();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_TRUE(states[0].attached);
  EXPECT_TRUE(states[0].on_pinned_maps);

  EXPECT_FALSE(must_attach().new_maps) << "the same once more: the maps fit now";
  EXPECT_TRUE(after.still_pinned());
}

TEST_F(LifeMapsTest, AnEarlierVersionsDecisionsAreTakenOver) {
  must_attach();
  {
    auto maps = open_maps();
    ASSERT_TRUE(table(maps)->put(block(kVisitorV4), true));
  }
  const auto ids = map_ids();
  mark_version(1);
  EXPECT_THAT(kernel::FilterMaps::open(options_.bpf_fs).error().message(), HasSubstr("version 1"));
  EXPECT_TRUE(must_attach().new_maps);
  for (const auto id : map_ids())
    EXPECT_THAT(ids, Not(Contains(id))) << "none of another version's maps stays";
  EXPECT_EQ(open_maps().settings.abi_version, SLUICE_ABI_VERSION + 0U);
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kNeighbourV4), "hello");
}

// Version 2 had neither areas nor a switch of its own, and other bits for what is near.
TEST_F(LifeMapsTest, VersionTwosDecisionsAreTakenOverWithWhatItHadNoMapsFor) {
  must_attach();
  {
    auto maps = open_maps();
    const auto former = table(maps);
    for (const auto& decision : {block("10.77.0.0/20"), allow(kNeighbourV4), block("fd77::/16")})
      ASSERT_TRUE(former->put(decision, true));
    for (auto& line : maps.near.values())
      line = {};
  }
  mark_version(2);
  for (const char* map : {"areas", "list_switch"})
    ASSERT_EQ(unlink(kernel::map_path(options_.bpf_fs, map).c_str()), 0);
  EXPECT_TRUE(must_attach().new_maps);
  auto after = open_maps();
  EXPECT_EQ(after.settings.abi_version, SLUICE_ABI_VERSION + 0U);
  EXPECT_NE(after.areas->v4[0x0a4d / 64] >> (0x0a4d % 64) & 1, 0U);
  EXPECT_NE(after.areas->v6[0xfd77 / 64] >> (0xfd77 % 64) & 1, 0U);
  EXPECT_EQ(after.list_switch->active, 0U) << "the lists are compiled anew by the daemon";
  EXPECT_EQ(send(kVisitorV4), "nothing");
  EXPECT_EQ(send(kVisitorV6), "nothing");
  EXPECT_EQ(send(kNeighbourV4), "hello");
  expect_nothing_beside();
}

TEST_F(LifeMapsTest, MapsThatAnAttachHalfMadeAreCompleted) {
  must_attach();
  mark_version(0);  // as new settings are, before they are written
  ASSERT_EQ(unlink(kernel::map_path(options_.bpf_fs, "records").c_str()), 0);
  ASSERT_EQ(unlink(kernel::map_path(options_.bpf_fs, "allow_v6").c_str()), 0);
  EXPECT_TRUE(must_attach().new_maps);
  EXPECT_EQ(open_maps().settings.abi_version, SLUICE_ABI_VERSION + 0U);
  EXPECT_EQ(send(kVisitorV4), "hello");
}

TEST_F(LifeMapsTest, WhatDoesNotFitIsRefusedAndChangesNothing) {
  const auto first = must_attach();
  auto maps = open_maps();
  const auto verdicts = table(maps);
  for (int i = 1; i <= 100; ++i)
    ASSERT_TRUE(verdicts->put(block("203.0.113." + std::to_string(i)), true));
  ASSERT_TRUE(verdicts->put(block(kVisitorV4), true));
  const auto ids = map_ids();

  options_.max_decisions = 100;
  const auto refused = attach();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("filter.max_decisions is 100"));
  EXPECT_EQ(map_ids(), ids);
  EXPECT_TRUE(maps.still_pinned());
  expect_nothing_beside();
  EXPECT_EQ(inspect().at(0).attachment.program_id, first.interfaces[0].attachment.program_id);
  EXPECT_EQ(send(kVisitorV4), "nothing");

  options_.max_decisions = 101;
  EXPECT_TRUE(must_attach().new_maps);
  EXPECT_EQ(send(kVisitorV4), "nothing");
}

TEST_F(LifeMapsTest, DecisionsPastTheirEndNeedNoRoom) {
  must_attach();
  auto maps = open_maps();
  const auto verdicts = table(maps);
  ASSERT_TRUE(verdicts->put(block("203.0.113.1", std::chrono::milliseconds(20)), true));
  ASSERT_TRUE(verdicts->put(block(kVisitorV4), true));
  const KernelTime start = kernel_now();
  EXPECT_TRUE(wait_until([&] { return kernel_now().ns - start.ns > 30'000'000; }));
  options_.max_decisions = 1;
  EXPECT_TRUE(must_attach().new_maps);
  EXPECT_EQ(open_maps().decisions_v4.keys()->size(), 1U);
  EXPECT_EQ(send(kVisitorV4), "nothing");
}

TEST_F(LifeMapsTest, WhereOneInterfaceFailsTheFormerMapsStay) {
  const auto first = must_attach();
  const auto ids = map_ids();
  options_.interfaces = {"srv0", "lo"};
  options_.xdp_mode = kernel::XdpMode::native;
  options_.max_allows = 17;
  ASSERT_FALSE(attach());
  EXPECT_EQ(map_ids(), ids);
  expect_nothing_beside();
  const auto states = inspect();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0].attachment.program_id, first.interfaces[0].attachment.program_id);
  EXPECT_TRUE(states[0].on_pinned_maps);
}

// What the daemon decides while an attach is under way: the second copy brings only what is new.
TEST_F(LifeMapsTest, ASecondCopyFollowsWhatChanged) {
  must_attach();
  auto maps = open_maps();
  const auto verdicts = table(maps);
  for (const char* source : {"203.0.113.1", "203.0.113.2", "203.0.113.3"})
    ASSERT_TRUE(verdicts->put(block(source), true));
  kernel::FilterOptions other = options_;
  other.bpf_fs += "-other";
  other.max_decisions = 50;
  join(*server_, "srv1", *visitor_, "vis1");
  other.interfaces = {"srv1"};
  server_->run([&] { ASSERT_TRUE(kernel::attach(other)); });
  const auto copy = [&] {
    return kernel::copy_tables(kernel::maps_directory(options_.bpf_fs), kernel::maps_directory(other.bpf_fs),
                               kernel_now());
  };
  EXPECT_EQ(*copy(), 3U);
  {
    auto copied = kernel::FilterMaps::open(other.bpf_fs);
    ASSERT_TRUE(copied);
    const sluice_key_v4 key = copied->decisions_v4.keys()->front();
    auto counted = **copied->decisions_v4.find(key);
    counted.packets = 77;  // by the program that judges by the copy already
    ASSERT_TRUE(copied->decisions_v4.put(key, counted));
    const auto source = [&](const std::string& text) { return block(text).source; };
    const auto counted_source = *kernel::to_prefix(key);
    for (const char* text : {"203.0.113.1", "203.0.113.2", "203.0.113.3"}) {
      if (source(text) == counted_source) continue;
      verdicts->remove(block(text));
      break;
    }
    ASSERT_TRUE(verdicts->put(block("198.51.100.0/24"), true));
    EXPECT_EQ(*copy(), 3U);
    EXPECT_EQ(copied->decisions_v4.keys()->size(), 3U);
    EXPECT_EQ((*copied->decisions_v4.find(key))->packets, 77U);
    EXPECT_NE(copied->lengths->decision_v4[0] & (1ULL << 24), 0U);
  }
  server_->run([&] { ASSERT_TRUE(kernel::detach(other.bpf_fs)); });
}

TEST_F(LifeMapsTest, AHundredThousandDecisionsAreTakenOver) {
  must_attach();
  auto maps = open_maps();
  const auto verdicts = table(maps);
  for (std::uint32_t i = 0; i < 99'999; ++i) {
    const std::uint8_t low = i & 0xff;
    const std::uint8_t middle = i >> 8 & 0xff;
    auto decision = block("192.0.2.1");
    decision.source =
        Prefix(Address::from_v4({100, static_cast<std::uint8_t>(64 + (i >> 16)), middle, low}), 32);
    ASSERT_TRUE(verdicts->put(decision, true));
  }
  ASSERT_TRUE(verdicts->put(block(kVisitorV4), true));
  options_.max_decisions = 100'001;
  const KernelTime start = kernel_now();
  EXPECT_TRUE(must_attach().new_maps);
  RecordProperty("milliseconds", std::to_string((kernel_now().ns - start.ns) / 1'000'000));
  EXPECT_EQ(open_maps().decisions_v4.keys()->size(), 100'000U);
  EXPECT_EQ(send(kVisitorV4), "nothing");
}

TEST_F(LifeMapsTest, AProgramThatWasNotPinnedIsKnownByItsMaps) {
  const auto first = must_attach();
  ASSERT_EQ(unlink(kernel::program_path(options_.bpf_fs, "srv0").c_str()), 0);
  EXPECT_THAT(inspect(), IsEmpty());
  const auto again = must_attach();
  EXPECT_TRUE(again.interfaces.at(0).upgraded);
  EXPECT_NE(again.interfaces[0].attachment.program_id, first.interfaces[0].attachment.program_id);
  ASSERT_EQ(unlink(kernel::program_path(options_.bpf_fs, "srv0").c_str()), 0);
  EXPECT_THAT(detach()->detached, ElementsAre("srv0"));
  server_->run([] { EXPECT_EQ(std::system("ip -d link show srv0 | grep -q xdp"), 1 << 8); });
}

TEST_F(LifeMapsTest, AnInterfaceThatVanishedDoesNotKeepTheOthersFromAnUpgrade) {
  join(*server_, "srv1", *visitor_, "vis1");
  options_.interfaces = {"srv0", "srv1"};
  must_attach();
  server_->ip("link del srv1");
  const auto without = must_attach();
  EXPECT_EQ(without.interfaces.size(), 1U);
  EXPECT_THAT(without.vanished, ElementsAre("srv1"));
  EXPECT_EQ(inspect().size(), 2U) << "that it was filtered is not forgotten";
  join(*server_, "srv1", *visitor_, "vis1");
  const auto back = must_attach();
  EXPECT_EQ(back.interfaces.size(), 2U);
  EXPECT_THAT(back.vanished, IsEmpty());
  for (const auto& state : inspect())
    EXPECT_TRUE(state.attached) << state.attachment.interface;
}

TEST_F(LifeMapsTest, ARenamedInterfaceIsFoundAndToldOf) {
  const auto first = must_attach();
  server_->ip("link set dev srv0 down");
  server_->ip("link set dev srv0 name web0");
  const auto states = inspect();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_TRUE(states[0].attached);
  EXPECT_EQ(states[0].attachment.interface, "web0");
  EXPECT_EQ(states[0].attachment.program_id, first.interfaces[0].attachment.program_id);
  const auto refused = attach();  // the options name srv0 still
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("runs at web0"));
  EXPECT_TRUE(inspect().at(0).attached);
  EXPECT_THAT(detach()->detached, ElementsAre("web0"));
}

}  // namespace
}  // namespace sluice::test
