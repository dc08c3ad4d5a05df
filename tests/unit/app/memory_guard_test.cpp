// SPDX-License-Identifier: Apache-2.0
// The limit of a control group. What happens where no memory is left needs a process that is not sanitized:
// tests/scale/end_of_memory_test.cpp.
#include "daemon/app/health/memory_guard.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/app/quiet_detection.h"

namespace sluice::app {
namespace {

TEST(MemoryGuard, TheLimitOfTheControlGroupIsKept) {
  std::string folder = testing::TempDir() + "sluice-cgroup-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder + "/" + name) << text;
  };
  write("own", "0::/\n");
  write("memory.max", "max\n");
  write("memory.high", "1000000\n");
  write("memory.stat", "anon 800000\nfile 90000000\n");
  Detection detection;
  MemoryGuard guard(*detection.pipeline, CgroupMemory(folder + "/own", folder));
  guard.look_at_group({0});
  EXPECT_EQ(guard.reliefs(), 0U);
  write("memory.stat", "anon 950000\nfile 90000000\n");
  guard.look_at_group({1});
  EXPECT_EQ(guard.reliefs(), 1U);
  guard.look_at_group({59'000'000'000});
  EXPECT_EQ(guard.reliefs(), 1U) << "what was forgotten is used again first";
  guard.look_at_group({61'000'000'001});
  EXPECT_EQ(guard.reliefs(), 2U);
  write("memory.high", "max\n");
  guard.look_at_group({200'000'000'000});
  EXPECT_EQ(guard.reliefs(), 2U) << "there is no limit any more";
}

}  // namespace
}  // namespace sluice::app
