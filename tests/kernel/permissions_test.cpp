// SPDX-License-Identifier: Apache-2.0
// What an ordinary user without any capability can do with the pins: all that `sluiced run` needs when it is
// in the group, nothing when it is not.
#include <array>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/kernel/events/event_source.h"
#include "daemon/kernel/host/host_addresses.h"
#include "daemon/kernel/maps/bpf_fs.h"
#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr uid_t kUser = 65'534;

// Whether this process has no capability left, in force or to be taken up again.
bool is_powerless() {
  __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (syscall(SYS_capget, &head, data.data()) != 0) return false;
  return (data[0].effective | data[0].permitted | data[1].effective | data[1].permitted) == 0;
}

// Runs in a child process as an ordinary user of the group; returns what the child says.
std::string as_user(gid_t group, const std::function<std::string()>& action) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return "no pipe";
  const UniqueFd from(ends[0]);
  UniqueFd to(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    std::string answer = "could not become an ordinary user";
    if (setgroups(0, nullptr) == 0 && setresgid(group, group, group) == 0 &&
        setresuid(kUser, kUser, kUser) == 0 && is_powerless()) {
      answer = action();
    }
    _exit(write(to.get(), answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()) ? 0 : 1);
  }
  to.reset();
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = read(from.get(), buffer.data(), buffer.size())) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? answer : answer + " (and ended badly)";
}

class PermissionsTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    options_.group = kGroup;
  }
};

TEST_F(PermissionsTest, PinsAreTheGroupsAndNobodyElses) {
  must_attach();
  const auto expect = [&](const std::string& path, mode_t mode) {
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode & ALLPERMS, mode) << path;
    EXPECT_EQ(info.st_uid, 0U) << path;
    EXPECT_EQ(info.st_gid, kGroup) << path;
  };
  expect(options_.bpf_fs, 0750);
  expect(kernel::maps_directory(options_.bpf_fs), 0750);
  expect(kernel::programs_directory(options_.bpf_fs), 0750);
  expect(kernel::program_path(options_.bpf_fs, "srv0"), 0640);
  const auto maps = kernel::list_directory(kernel::maps_directory(options_.bpf_fs));
  ASSERT_TRUE(maps);
  EXPECT_EQ(maps->size(), 18U);
  for (const auto& map : *maps) {
    const bool only_read = map == "settings" || map == "counters" || map == "events" || map == "sources" ||
                           map == "list_hits" || map == "hello_flows";
    expect(kernel::map_path(options_.bpf_fs, map), only_read ? 0640 : 0660);
  }
}

TEST_F(PermissionsTest, AMemberOfTheGroupDoesAllThatTheDaemonNeeds) {
  must_attach();
  (void)send(kVisitorV4);
  await_report_interval();
  (void)send(kVisitorV4);  // leaves a report in the ring buffer
  const std::string said = as_user(kGroup, [&]() -> std::string {
    const auto lock = kernel::lock_maps(options_.bpf_fs);
    if (!lock) return lock.error().message();
    auto maps = kernel::FilterMaps::open(options_.bpf_fs);
    if (!maps) return maps.error().message();
    auto table = kernel::VerdictTable::create(*maps, real_clocks());
    if (!table) return table.error().message();
    for (const auto& decision : {block(kVisitorV4), block("fd77:1::/64"), allow(kNeighbourV4)}) {
      if (auto applied = (*table)->put(decision, true); !applied) return applied.error().message();
    }
    if ((*table)->fill(decisions::Ledger::Slot::denial, Family::ipv4).entries != 1) return "not counted";
    const auto counters = kernel::read_counters(*maps);
    if (!counters) return counters.error().message();
    if (counters->reasons[SLUICE_PASS_DEFAULT].packets == 0) return "no packets counted";

    boost::asio::io_context loop{1};
    std::uint64_t packets = 0;
    const auto events =
        kernel::EventSource::create(loop.get_executor(), *maps, real_clocks(),
                                    {.activity = [&](const auto& activity) { packets += activity.packets; },
                                     .hello = [](const detection::Hello&) {},
                                     .dropped = [](const kernel::DroppedFrame&) {}});
    if (!events) return events.error().message();
    loop.run_one_for(std::chrono::seconds(5));
    if (packets == 0) return "no report";

    return "ok";
  });
  EXPECT_EQ(said, "ok");
  EXPECT_EQ(send(kVisitorV4), "nothing") << "what the user decided is in force";
  EXPECT_EQ(send(kVisitorV6), "nothing");
}

TEST_F(PermissionsTest, AMemberOfTheGroupSeesWhereTheFilterStands) {
  must_attach();
  // Entering a namespace takes root, so the child is in the server's before it becomes an ordinary user.
  const std::string said = server_->run([&] {
    return as_user(kGroup, [&]() -> std::string {
      const auto states = kernel::inspect(options_.bpf_fs);
      if (!states) return states.error().message();
      if (states->size() != 1 || !states->front().attached) return "not seen";
      if (!kernel::host_addresses()) return "no host addresses";
      return std::string(kernel::to_string(states->front().attachment.mode));
    });
  });
  EXPECT_EQ(said, "native");
}

TEST_F(PermissionsTest, AnotherUserMayNotUseThem) {
  must_attach();
  for (const auto& action : std::vector<std::function<std::string()>>{
           [&] { return kernel::FilterMaps::open(options_.bpf_fs).error().message(); },
           [&] { return kernel::lock_maps(options_.bpf_fs).error().message(); }}) {
    const std::string said = as_user(kGroup + 1, action);
    EXPECT_THAT(said, HasSubstr("Permission denied"));
    EXPECT_THAT(said, HasSubstr("member of the group"));
  }
}

TEST_F(PermissionsTest, AttachingTakesRoot) {
  const std::string said = server_->run([&] {
    return as_user(kGroup, [&] {
      const auto report = kernel::attach(options_);
      return report ? std::string("attached") : report.error().message();
    });
  });
  EXPECT_THAT(said, HasSubstr("ermi"));  // permission, or operation not permitted
}

}  // namespace
}  // namespace sluice::test
