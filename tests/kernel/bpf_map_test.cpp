// SPDX-License-Identifier: Apache-2.0
// Typed maps over small real ones.
#include "daemon/kernel/maps/bpf_map.h"

#include <algorithm>

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "daemon/kernel/maps/decision_map.h"
#include "daemon/kernel/maps/wire_address.h"
#include "tests/support/skip.h"

namespace sluice::test {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

static_assert(kernel::WireType<sluice_decision>);
static_assert(kernel::WireType<sluice_key_v6>);
struct Padded {
  std::uint8_t small;
  std::uint32_t large;
};
static_assert(!kernel::WireType<Padded>, "hidden padding would go to the kernel uninitialised");
static_assert(!kernel::WireType<std::string>);

class MapsTest : public testing::Test {
 protected:
  void SetUp() override {
    SLUICE_SKIP_UNLESS_ROOT();
    path_ = "/sys/fs/bpf/sluice-maps-test-" + std::to_string(getpid());
  }
  void TearDown() override {
    if (!path_.empty()) unlink(path_.c_str());
  }
  void pin(bpf_map_type type, std::uint32_t key_size, std::uint32_t value_size, std::uint32_t entries,
           std::uint32_t flags = 0) const {
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.map_flags = flags;
    const UniqueFd map(bpf_map_create(type, "test", key_size, value_size, entries, &options));
    ASSERT_TRUE(map);
    ASSERT_EQ(bpf_obj_pin(map.get(), path_.c_str()), 0);
  }

  std::string path_;
};

TEST_F(MapsTest, PutFindRemoveAndWalk) {
  pin(BPF_MAP_TYPE_HASH, 4, 8, 3);
  auto map = kernel::WritableMap<std::uint32_t, std::uint64_t>::open(path_);
  ASSERT_TRUE(map) << map.error().message();
  EXPECT_EQ(map->max_entries(), 3U);
  EXPECT_TRUE(map->keys()->empty());
  for (std::uint32_t key : {1U, 2U, 3U})
    ASSERT_TRUE(map->put(key, key * 10ULL));
  EXPECT_EQ(map->find(2)->value(), 20U);
  EXPECT_FALSE(map->find(4)->has_value());
  EXPECT_THAT(*map->keys(), UnorderedElementsAre(1U, 2U, 3U));
  EXPECT_EQ(map->put(4, 40).error().code(), E2BIG);
  EXPECT_TRUE(*map->remove(2));
  EXPECT_FALSE(*map->remove(2));
  EXPECT_TRUE(map->put(4, 40));

  const auto reader = kernel::ReadOnlyMap<std::uint32_t, std::uint64_t>::open(path_);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->id(), map->id());
  EXPECT_EQ(reader->find(4)->value(), 40U);
}

// More than one call of the kernel's has, and each once.
TEST_F(MapsTest, WalksThousands) {
  constexpr std::uint32_t kEntries = 10'000;
  pin(BPF_MAP_TYPE_HASH, 4, 8, kEntries);
  auto map = kernel::WritableMap<std::uint32_t, std::uint64_t>::open(path_);
  ASSERT_TRUE(map) << map.error().message();
  for (std::uint32_t key = 0; key < kEntries; ++key)
    ASSERT_TRUE(map->put(key, 1));
  auto keys = map->keys();
  ASSERT_TRUE(keys) << keys.error().message();
  std::ranges::sort(*keys);
  ASSERT_EQ(keys->size(), kEntries);
  for (std::uint32_t key = 0; key < kEntries; ++key)
    ASSERT_EQ((*keys)[key], key);
}

TEST_F(MapsTest, ADifferentLayoutIsAnErrorInWords) {
  pin(BPF_MAP_TYPE_HASH, 4, 8, 3);
  const auto wrong_value = kernel::WritableMap<std::uint32_t, std::uint32_t>::open(path_);
  ASSERT_FALSE(wrong_value);
  EXPECT_THAT(wrong_value.error().message(),
              HasSubstr("4 bytes and its values 8; this sluiced knows them with 4 and 4"));
  EXPECT_FALSE((kernel::WritableMap<std::uint64_t, std::uint64_t>::open(path_)));
  EXPECT_EQ((kernel::WritableMap<std::uint32_t, std::uint64_t>::open(path_ + "-none")).error().code(),
            ENOENT);
}

