// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/bounded_map.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Map = BoundedMap<std::string, int>;
using Items = std::vector<std::pair<std::string, int>>;

Items items(const Map& map) {
  Items all;
  map.for_each([&](const std::string& key, int value) { all.emplace_back(key, value); });
  return all;
}

Map filled(std::size_t capacity, std::initializer_list<const char*> keys) {
  Map map(capacity);
  int value = 0;
  for (const char* key : keys)
    map.touch_or_add(key).value = ++value;
  return map;
}

TEST(BoundedMap, TheOldestMakesRoomAndIsToldOf) {
  Map map = filled(3, {"a", "b", "c"});
  Items forgotten;
  const auto note = [&](const std::string& key, int value) { forgotten.emplace_back(key, value); };
  const auto [value, is_new] = map.touch_or_add("d", note);
  EXPECT_TRUE(is_new);
  EXPECT_EQ(value, 0);
  EXPECT_THAT(forgotten, ElementsAre(Pair("a", 1)));
  EXPECT_THAT(items(map), ElementsAre(Pair("b", 2), Pair("c", 3), Pair("d", 0)));
}

TEST(BoundedMap, ATouchMakesYoungAndALookDoesNot) {
  Map map = filled(3, {"a", "b", "c"});
  EXPECT_EQ(*map.find("a"), 1);
  EXPECT_EQ(map.oldest().key, "a");
  EXPECT_EQ(*map.touch("a"), 1);
  EXPECT_EQ(map.oldest().key, "b");
  const auto known = map.touch_or_add("b", [](const std::string&, int) { FAIL(); });
  EXPECT_FALSE(known.is_new);
  EXPECT_EQ(known.value, 2);
  EXPECT_THAT(items(map), ElementsAre(Pair("c", 3), Pair("a", 1), Pair("b", 2)));
  EXPECT_EQ(map.find("x"), nullptr);
  EXPECT_EQ(map.touch("x"), nullptr);
}

TEST(BoundedMap, WhatIsErasedIsGoneFromBothOrders) {
  Map map = filled(3, {"a", "b", "c"});
  EXPECT_TRUE(map.erase("b"));
  EXPECT_FALSE(map.erase("b"));
  EXPECT_THAT(items(map), ElementsAre(Pair("a", 1), Pair("c", 3)));
  map.touch_or_add("d");
  EXPECT_TRUE(map.contains("a"));  // there was room
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_THAT(items(map), IsEmpty());
}

TEST(BoundedMap, ASmallerCapacityForgetsTheOldest) {
  Map map = filled(4, {"a", "b", "c", "d"});
  std::vector<std::string> forgotten;
  map.set_capacity(2, [&](const std::string& key, int) { forgotten.push_back(key); });
  EXPECT_THAT(forgotten, ElementsAre("a", "b"));
  EXPECT_EQ(map.capacity(), 2U);
  EXPECT_EQ(map.size(), 2U);
}

TEST(BoundedMap, WhoeverMakesRoomHimselfMayGoBeyondTheCapacity) {
  Map map = filled(2, {"a", "b"});
  map.add("c") = 3;
  EXPECT_THAT(items(map), ElementsAre(Pair("a", 1), Pair("b", 2), Pair("c", 3)));
  map.forget_oldest();
  EXPECT_EQ(map.oldest().key, "b");
}

TEST(BoundedMap, EntriesStayWhereTheyAre) {
  Map map(10'000);
  int* const first = &map.touch_or_add("first").value;
  for (int i = 0; i < 5'000; ++i)
    map.touch_or_add(std::to_string(i));
  EXPECT_EQ(map.find("first"), first);
  Map moved = std::move(map);
  EXPECT_EQ(moved.find("first"), first);
  EXPECT_EQ(moved.oldest().key, "first");
  Map other = filled(2, {"x", "y"});
  other = std::move(moved);
  EXPECT_EQ(other.size(), 5'001U);
  EXPECT_EQ(&other.oldest().value, first);
}

}  // namespace
}  // namespace sluice
