// SPDX-License-Identifier: Apache-2.0
// That the store keeps up: 20,000 decisions a second, and a start with 100,000 within a second.
#include <ctime>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

// Time on the wall, and of that what the processor worked for us. The second is what is judged: the first
// depends on who else uses the machine and its disk.
class Watch {
 public:
  [[nodiscard]] double wall() const { return now(CLOCK_MONOTONIC) - wall_; }
  [[nodiscard]] double work() const { return now(CLOCK_PROCESS_CPUTIME_ID) - work_; }

 private:
  static double now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

  double wall_ = now(CLOCK_MONOTONIC);
  double work_ = now(CLOCK_PROCESS_CPUTIME_ID);
};

#if SLUICE_SANITIZED
constexpr double kSlower = 10;  // what the sanitizers cost
#else
constexpr double kSlower = 1;
#endif

TEST(Throughput, AppliesAndLoadsAHundredThousandDecisions) {
  constexpr unsigned kDecisions = 100'000;
  constexpr unsigned kBatch = 1'000;
  const TemporaryFolder folder;
  {
    const auto store = StateStore::open(folder.database(), kNow);
    ASSERT_TRUE(store);
    const Watch watch;
    for (unsigned i = 0; i < kDecisions; ++i) {
      ASSERT_TRUE((*store)->sink().apply(block(source(i)), true));
      if (i % kBatch == kBatch - 1) {
        ASSERT_TRUE((*store)->flush(KernelTime{}));
      }
    }
    const double work = watch.work();
    fmt::print("{} decisions written in batches of {}: {:.2f} s of work, {:.2f} s in all\n", kDecisions,
               kBatch, work, watch.wall());
    EXPECT_GT(kDecisions / work, 20'000 / kSlower);
  }
  const Watch watch;
  const auto store = StateStore::open(folder.database(), kNow);
  ASSERT_TRUE(store);
  const auto restored = (*store)->load(kNow, oldest(kNow, kNow), kMeaning);
  const double work = watch.work();
  ASSERT_TRUE(restored);
  ASSERT_EQ(restored->decisions.size(), kDecisions);
  fmt::print("checked and loaded: {:.2f} s of work, {:.2f} s in all\n", work, watch.wall());
  EXPECT_LT(work, 1 * kSlower);
}

}  // namespace
}  // namespace sluice::store
