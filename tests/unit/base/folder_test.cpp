// SPDX-License-Identifier: Apache-2.0
// That what is done in a folder stays in it, and that root acts with another user's rights where it says so.
#include "daemon/base/folder.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/acting_as.h"
#include "daemon/base/socket_file.h"
#include "tests/support/skip.h"

namespace sluice {
namespace {

constexpr Owner kOther{65'534, 65'534};  // nobody

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    std::string pattern = testing::TempDir() + "sluice-folder-XXXXXX";
    path_ = mkdtemp(pattern.data());
    ::chmod(path_.c_str(), 0755);
    std::filesystem::create_directory(inner());
    std::ofstream(victim()) << "root's own";
  }
  ~FolderTest() override { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string inner() const { return path_ + "/inner"; }
  [[nodiscard]] std::string victim() const { return path_ + "/victim"; }
  [[nodiscard]] Result<Folder> open_inner() const { return Folder::open_parent(inner() + "/file"); }
  static Owner owner_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0);
    return {status.st_uid, status.st_gid};
  }

  std::string path_;
};

TEST_F(FolderTest, WritesOverNothingAndRenamesWithin) {
  const auto folder = open_inner();
  ASSERT_TRUE(folder);
  const auto made = folder->make("a", 0600);
  ASSERT_TRUE(made);
  EXPECT_EQ(folder->make("a", 0600).error().code(), EEXIST);
  EXPECT_TRUE(folder->has("a", *made));
  ASSERT_TRUE(folder->rename("a", "b"));
  EXPECT_TRUE(folder->has("b", *made));
  EXPECT_FALSE(folder->has("a"));
  std::filesystem::create_symlink(victim(), inner() + "/a");
  EXPECT_FALSE(folder->has("a", *made));
  EXPECT_EQ(folder->make("a", 0600).error().code(), EEXIST) << "a link is something";
  ASSERT_TRUE(folder->remove("a"));
  EXPECT_TRUE(std::filesystem::exists(victim()));
  EXPECT_EQ(folder->remove("a").error().code(), ENOENT);
}

TEST_F(FolderTest, ItsOwnLinksAreFollowed) {
  std::filesystem::create_symlink(victim(), inner() + "/a");
  EXPECT_TRUE(open_inner()->open_file("a", O_RDONLY));
}

TEST_F(FolderTest, RootFollowsNoLinkInAnothersFolderAndMakesItsFilesForItsOwner) {
  SLUICE_SKIP_UNLESS_ROOT();
  ASSERT_EQ(::chown(inner().c_str(), kOther.uid, kOther.gid), 0);
  std::filesystem::create_symlink(victim(), inner() + "/link");
  const auto folder = open_inner();
  ASSERT_TRUE(folder && folder->is_of_another_user());
  EXPECT_EQ(folder->open_file("link", O_RDWR).error().code(), ELOOP);
  EXPECT_EQ(folder->make_or_open("link", O_RDWR, 0600).error().code(), ELOOP);
  ASSERT_TRUE(folder->make("mine", 0600));
  EXPECT_EQ(owner_of(inner() + "/mine"), kOther);
  ASSERT_TRUE(make_folder(inner() + "/below", 0750));
  EXPECT_EQ(owner_of(inner() + "/below"), kOther);
  EXPECT_EQ(owner_of(victim()), Owner());
}

TEST_F(FolderTest, RootThatActsAsAnotherUserHasHisRightsUntilItStops) {
  SLUICE_SKIP_UNLESS_ROOT();
  ASSERT_EQ(::chown(inner().c_str(), kOther.uid, kOther.gid), 0);
  ASSERT_EQ(::chmod(victim().c_str(), 0600), 0);
  std::filesystem::create_symlink(victim(), inner() + "/link");
  {
    const auto acting = ActingAs::user(kOther);
    ASSERT_TRUE(acting) << acting.error().message();
    EXPECT_EQ(::access((inner() + "/link").c_str(), F_OK), 0);
    EXPECT_EQ(::open((inner() + "/link").c_str(), O_RDWR | O_CLOEXEC), -1);
    EXPECT_EQ(errno, EACCES);
    std::ofstream(inner() + "/his") << "x";
  }
  EXPECT_EQ(owner_of(inner() + "/his"), kOther);
  EXPECT_EQ(::geteuid(), 0U);
  const UniqueFd again(::open((inner() + "/link").c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(again);
}

TEST_F(FolderTest, WhatIsNoSocketOfOursGetsNoRightsOfOne) {
  std::filesystem::create_symlink(victim(), inner() + "/socket");
  ASSERT_EQ(::chmod(victim().c_str(), 0600), 0);
  EXPECT_FALSE(set_rights_of_socket(inner() + "/socket", 0666));
  EXPECT_FALSE(set_rights_of_socket(victim(), 0666));
  struct stat status {};
  ASSERT_EQ(::stat(victim().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace sluice
