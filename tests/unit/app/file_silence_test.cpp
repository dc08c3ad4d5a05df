// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/health/file_silence.h"

#include <functional>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

// Files of a pattern, looked at every five seconds, as the housekeeping does.
class FileSilenceTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kRound = 5;
  static constexpr std::uint64_t kHour = 3600 / kRound;  // rounds

  // `lines(round)` of each file, and the visitors' packets of all.
  void rounds(std::uint64_t count, std::uint64_t packets,
              const std::function<void(std::uint64_t round)>& lines) {
    for (std::uint64_t i = 0; i < count; ++i) {
      lines(round_);
      ++round_;
      now_.ns += kRound * 1'000'000'000;
      packets_ += packets;
      silence_.look(packets_, now_, [&](auto&& note) {
        for (const auto& [path, sum] : sums_)
          note(path, sum);
      });
      if (silence_.found().files > 0) ++alarms_[silence_.found().path];
    }
  }
  void line(const std::string& path) { ++sums_[path]; }

  FileSilence silence_;
  KernelTime now_;
  std::uint64_t packets_ = 0;
  std::uint64_t round_ = 0;
  std::map<std::string, std::uint64_t> sums_;
  std::map<std::string, int> alarms_;
};

TEST_F(FileSilenceTest, ABusyFileThatDiesIsFoundWithinMinutes) {
  rounds(kHour, 100, [&](std::uint64_t) {
    line("a.log");
    line("b.log");
  });
  EXPECT_TRUE(alarms_.empty());
  rounds(kHour, 100, [&](std::uint64_t) { line("b.log"); });
  ASSERT_EQ(alarms_.size(), 1U);
  EXPECT_GT(alarms_["a.log"], static_cast<int>(kHour) * 4 / 5) << "for most of that hour";
  EXPECT_EQ(silence_.found().seconds, Seconds(3600));
  rounds(1, 100, [&](std::uint64_t) { line("a.log"); });
  EXPECT_EQ(silence_.found().files, 0U) << "it lives";
}

// A week of a thousand virtual hosts: from a line a minute to one in half a day, all of them silent at night
// but for a crawler.
TEST_F(FileSilenceTest, AThousandQuietHostsAreNeverTakenForDead) {
  constexpr std::uint64_t kWeek = (SLUICE_SANITIZED != 0 ? 2 : 8) * 24 * kHour;
  constexpr std::uint64_t kEightOClock = 8 * kHour;
  constexpr std::size_t kHosts = SLUICE_SANITIZED != 0 ? 100 : 1000;
  constexpr std::uint64_t kLook = 12;  // rounds a look: a minute, to be quick
  std::uint64_t seed = 7;
  const auto chance = [&] {
    seed = mix_bits(seed + 1);
    return static_cast<double>(seed >> 11U) / static_cast<double>(1ULL << 53U);
  };
  std::map<std::string, std::uint64_t> sums;
  std::vector<std::uint64_t*> hosts;
  for (std::size_t i = 0; i < kHosts; ++i)
    hosts.push_back(&sums["host" + std::to_string(i) + ".example.org.log"]);
  std::uint64_t alarms = 0;
  for (std::uint64_t round = kEightOClock; round < kWeek; round += kLook) {
    const std::uint64_t hour = round / kHour % 24;
    const bool is_weekend = round / kHour / 24 >= 5;
    const bool is_open = hour >= 8 && hour < 18 && !is_weekend;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const double a_minute = 1.0 / static_cast<double>(1 + i);
      if (chance() < (is_open ? a_minute : a_minute / 20)) ++*hosts[i];
    }
    now_.ns += kLook * kRound * 1'000'000'000;
    packets_ += is_open ? 1200 : 300;
    silence_.look(packets_, now_, [&](auto&& note) {
      for (const auto& [path, sum] : sums)
        note(path, sum);
    });
    alarms += silence_.found().files;
  }
  EXPECT_EQ(alarms, 0U);
}

TEST_F(FileSilenceTest, AFileThatNeverHadMuchIsNeverSilent) {
  rounds(2 * kHour, 100, [&](std::uint64_t round) {
    line("a.log");
    if (round % 20 == 0) line("b.log");  // 72 lines
  });
  rounds(72 * kHour, 100, [&](std::uint64_t) { line("a.log"); });
  EXPECT_TRUE(alarms_.empty());
}

// An office site on a host whose other sites are read all night.
TEST_F(FileSilenceTest, TheFirstEveningIsNoDeath) {
  const auto is_open = [](std::uint64_t round) { return round / kHour % 24 >= 8 && round / kHour % 24 < 18; };
  rounds(24 * kHour, 100, [&](std::uint64_t round) {
    line("world.log");
    if (is_open(round) && round % 25 == 0) line("office.log");
  });
  rounds(48 * kHour, 100, [&](std::uint64_t round) {
    line("world.log");
    if (is_open(round) && round % 25 == 0) line("office.log");
  });
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(FileSilenceTest, ABurstIsNoPast) {
  rounds(kHour, 100, [&](std::uint64_t) { line("a.log"); });
  // A crawler came once, after an hour without anybody.
  sums_["b.log"] = 0;
  rounds(kHour, 100, [&](std::uint64_t) { line("a.log"); });
  rounds(200, 100, [&](std::uint64_t) {
    line("a.log");
    line("b.log");
  });
  rounds(48 * kHour, 100, [&](std::uint64_t) { line("a.log"); });
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(FileSilenceTest, NobodyIsSilentWhereNoVisitorsCome) {
  rounds(kHour, 100, [&](std::uint64_t) {
    line("a.log");
    line("b.log");
  });
  rounds(kHour, 0, [&](std::uint64_t) { line("b.log"); });
  EXPECT_TRUE(alarms_.empty());
}

TEST_F(FileSilenceTest, YesterdaysFileIsLeftForTodays) {
  rounds(kHour, 100, [&](std::uint64_t) { line("access.20261124.log"); });
  rounds(2 * kHour, 100, [&](std::uint64_t round) {
    line("access.20261125.log");
    if (round < kHour + 20) line("access.20261124.log");  // of an old worker
  });
  EXPECT_TRUE(alarms_.empty());
  // That one dies, and nothing comes after it.
  rounds(kHour, 100, [&](std::uint64_t) { line("other.log"); });
  EXPECT_GT(alarms_["access.20261125.log"], 0);
}

}  // namespace
}  // namespace sluice::app
