// SPDX-License-Identifier: Apache-2.0
// That the store keeps up with ten times the decisions in not much more than ten times the work.
#include <ctime>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

// Seconds that the processor worked for us: the time on the wall depends on who else uses the machine and its
// disk.
double work() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Work {
  double write;  // of all decisions, in batches
  double load;   // a start: checked and read
};

Work keep(unsigned decisions) {
  constexpr unsigned kFlushEvery = 1'000;
  const TemporaryFolder folder;
  const double begin = work();
  {
    const auto store = StateStore::open(folder.database(), kNow);
    EXPECT_TRUE(store);
    for (unsigned i = 0; i < decisions; ++i) {
      (*store)->sink().begin(block(source(i)), true);
      if (i % kFlushEvery == kFlushEvery - 1) {
        EXPECT_TRUE((*store)->flush(KernelTime{}));
      }
    }
  }
  const double written = work();
  const auto store = StateStore::open(folder.database(), kNow);
  EXPECT_TRUE(store);
  const auto restored = (*store)->load(kNow, oldest(kNow, kNow), kMeaning);
  const double loaded = work();
  EXPECT_TRUE(restored);
  EXPECT_EQ(restored->decisions.size(), decisions);
  fmt::print("{} decisions: written with {:.2f} s of work, checked and loaded with {:.2f} s\n", decisions,
             written - begin, loaded - written);
  return {written - begin, loaded - written};
}

TEST(Throughput, GrowsAsTheDecisionsDo) {
  // Room for a noisy machine; what grew with the square would take a hundred times as much.
  constexpr double kMost = 40;
#if SLUICE_SANITIZED
  constexpr unsigned kFew = 1'000;
#else
  constexpr unsigned kFew = 10'000;
#endif
  const Work few = keep(kFew);
  const Work many = keep(10 * kFew);
  EXPECT_LT(many.write / few.write, kMost);
  EXPECT_LT(many.load / few.load, kMost);
}

}  // namespace
}  // namespace sluice::store
