// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/source_record.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/detection/trace.h"

namespace sluice::detection::test {
namespace {

constexpr LogSecond kStart = 1'790'000'000;

TEST(MinuteCount, CountsTheLastMinuteToWithinABucket) {
  std::mt19937 random(1);
  MinuteCount count;
  std::vector<LogSecond> events;
  LogSecond now = kStart;
  for (int i = 0; i < 5000; ++i) {
    now += static_cast<LogSecond>(random() % 4 == 0 ? random() % 30 : 0);
    count.add(now);
    events.push_back(now);
    const auto within = [&](LogSecond seconds) {
      return static_cast<std::uint32_t>(
          std::ranges::count_if(events, [&](LogSecond t) { return t > now - seconds; }));
    };
    ASSERT_LE(count.last_minute(now), within(60));
    ASSERT_GE(count.last_minute(now), within(50));
  }
}

TEST(MinuteCount, TakesLateLinesAndLongPauses) {
  MinuteCount count;
  count.add(kStart);
  count.add(kStart - 20);
  count.add(kStart - 3600);  // far too late
  EXPECT_EQ(count.last_minute(kStart), 2U);
  count.add(kStart + 86'400);
  EXPECT_EQ(count.last_minute(kStart + 86'400), 1U);
  EXPECT_EQ(count.last_minute(kStart + 86'400 + 61), 0U);
}

// Against a plain map of who was seen when, across the switch from scanning to windows.
TEST(SubjectSet, AgreesWithAPlainMapToWithinABucket) {
  std::mt19937 random(7);
  SubjectSet set;
  std::map<std::uint32_t, LogSecond> plain;
  LogSecond now = kStart;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<LogSecond>(random() % 12);
    if (random() % 997 == 0) now += 7200;
    const auto who = static_cast<std::uint32_t>(1 + random() % (i < 200 ? 40 : 3000));
    ASSERT_TRUE(set.add(who, Sensitivity::normal, now, true));
    plain[who] = now;
    if (i % 50 != 0) continue;
    const auto since = [&](LogSecond seconds) {
      return static_cast<std::uint32_t>(
          std::ranges::count_if(plain, [&](const auto& entry) { return entry.second > now - seconds; }));
    };
    ASSERT_LE(set.last_hour(now).subjects, since(3600) + 1) << i;  // seen times are kept to four seconds
    ASSERT_GE(set.last_hour(now).subjects, since(3300 - 4)) << i;
    ASSERT_LE(set.last_day(now).subjects, since(86'400) + 1) << i;
    ASSERT_GE(set.last_day(now).subjects, since(82'800 - 4)) << i;
    ASSERT_EQ(set.ever(), plain.size());
  }
}

TEST(SubjectSet, IsBounded) {
  SubjectSet set;
  for (std::uint32_t i = 1; i <= SubjectSet::kMaxSubjects; ++i) {
    ASSERT_TRUE(set.add(i, Sensitivity::normal, kStart, true));
  }
  EXPECT_TRUE(set.saturated());
  EXPECT_FALSE(set.add(1'000'000, Sensitivity::normal, kStart, true));
  EXPECT_TRUE(set.add(5, Sensitivity::normal, kStart + 10, true)) << "those known are still counted";
  EXPECT_EQ(set.last_hour(kStart + 10).subjects, SubjectSet::kMaxSubjects);
}

TEST(SubjectSet, MayNotGrowWhenTheMemoryForAllIsUsedUp) {
  SubjectSet set;
  EXPECT_FALSE(set.add(1, Sensitivity::normal, kStart, false));
  EXPECT_EQ(set.slots(), 0U);
}

TEST(IdentifierOf, TakesTheLastRunOfDigits) {
  std::uint64_t identifier = 0;
  ASSERT_TRUE(identifier_of("42", identifier));
  EXPECT_EQ(identifier, 42U);
  ASSERT_TRUE(identifier_of("anna2-0042.html", identifier));
  EXPECT_EQ(identifier, 42U);
  ASSERT_TRUE(identifier_of("999999999999999999", identifier));
  EXPECT_FALSE(identifier_of("1234567890123456789", identifier))
      << "nineteen digits are no number of a person";
  EXPECT_FALSE(identifier_of("anna", identifier));
  EXPECT_FALSE(identifier_of("", identifier));
}

TEST(IdentifierTrail, KeepsTheLastStepsInOrder) {
  IdentifierTrail trail(0);
  for (std::uint64_t i = 0; i < 200; ++i) {
    trail.add(i, kStart, true);
    trail.add(i, kStart, true);  // a reload
  }
  const auto steps = trail.steps(kStart);
  ASSERT_EQ(steps.size(), IdentifierTrail::kLength);
  for (std::size_t i = 0; i < steps.size(); ++i)
    EXPECT_EQ(steps[i].identifier, 136 + i);
}

TEST(Detector, MemoryForSubjectsIsCappedAndTheRestCounted) {
  DetectorOptions options;
  options.max_subject_slots = 16 * 1024;
  Detector detector = test::detector(options);
  // Each source fills its own set; together they come to the cap.
  constexpr int kSources = 40;
  constexpr int kSubjects = 1'000;
  for (int s = 0; s < kSources; ++s) {
    Visitor visitor(detector, "10.0." + std::to_string(s / 250) + "." + std::to_string(s % 250));
    for (int i = 0; i < kSubjects; ++i)
      visitor.person(i);
  }
  EXPECT_GT(detector.subjects_not_kept(), 0U);
}

}  // namespace
}  // namespace sluice::detection::test
