// SPDX-License-Identifier: Apache-2.0
// An attach or a detach that is killed before each of its steps in turn, under traffic: what it leaves is the
// former filter or the new one, whole, and the next attach or detach goes on from there.
#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/kernel/maps/bpf_fs.h"
#include "tests/kernel/fixture.h"

namespace sluice::test {
namespace {

// The system calls that change what outlives the process: all that stands between two of them is one state.
bool changes_something(std::uint64_t call, std::uint64_t command) {
  constexpr std::array commands = {BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_UPDATE_BATCH,
                                   BPF_OBJ_PIN};
  if (call == SYS_bpf) return std::ranges::find(commands, static_cast<bpf_cmd>(command)) != commands.end();
  constexpr std::array calls = {SYS_renameat2, SYS_rename,  SYS_unlink, SYS_rmdir, SYS_mkdir,
                                SYS_sendto,    SYS_sendmsg, SYS_chmod,  SYS_chown};
  return std::ranges::find(calls, static_cast<long>(call)) != calls.end();
}

// Runs `act` in a child that is killed just before its `step`-th such call, from 1 on. False: it ended before
// that, by itself.
bool killed_at(unsigned step, const std::function<void()>& act) {
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    act();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) throw std::runtime_error("the child cannot be traced");
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (unsigned seen = 0;;) {
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    waitpid(child, &status, 0);
    if (WIFEXITED(status) || WIFSIGNALED(status)) return false;
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    struct __ptrace_syscall_info info {};
    ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !changes_something(info.entry.nr, info.entry.args[0]))
      continue;
    if (++seen < step) continue;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return true;
  }
}

class LifeKillTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    options_.max_decisions = 64;  // quickly made
    options_.max_allows = 64;
  }

  void block_visitor() const {
    auto maps = open_maps();
    const auto verdicts = kernel::VerdictTable::create(maps, real_clocks());
    // Longer than a sweep takes on an emulated processor.
    ASSERT_TRUE((*verdicts)->put(block(kVisitorV4, std::chrono::hours(1)), true));
  }

  void attach_here() const {
    const NetworkNamespace::Inside inside(*server_);
    (void)kernel::attach(options_);
  }
  void detach_here() const {
    const NetworkNamespace::Inside inside(*server_);
    (void)kernel::detach(options_.bpf_fs);
  }

  // One program at the interface, which judges by the maps that a daemon would open, and knows the decision.
  void expect_whole(const std::string& when) const {
    const auto states = inspect();
    ASSERT_EQ(states.size(), 1U) << when;
    EXPECT_TRUE(states[0].attached) << when;
    EXPECT_TRUE(states[0].on_pinned_maps) << when;
    auto maps = kernel::FilterMaps::open(options_.bpf_fs);
    ASSERT_TRUE(maps) << when << ": " << maps.error().message();
    EXPECT_EQ(maps->decisions_v4.keys()->size(), 1U) << when;
    EXPECT_EQ(kernel::list_directory(options_.bpf_fs)->size(), 2U) << when << ": something was left beside";
    EXPECT_EQ(kernel::list_directory(kernel::programs_directory(options_.bpf_fs))->size(), 1U) << when;
  }
};

// From a blocked and a clean address in turn, until it goes; each packet of the clean one is awaited.
class Traffic {
 public:
  Traffic(const NetworkNamespace& server, const NetworkNamespace& visitor)
      : thread_([this, &server, &visitor] { run(server, visitor); }) {}
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;
  ~Traffic() { stop(); }

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::atomic<std::uint64_t> rounds = 0;
  std::atomic<std::uint64_t> lost = 0;
  std::atomic<std::uint64_t> leaked = 0;

