// SPDX-License-Identifier: Apache-2.0
// What is kept of one source: small, bounded, updated in constant time per request. Windows are made of buckets, so a
// count over a window may reach back one bucket too far (stated with each).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/pipeline/observation.h"
#include "daemon/pipeline/routes.h"

namespace sluice::pipeline {

// Events in the last minute, in buckets of ten seconds.
class MinuteCount {
 public:
  void add(WallTime now);
  [[nodiscard]] std::uint32_t last_minute(WallTime now) const;
  [[nodiscard]] std::uint32_t peak() const { return peak_; }  // the highest last_minute() at any add()

 private:
  static constexpr std::int64_t kBucketSeconds = 10;
  static constexpr std::int64_t kBuckets = 6;

  void roll_to(std::int64_t bucket);

  std::array<std::uint16_t, kBuckets> counts_{};
  std::int64_t newest_ = 0;  // number of the newest bucket since 1970
  std::uint32_t peak_ = 0;
};

// Different subjects served: in the last hour (buckets of five minutes), in the last day (buckets of an hour), ever.
// A subject is a 32-bit hash: among 16,384 of them about 0.03 coincide by chance.
class SubjectSet {
 public:
  static constexpr std::uint32_t kMaxSubjects = 16'384;  // of one source; beyond it counts are "at least"

  // weight: how much this subject counts in the weighted sums, in halves (1 for 0.5, 2 for 1, 4 for 2).
  void add(std::uint32_t subject_hash, unsigned half_weights, WallTime now);

  struct Count {
    std::uint32_t subjects = 0;
    double weighted = 0;
  };
  [[nodiscard]] Count last_hour(WallTime now) const;
  [[nodiscard]] Count last_day(WallTime now) const;
  [[nodiscard]] std::uint32_t ever() const { return size_; }
  [[nodiscard]] bool saturated() const { return size_ >= kMaxSubjects; }

 private:
  // An open-addressing table that doubles; empty until the first subject.
  struct Slot {
    std::uint32_t hash = 0;  // 0: free
    std::uint32_t seen = 0;  // seconds since 1970, upper 30 bits of use; see kept weights
    std::uint8_t half_weights = 0;
  };
  template <std::int64_t BucketSeconds, std::int64_t Buckets>
  struct Window {
    std::array<std::uint16_t, Buckets> subjects{};
    std::array<std::uint16_t, Buckets> half_weights{};
    std::int64_t newest = 0;

    void roll_to(std::int64_t bucket);
    void change(std::int64_t second, int subjects_by, int half_weights_by);
    [[nodiscard]] Count sum(WallTime now) const;
  };
  using Hour = Window<300, 12>;
  using Day = Window<3600, 24>;

  [[nodiscard]] Slot* find(std::uint32_t hash);
  void grow();

  std::vector<Slot> slots_;
  std::uint32_t size_ = 0;
  std::unique_ptr<std::pair<Hour, Day>> windows_;
};

}  // namespace sluice::pipeline
