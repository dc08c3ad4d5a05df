// SPDX-License-Identifier: Apache-2.0
// That the store keeps up: 20,000 decisions a second, and a start with 100,000 within a second.
#include <chrono>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/store/state_store.h"
#include "tests/unit/store/support.h"

namespace sluice::store {
namespace {

using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__)
constexpr double kSlower = 10;  // what the sanitizers cost
#else
constexpr double kSlower = 1;
#endif

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

TEST(Throughput, AppliesAndLoadsAHundredThousandDecisions) {
  constexpr unsigned kDecisions = 100'000;
  constexpr unsigned kBatch = 1'000;
  const TemporaryFolder folder;
  double applied = 0;
  {
    const auto store = StateStore::open(folder.database(), kNow);
    ASSERT_TRUE(store);
    const auto start = Clock::now();
    for (unsigned i = 0; i < kDecisions; ++i) {
      ASSERT_TRUE((*store)->sink().apply(block(source(i)), true));
      if (i % kBatch == kBatch - 1) ASSERT_TRUE((*store)->flush(KernelTime{}));
    }
    applied = seconds_since(start);
  }
  auto start = Clock::now();
  const auto store = StateStore::open(folder.database(), kNow);
  ASSERT_TRUE(store);
  const double opened = seconds_since(start);
  start = Clock::now();
  const auto restored = (*store)->load(kNow, kNow);
  const double loaded = seconds_since(start);
  ASSERT_TRUE(restored);
  ASSERT_EQ(restored->decisions.size(), kDecisions);

  fmt::print("{:.0f} decisions a second written, opened and checked in {:.2f} s, {} loaded in {:.2f} s\n",
             kDecisions / applied, opened, kDecisions, loaded);
  EXPECT_GT(kDecisions / applied, 20'000 / kSlower);
  EXPECT_LT(opened + loaded, 1 * kSlower);
}

}  // namespace
}  // namespace sluice::store
