// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/cgroup_memory.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace sluice {
namespace {

class CgroupMemoryTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(folder_.data()), nullptr); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }
  [[nodiscard]] std::optional<CgroupMemory::Use> use() const {
    return CgroupMemory(folder_ + "/own", folder_).use();
  }

  std::string folder_ = testing::TempDir() + "sluice-cgroup-XXXXXX";
};

TEST_F(CgroupMemoryTest, TheGroupNearestToItsLimitCounts) {
  write("own", "12:devices:/x\n0::/system.slice/sluiced.service\n");
  write("system.slice/memory.max", "4000\n");
  write("system.slice/memory.stat", "anon 3900\n");
  write("system.slice/sluiced.service/memory.max", "1000\n");
  write("system.slice/sluiced.service/memory.high", "800\n");
  write("system.slice/sluiced.service/memory.stat", "file 5\nanon 400\n");
  ASSERT_TRUE(use());
  EXPECT_EQ(use()->limit, 4000U);
  EXPECT_EQ(use()->bytes, 3900U);
  write("system.slice/memory.stat", "anon 300\n");
  EXPECT_EQ(use()->limit, 800U) << "the lower one of the two";
  EXPECT_EQ(use()->bytes, 400U);
}

TEST_F(CgroupMemoryTest, WithoutALimitThereIsNone) {
  EXPECT_FALSE(use()) << "no control groups";
  write("own", "0::/a\n");
  EXPECT_FALSE(use());
  write("a/memory.max", "max\n");
  write("a/memory.high", "max\n");
  EXPECT_FALSE(use());
}

}  // namespace
}  // namespace sluice
