// SPDX-License-Identifier: Apache-2.0
#include "daemon/resolve/memory.h"

#include <gtest/gtest.h>

namespace sluice::resolve {
namespace {

using State = detection::NameOracle::State;

void answer(Memory& memory, const char* question, KernelTime until) {
  Memory::Entry* entry = memory.find(question, {0});
  ASSERT_NE(entry, nullptr);
  entry->state = State::known;
  entry->until = until;
}

TEST(Memory, KeepsUntilItsTimeIsOver) {
  Memory memory(10);
  EXPECT_EQ(memory.add("a"), 0U);
  EXPECT_EQ(memory.find("a", {1'000})->state, State::pending);
  answer(memory, "a", {500});
  EXPECT_NE(memory.find("a", {499}), nullptr);
  EXPECT_EQ(memory.find("a", {500}), nullptr);
  EXPECT_EQ(memory.size(), 0U);
}

TEST(Memory, ForgetsTheOldestThatIsNotPending) {
  Memory memory(3);
  for (const char* name : {"a", "b", "c"})
    EXPECT_EQ(memory.add(name), 0U);
  for (const char* name : {"b", "c"})
    answer(memory, name, {500});
  EXPECT_EQ(memory.add("d"), 1U);
  EXPECT_NE(memory.find("a", {0}), nullptr);
  EXPECT_EQ(memory.find("b", {0}), nullptr);
  EXPECT_NE(memory.find("c", {0}), nullptr);
  EXPECT_EQ(memory.size(), 3U);
}

}  // namespace
}  // namespace sluice::resolve
