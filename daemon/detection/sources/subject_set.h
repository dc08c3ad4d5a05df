// SPDX-License-Identifier: Apache-2.0
// Which subjects one source was served, and when last. Exact up to a bound. A window is made of buckets, so
// its count may leave out up to one bucket of the oldest part. Part of SourceProfile and Account.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "daemon/detection/log_second.h"
#include "daemon/detection/site/subject.h"

namespace sluice::detection {

// Different subjects served in the last hour (buckets of five minutes), day (buckets of an hour) and week
// (buckets of a day), and ever. A subject is kept as a 32-bit hash: among 16,384 of them about 0.03 coincide
// by chance.
class SubjectSet {
 public:
  static constexpr std::uint32_t kMaxSubjects = 16'384;  // of one source; beyond it counts are "at least"

  SubjectSet();
  SubjectSet(SubjectSet&&) noexcept;
  SubjectSet& operator=(SubjectSet&&) noexcept;
  ~SubjectSet();

  // Returns false if the subject is new and was not kept: the set is full, or it would have to grow and may
  // not.
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
  // Of people, ever.
  [[nodiscard]] std::uint32_t ever() const { return std::uint32_t{size_} - pages_; }
  // Of people who had an answer to themselves.
  [[nodiscard]] std::uint32_t opened() const { return ever() - listed_; }
  // All of them, by sensitivity as if it were normal: one for each who was opened.
  [[nodiscard]] double weight_ever() const { return opened() + 0.1 * listed_ + 0.2 * pages_; }
  // Pages that count as subjects because no route is known for them.
  [[nodiscard]] std::uint32_t pages() const { return pages_; }
  [[nodiscard]] bool saturated() const { return size_ >= kMaxSubjects; }
  [[nodiscard]] std::size_t slots() const { return capacity_; }  // 8 bytes each

 private:
  // Up to kListed slots are searched in order, which is as quick as hashing; a larger set is an
  // open-addressing table, at most three quarters full.
  struct Slot {
    std::uint32_t hash = 0;            // 0: free
    std::uint32_t eight_seconds : 29;  // last seen, in units of eight seconds since 1970 (until 2106)
    std::uint32_t sensitivity : 3;
    [[nodiscard]] LogSecond second() const { return LogSecond{eight_seconds} * 8; }
  };
  static_assert(sizeof(Slot) == 8);
  struct Windows;

  [[nodiscard]] std::span<const Slot> all() const { return {slots_.get(), capacity_}; }
  // The slot of the subject, or a free one for it; null: the list is full or empty.
  [[nodiscard]] Slot* locate(std::uint32_t hash);
  [[nodiscard]] bool has_room() const;
  void grow();
  [[nodiscard]] Count scan(LogSecond since) const;
  // Adds one to the counts of a sensitivity, or takes it off.
  void count(Sensitivity sensitivity, int change);

  std::unique_ptr<Slot[]> slots_;  // a vector takes 16 bytes more
  std::unique_ptr<Windows>
      windows_;                 // made for the 33rd subject; a smaller set is scanned, which saves the memory
  std::uint16_t size_ = 0;      // up to kMaxSubjects
  std::uint16_t capacity_ = 0;  // up to twice as much
  std::uint16_t listed_ = 0;    // of `size_`: seen in lists only
  std::uint16_t pages_ = 0;     // of `size_`: no people
};

}  // namespace sluice::detection
