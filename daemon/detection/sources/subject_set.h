// SPDX-License-Identifier: Apache-2.0
// Which subjects one source was served, and when last: exact up to a bound. Windows are made of buckets, so a
// count over one leaves out up to a bucket of its oldest part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "daemon/detection/log_second.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

// Different subjects served: in the last hour (buckets of five minutes), in the last day (buckets of an
// hour), ever. A subject is kept as a 32-bit hash: among 16,384 of them about 0.03 coincide by chance.
class SubjectSet {
 public:
  static constexpr std::uint32_t kMaxSubjects = 16'384;  // of one source; beyond it counts are "at least"

  SubjectSet();
  SubjectSet(SubjectSet&&) noexcept;
  SubjectSet& operator=(SubjectSet&&) noexcept;
  ~SubjectSet();

  // False when the subject is new and was not kept: the set is full, or would have to grow and may not.
  bool add(std::uint32_t hash, Sensitivity sensitivity, LogSecond second, bool may_grow);

  struct Count {
    std::uint32_t subjects = 0;
    double weighted = 0;  // by sensitivity
  };
  [[nodiscard]] Count last_hour(LogSecond now) const;
  [[nodiscard]] Count last_day(LogSecond now) const;
  [[nodiscard]] Count last_week(LogSecond now) const;
  // Calls `take` with the hash, sensitivity and last second of each.
  template <class Take>
  void for_each(Take take) const {
    for (const Slot& slot : all()) {
      if (slot.hash != 0) take(slot.hash, static_cast<Sensitivity>(slot.sensitivity), slot.second());
    }
  }
  [[nodiscard]] std::uint32_t ever() const { return size_; }
  [[nodiscard]] bool saturated() const { return size_ >= kMaxSubjects; }
  [[nodiscard]] std::size_t slots() const { return capacity_; }  // 8 bytes each

 private:
  // Up to kListed of them a list, in which a search is as quick as a hash; beyond it an open-addressing table
  // at most three quarters full.
  struct Slot {
    std::uint32_t hash = 0;           // 0: free
    std::uint32_t four_seconds : 30;  // last seen, in units of four seconds since 1970 (until 2106)
    std::uint32_t sensitivity : 2;
    [[nodiscard]] LogSecond second() const { return LogSecond{four_seconds} * 4; }
  };
  static_assert(sizeof(Slot) == 8);
  struct Windows;

  [[nodiscard]] std::span<const Slot> all() const { return {slots_.get(), capacity_}; }
  // The subject's slot, or a free one for it; null: the list is full, or nothing was kept yet.
  [[nodiscard]] Slot* locate(std::uint32_t hash);
  [[nodiscard]] bool has_room() const;
  void grow();
  [[nodiscard]] Count scan(LogSecond since) const;

  std::unique_ptr<Slot[]> slots_;  // a vector takes 16 bytes more
  std::unique_ptr<Windows>
      windows_;  // from the 33rd subject on; below that a scan is cheaper than the memory
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace sluice::detection