 private:
  void run(const NetworkNamespace& server_space, const NetworkNamespace& visitor_space) {
    const UdpSocket server = server_space.run([] { return UdpSocket(kServerV4, kWebPort); });
    const auto [blocked, clean] =
        visitor_space.run([] { return std::pair(UdpSocket(kVisitorV4, 0), UdpSocket(kNeighbourV4, 0)); });
    while (!stop_) {
      for (int i = 0; i < 8; ++i)
        blocked.send_to(kServerV4, kWebPort, "blocked");
      clean.send_to(kServerV4, kWebPort, "clean");
      const auto datagram = server.receive();
      if (!datagram) ++lost;
      if (datagram && datagram->text != "clean") ++leaked;
      ++rounds;
    }
  }

  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// An attach takes a third of a second, most of it the verifier's, so that only every seventh step is killed
// at unless the environment variable SLUICE_EXHAUSTIVE is set.
unsigned stride() {
  return std::getenv("SLUICE_EXHAUSTIVE") != nullptr ? 1 : 7;
}

// Kills `act` before one step after the other until it ends by itself; `prepare` before each, `recover` after
// each. Returns how often it was killed.
unsigned sweep(const std::function<void()>& prepare, const std::function<void()>& act,
               const std::function<void(const std::string&)>& recover) {
  unsigned kills = 0;
  for (unsigned step = 1;; step += stride(), ++kills) {
    prepare();
    const bool killed = killed_at(step, act);
    recover("killed at step " + std::to_string(step));
    if (!killed || testing::Test::HasFatalFailure()) return kills;
  }
}

TEST_F(LifeKillTest, AnUpgradeKilledAtAnyStepLetsNothingThrough) {
  must_attach();
  block_visitor();
  Traffic traffic(*server_, *visitor_);
  const auto kills = sweep([] {}, [&] { attach_here(); },
                           [&](const std::string& when) {
                             const auto recovered = attach();
                             ASSERT_TRUE(recovered) << when << ": " << recovered.error().message();
                             EXPECT_TRUE(recovered->interfaces.at(0).upgraded)
                                 << when << ": the filter was not there";
                             expect_whole(when);
                           });
  traffic.stop();
  EXPECT_GT(kills, 2U);
  EXPECT_EQ(traffic.leaked, 0U) << "of " << traffic.rounds;
  EXPECT_EQ(traffic.lost, 0U) << "of " << traffic.rounds;
  RecordProperty("kills", std::to_string(kills));
  RecordProperty("rounds", std::to_string(traffic.rounds));
}

TEST_F(LifeKillTest, AMigrationKilledAtAnyStepLetsNothingThrough) {
  must_attach();
  block_visitor();
  Traffic traffic(*server_, *visitor_);
  const auto kills =
      sweep([&] { ++options_.max_decisions; }, [&] { attach_here(); },
            [&](const std::string& when) {
              const auto recovered = attach();
              ASSERT_TRUE(recovered) << when << ": " << recovered.error().message();
              EXPECT_TRUE(recovered->interfaces.at(0).upgraded) << when << ": the filter was not there";
              expect_whole(when);
              EXPECT_EQ(open_maps().decisions_v4.max_entries(), options_.max_decisions) << when;
            });
  traffic.stop();
  EXPECT_GT(kills, 2U);
  EXPECT_EQ(traffic.leaked, 0U) << "of " << traffic.rounds;
  EXPECT_EQ(traffic.lost, 0U) << "of " << traffic.rounds;
  RecordProperty("kills", std::to_string(kills));
  RecordProperty("rounds", std::to_string(traffic.rounds));
}

TEST_F(LifeKillTest, AMigrationKilledAtAnyStepCanBeDetached) {
  const auto kills = sweep(
      [&] {
        must_attach();
        options_.max_decisions = options_.max_decisions == 64 ? 65 : 64;
      },
      [&] { attach_here(); },
      [&](const std::string& when) {
        const auto detached = detach();
        ASSERT_TRUE(detached) << when << ": " << detached.error().message();
        EXPECT_THAT(detached->detached, testing::ElementsAre("srv0")) << when;
        EXPECT_NE(access(options_.bpf_fs.c_str(), F_OK), 0) << when;
      });
  EXPECT_GT(kills, 2U);
  RecordProperty("kills", std::to_string(kills));
}

TEST_F(LifeKillTest, AFirstAttachKilledAtAnyStepCanBeDoneAgain) {
  const auto kills = sweep([] {}, [&] { attach_here(); },
                           [&](const std::string& when) {
                             const auto recovered = attach();
                             ASSERT_TRUE(recovered) << when << ": " << recovered.error().message();
                             block_visitor();
                             expect_whole(when);
                             const auto detached = detach();
                             ASSERT_TRUE(detached) << when << ": " << detached.error().message();
                             EXPECT_NE(access(options_.bpf_fs.c_str(), F_OK), 0) << when;
                           });
  EXPECT_GT(kills, 2U);
  RecordProperty("kills", std::to_string(kills));
}

TEST_F(LifeKillTest, ADetachKilledAtAnyStepCanBeDoneAgainOrUndone) {
  unsigned round = 0;
  const auto kills = sweep(
      [&] {
        must_attach();
        block_visitor();
      },
      [&] { detach_here(); },
      [&](const std::string& when) {
        if (++round % 2 == 0) {
          const auto recovered = attach();
          ASSERT_TRUE(recovered) << when << ": " << recovered.error().message();
          block_visitor();
          expect_whole(when);
        }
        const auto detached = detach();
        ASSERT_TRUE(detached) << when << ": " << detached.error().message();
        EXPECT_NE(access(options_.bpf_fs.c_str(), F_OK), 0) << when;
      });
  EXPECT_GT(kills, 2U);
  RecordProperty("kills", std::to_string(kills));
}

}  // namespace
}  // namespace sluice::test
