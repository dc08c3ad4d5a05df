// SPDX-License-Identifier: Apache-2.0
// Where things are pinned: names, directories, rights, locks.
#include "daemon/kernel/maps/bpf_fs.h"

#include <array>
#include <cstdlib>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

using testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & ACCESSPERMS : 0;
}

gid_t group_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_gid : static_cast<gid_t>(-1);
}

TEST(PinName, KeepsWhatTheKernelRefusesOutOfFileNames) {
  EXPECT_EQ(kernel::program_path("/b", "eth0"), "/b/programs/eth0");
  EXPECT_EQ(kernel::program_path("/b", "eth0.10"), "/b/programs/eth0%2e10");
  for (const char* name : {"eth0", "eth0.10", "a%2eb", "%", "%%2", "wan-1_x"}) {
    const std::string path = kernel::program_path("/b", name);
    EXPECT_EQ(kernel::interface_of_pin(path.substr(std::string("/b/programs/").size())), name);
  }
  EXPECT_EQ(kernel::interface_of_pin("eth0%2e10:4711"), "eth0.10");
}

// A BPF file system as systemd mounts it: closed to all but root.
class ClosedBpfFs : public testing::Test {
 protected:
  void SetUp() override {
    SLUICE_SKIP_UNLESS_ROOT();
    std::array<char, 32> name = {"/tmp/sluice-bpf-XXXXXX"};
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    mount_point_ = name.data();
    ASSERT_EQ(mount("bpf", name.data(), "bpf", 0, "mode=0700"), 0);
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) umount2(mount_point_.c_str(), MNT_DETACH);
    if (!mount_point_.empty()) rmdir(mount_point_.c_str());
  }

  std::string mount_point_;
  bool mounted_ = false;
};

TEST_F(ClosedBpfFs, IsOpenedForTheGroupToPassAndClosedAgain) {
  const std::string bpf_fs = mount_point_ + "/sluice";
  ASSERT_TRUE(kernel::prepare_bpf_fs(bpf_fs, kGroup));
  EXPECT_EQ(mode_of(mount_point_), 0710U);
  EXPECT_EQ(group_of(mount_point_), kGroup);
  for (const auto& path : {bpf_fs, kernel::maps_directory(bpf_fs), kernel::programs_directory(bpf_fs)}) {
    EXPECT_EQ(mode_of(path), 0750U) << path;
    EXPECT_EQ(group_of(path), kGroup) << path;
  }
  ASSERT_TRUE(kernel::prepare_bpf_fs(bpf_fs, kGroup)) << "again";
  kernel::remove_bpf_fs(bpf_fs);
  EXPECT_NE(access(bpf_fs.c_str(), F_OK), 0);
  EXPECT_EQ(mode_of(mount_point_), 0700U);
  EXPECT_EQ(group_of(mount_point_), 0U);
}

TEST_F(ClosedBpfFs, StaysClosedForRootAlone) {
  ASSERT_TRUE(kernel::prepare_bpf_fs(mount_point_ + "/sluice", 0));
  EXPECT_EQ(mode_of(mount_point_), 0700U);
}

TEST_F(ClosedBpfFs, IsNotTakenFromAnotherGroup) {
  ASSERT_EQ(chown(mount_point_.c_str(), 0, kGroup + 1), 0);
  const auto refused = kernel::prepare_bpf_fs(mount_point_ + "/sluice", kGroup);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("chmod o+x " + mount_point_));
}

TEST_F(ClosedBpfFs, ADirectoryThatIsNotEmptyStays) {
  const std::string bpf_fs = mount_point_ + "/sluice";
  ASSERT_TRUE(kernel::prepare_bpf_fs(bpf_fs, kGroup));
  ASSERT_EQ(mkdir((bpf_fs + "/maps/other").c_str(), 0700), 0);
  kernel::remove_bpf_fs(bpf_fs);
  EXPECT_EQ(access((bpf_fs + "/maps/other").c_str(), F_OK), 0);
  EXPECT_EQ(mode_of(mount_point_), 0710U);
}

TEST(BpfFs, RefusesOtherFileSystemsAndUnfitPathsInWords) {
  EXPECT_THAT(kernel::prepare_bpf_fs("/tmp/x", 0).error().message(), HasSubstr("filter.bpf_fs"));
  EXPECT_THAT(kernel::prepare_bpf_fs("sluice", 0).error().message(), HasSubstr("absolute"));
  EXPECT_THAT(kernel::prepare_bpf_fs("/sys/fs/bpf/sluice/", 0).error().message(), HasSubstr("slash"));
}

class LockTest : public KernelTest {};

TEST_F(LockTest, OneDaemonAtATimeOnOneSetOfMaps) {
  EXPECT_THAT(kernel::lock_maps(options_.bpf_fs).error().message(), HasSubstr("`sluiced attach`"));
  must_attach();
  auto first = kernel::lock_maps(options_.bpf_fs);
  ASSERT_TRUE(first) << first.error().message();
  const auto second = kernel::lock_maps(options_.bpf_fs);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr("another sluiced"));
  must_attach();  // the filter can be renewed under a running daemon
  first->reset();
  EXPECT_TRUE(kernel::lock_maps(options_.bpf_fs));
}

TEST_F(LockTest, OneAttachOrDetachAtATime) {
  must_attach();
  const auto held = kernel::lock_directory(options_.bpf_fs, "busy");
  ASSERT_TRUE(held);
  EXPECT_THAT(attach().error().message(), HasSubstr("at work"));
  EXPECT_THAT(detach().error().message(), HasSubstr("at work"));
}

}  // namespace
}  // namespace sluice::test
