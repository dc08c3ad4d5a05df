// SPDX-License-Identifier: Apache-2.0
#include "daemon/base/file.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class File : public testing::Test {
 protected:
  File() {
    std::string pattern = testing::TempDir() + "sluice-file-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~File() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
};

TEST_F(File, IsReplacedAsAWholeAndReadAsAWhole) {
  ASSERT_TRUE(replace_file(path("new/a"), {"one ", "two"}));
  EXPECT_EQ(read_file(path("new/a"), 7).value(), "one two");
  ASSERT_TRUE(replace_file(path("new/a"), {""}));
  EXPECT_EQ(read_file(path("new/a"), 7).value(), "");
  struct stat status {};
  ASSERT_EQ(stat(path("new/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  EXPECT_FALSE(std::filesystem::exists(path("new/a.new")));
}

TEST_F(File, HasTheTimeThatItIsGiven) {
  const WallTime time(Seconds(1'700'000'000) + Nanoseconds(5));
  ASSERT_TRUE(replace_file(path("a"), {"x"}, time));
  struct stat status {};
  ASSERT_EQ(stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1'700'000'000);
  EXPECT_EQ(status.st_mtim.tv_nsec, 5);
}

TEST_F(File, TheOldOneStaysWhereTheNewOneCannotBeMade) {
  ASSERT_TRUE(replace_file(path("a"), {"old"}));
  std::filesystem::create_directory(path("a.new"));
  EXPECT_THAT(replace_file(path("a"), {"new"}).error().message(), StartsWith(path("a") + ": open: "));
  EXPECT_EQ(read_file(path("a"), 100).value(), "old");
  EXPECT_FALSE(replace_file(path("no/such/folder"), {"x"}));
}

TEST_F(File, WhatIsTooLargeOrNoFileIsRefused) {
  ASSERT_TRUE(replace_file(path("a"), {std::string((1U << 20U) + 1, 'x')}));
  EXPECT_THAT(read_file(path("a"), 1U << 20U).error().message(), EndsWith("/a: larger than 1 MiB"));
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(read_file(path("pipe"), 9).error().message(), EndsWith("/pipe: not a regular file"));
  EXPECT_EQ(read_file(path("none"), 9).error().code(), ENOENT);
  EXPECT_TRUE(is_folder(folder_));
  EXPECT_FALSE(is_folder(path("a")));
  EXPECT_FALSE(is_folder(path("none")));
}

}  // namespace
}  // namespace sluice