TEST_F(MapsTest, APerCpuArrayGivesAValueForEachProcessor) {
  pin(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 16, 2);
  const auto map = kernel::PerCpuArray<sluice_counter>::open(path_);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->size(), 2U);
  EXPECT_EQ(map->at(0)->size(), *kernel::possible_cpus());
  EXPECT_EQ(map->at(2).error().code(), ENOENT);
}

TEST_F(MapsTest, AMappedValueIsTheMapsOwn) {
  pin(BPF_MAP_TYPE_ARRAY, 4, sizeof(sluice_lengths), 1, BPF_F_MMAPABLE);
  auto mapped = kernel::MappedValue<sluice_lengths>::open(path_);
  ASSERT_TRUE(mapped) << mapped.error().message();
  (*mapped)->decision_v6[2] = 7;
  const auto read = kernel::ReadOnlyMap<std::uint32_t, sluice_lengths>::open(path_);
  EXPECT_EQ(read->find(0)->value().decision_v6[2], 7U);
}

TEST_F(MapsTest, AnArrayThatCannotBeMappedIsAnError) {
  pin(BPF_MAP_TYPE_ARRAY, 4, sizeof(sluice_lengths), 1);
  EXPECT_THAT(kernel::MappedValue<sluice_lengths>::open(path_).error().message(), HasSubstr("mapping it"));
}

TEST_F(MapsTest, ADecisionMapRemovesEntriesThatNobodyCouldHaveMade) {
  pin(BPF_MAP_TYPE_HASH, sizeof(sluice_key_v4), sizeof(sluice_decision), 8);
  auto map = kernel::WritableMap<sluice_key_v4, sluice_decision>::open(path_);
  ASSERT_TRUE(map);
  ASSERT_TRUE(map->put({.length = 200, .addr_be = 0}, {}));
  __u64 lengths[1] = {};
  std::vector<sluice_list_line> lines(1);
  sluice_areas areas{};
  kernel::ProximityFilter proximity(lines, areas, 0);
  auto table = kernel::DecisionMap<sluice_key_v4>::create(*map, lengths, proximity);
  ASSERT_TRUE(table);
  EXPECT_EQ(*table->remove_unless([](const Prefix&) { return true; }), 1U);
  EXPECT_EQ(table->size(), 0U);
}

TEST(WireAddress, GoesThereAndBack) {
  for (const char* text : {"0.0.0.0/0", "192.0.2.0/24", "192.0.2.1"}) {
    const Prefix prefix = *Prefix::parse(text);
    EXPECT_EQ(kernel::to_prefix(kernel::to_key_v4(prefix)), prefix);
  }
  for (const char* text : {"::/0", "2001:db8::/33", "2001:db8::1"}) {
    const Prefix prefix = *Prefix::parse(text);
    EXPECT_EQ(kernel::to_prefix(kernel::to_key_v6(prefix)), prefix);
  }
  EXPECT_EQ(kernel::to_prefix(sluice_key_v4{.length = 33, .addr_be = 0}), std::nullopt);
  EXPECT_EQ(kernel::to_prefix(sluice_key_v6{.length = 129, .addr_be = {}}), std::nullopt);

  sluice_source_key source{};
  const auto key = kernel::to_key_v6(*Prefix::parse("2001:db8:1:2::/64"));
  std::ranges::copy(key.addr_be, source.addr_be);
  source.family = SLUICE_IPV6;
  EXPECT_EQ(kernel::to_prefix(source, 64), Prefix::parse("2001:db8:1:2::/64").value());
  source.family = 5;
  EXPECT_EQ(kernel::to_prefix(source, 64), std::nullopt);
}

}  // namespace
}  // namespace sluice::test
