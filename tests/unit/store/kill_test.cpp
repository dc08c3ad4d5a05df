// SPDX-License-Identifier: Apache-2.0
// A process that is killed in the middle of its writing (kill -9) leaves behind what it had acknowledged.
#include <array>
#include <csignal>
#include <cstdint>
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/unique_fd.h"
#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

constexpr unsigned kKills = 50;
constexpr unsigned kBatch = 16;
constexpr unsigned kWindow = 64;  // decisions in force at a time

// Each round applies kBatch blocks, withdraws as many older ones, notes the place, flushes, and then
// acknowledges: the number of the round that is on the disk. Runs until it is killed.
[[noreturn]] void child(const std::string& path, int acknowledge, unsigned first_round) {
  auto opened = StateStore::open(path, kNow);
  if (!opened || !(*opened)->load(kNow, oldest(kNow, kNow), kMeaning)) _exit(1);
  StateStore& store = **opened;
  for (unsigned round = first_round;; ++round) {
    for (unsigned i = round * kBatch; i < (round + 1) * kBatch; ++i) {
      store.sink().begin(block(source(i)), true);
      if (i >= kWindow) store.sink().end(block(source(i - kWindow)), decisions::Ending::withdrawn);
    }
    store.set_position("/log", std::to_string(round));
    if (!store.flush(KernelTime{})) _exit(3);
    if (write(acknowledge, &round, sizeof round) != sizeof round) _exit(4);
  }
}

// The sources in force after a round.
std::set<Prefix> expected(unsigned round) {
  std::set<Prefix> sources;
  const unsigned end = (round + 1) * kBatch;
  for (unsigned i = end < kWindow ? 0 : end - kWindow; i < end; ++i)
    sources.insert(source(i));
  return sources;
}

TEST(Kill, FiftyTimesAtRandomMomentsLosesNothingAcknowledged) {
  const TemporaryFolder folder;
  std::mt19937 random(20261124);
  unsigned next_round = 0;
  unsigned ahead = 0;
  for (unsigned kill = 0; kill < kKills; ++kill) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) child(folder.database(), writing.get(), next_round);
    writing.reset();

    // Some acknowledged rounds, then a random while into the next one: poll() ends with it, or with another
    // round.
    unsigned acknowledged = 0;
    const unsigned rounds = std::uniform_int_distribution<unsigned>(1, 20)(random);
    for (unsigned i = 0; i < rounds; ++i) {
      ASSERT_EQ(read(reading.get(), &acknowledged, sizeof acknowledged),
                static_cast<ssize_t>(sizeof acknowledged));
    }
    const timespec moment{0, std::uniform_int_distribution<long>(0, 3'000'000)(random)};
    ppoll(nullptr, 0, &moment, nullptr);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFSIGNALED(status)) << "ended by itself with " << WEXITSTATUS(status);
    while (read(reading.get(), &acknowledged, sizeof acknowledged) ==
           static_cast<ssize_t>(sizeof acknowledged)) {
    }

    const auto store = StateStore::open(folder.database(), kNow);
    ASSERT_TRUE(store) << store.error().message();
    EXPECT_FALSE((*store)->set_aside());
    const auto restored = (*store)->load(kNow, oldest(kNow, kNow), kMeaning);
    ASSERT_TRUE(restored);
    ASSERT_TRUE(restored->positions.contains("/log"));
    // The round that was being written when the signal came may be there too, but only the whole of it.
    const auto round = static_cast<unsigned>(std::stoul(restored->positions.at("/log")));
    ASSERT_GE(round, acknowledged);
    ASSERT_LE(round, acknowledged + 1);
    ahead += round - acknowledged;
    std::set<Prefix> sources;
    for (const auto& decision : restored->decisions)
      sources.insert(decision.source);
    ASSERT_EQ(sources, expected(round)) << "after kill " << kill << " in round " << round;
    EXPECT_EQ(restored->unreadable, 0U);
    next_round = round + 1;
  }
  RecordProperty("rounds", static_cast<int>(next_round));
  RecordProperty("written_but_not_acknowledged", static_cast<int>(ahead));
}

}  // namespace
}  // namespace sluice::store
