// SPDX-License-Identifier: Apache-2.0
#include "daemon/detection/sources/subject_set.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::detection {
namespace {

constexpr std::uint32_t kScannedSubjects = 32;
// Sizes of the list: 2n + 1 slots of eight bytes fill a heap block of glibc, which has 16k - 8 bytes.
constexpr std::uint32_t kFirstSlots = 3;
constexpr std::uint32_t kMoreSlots = 4;
constexpr std::uint32_t kListed = 15;
constexpr std::uint32_t kFirstTable = 32;
constexpr LogSecond kWeek = 7 * kDay;

std::uint32_t half_weight(std::uint32_t sensitivity) {
  return 1U << sensitivity;
}  // 0.5, 1, 2 in halves

}  // namespace

// Counts of subjects by the bucket in which they were last seen: a subject leaves its old bucket for the new
// one.
struct SubjectSet::Windows {
  template <LogSecond BucketSeconds, LogSecond Buckets>
  struct Window {
    struct Bucket {
      std::uint32_t subjects = 0;
      std::uint32_t half_weights = 0;
    };
    std::array<Bucket, static_cast<std::size_t>(Buckets)> buckets{};
    LogSecond newest = 0;

    void add(LogSecond second, std::uint32_t half_weights) {
      const LogSecond number = second / BucketSeconds;
      if (number > newest) {
        const LogSecond stale = std::min(number - newest, Buckets);
        for (LogSecond i = 0; i < stale; ++i)
          buckets[static_cast<std::size_t>((number - i) % Buckets)] = {};
        newest = number;
      }
      if (Bucket* bucket = at(number)) {
        ++bucket->subjects;
        bucket->half_weights += half_weights;
      }
    }
    void remove(LogSecond second, std::uint32_t half_weights) {
      if (Bucket* bucket = at(second / BucketSeconds)) {
        --bucket->subjects;
        bucket->half_weights -= half_weights;
      }
    }
    [[nodiscard]] Count sum(LogSecond now) const {
      Count count;
      std::uint64_t halves = 0;
      for (LogSecond n = std::max(now / BucketSeconds - Buckets + 1, newest - Buckets + 1); n <= newest;
           ++n) {
        if (n < 0) continue;
        const Bucket& bucket = buckets[static_cast<std::size_t>(n % Buckets)];
        count.subjects += bucket.subjects;
        halves += bucket.half_weights;
      }
      count.weighted = static_cast<double>(halves) / 2;
      return count;
    }

   private:
    [[nodiscard]] Bucket* at(LogSecond number) {
      if (number > newest || number <= newest - Buckets) return nullptr;
      return &buckets[static_cast<std::size_t>(number % Buckets)];
    }
  };

  Window<300, 12> hour;
  Window<3600, 24> day;
  Window<86'400, 7> week;

  void add(LogSecond second, std::uint32_t half_weights) {
    hour.add(second, half_weights);
    day.add(second, half_weights);
    week.add(second, half_weights);
  }
  void remove(LogSecond second, std::uint32_t half_weights) {
    hour.remove(second, half_weights);
    day.remove(second, half_weights);
    week.remove(second, half_weights);
  }
};

SubjectSet::SubjectSet() = default;
SubjectSet::SubjectSet(SubjectSet&&) noexcept = default;
SubjectSet& SubjectSet::operator=(SubjectSet&&) noexcept = default;
SubjectSet::~SubjectSet() = default;

SubjectSet::Slot* SubjectSet::locate(std::uint32_t hash) {
  if (capacity_ <= kListed) {
    for (std::uint32_t i = 0; i < capacity_; ++i) {
      if (slots_[i].hash == hash || slots_[i].hash == 0) return &slots_[i];
    }
    return nullptr;
  }
  const std::uint32_t mask = capacity_ - 1;
  std::uint32_t at = (hash * 0x9e3779b1U) & mask;
  while (slots_[at].hash != 0 && slots_[at].hash != hash)
    at = (at + 1) & mask;
  return &slots_[at];
}

bool SubjectSet::has_room() const {
  return capacity_ <= kListed ? size_ < capacity_ : (size_ + 1) * 4 <= capacity_ * 3;
}

void SubjectSet::grow() {
  const std::uint32_t before = capacity_;
  const std::unique_ptr<Slot[]> old = std::move(slots_);
  if (before == 0) {
    capacity_ = kFirstSlots;
  } else if (before < kListed) {
    capacity_ = before + kMoreSlots;
  } else {
    capacity_ = before == kListed ? kFirstTable : before * 2;
  }
  slots_ = std::make_unique<Slot[]>(capacity_);
  for (std::uint32_t i = 0; i < before; ++i) {
    if (old[i].hash != 0) *locate(old[i].hash) = old[i];
  }
}

bool SubjectSet::add(std::uint32_t hash, Sensitivity sensitivity, LogSecond second, bool may_grow) {
  const auto now = static_cast<std::uint32_t>(std::clamp<LogSecond>(second / 4, 0, (1U << 30U) - 1));
  Slot* slot = locate(hash);
  if (slot != nullptr && slot->hash == hash) {
    if (now <= slot->four_seconds) return true;
    if (windows_) windows_->remove(slot->second(), half_weight(slot->sensitivity));
  } else {
    if (saturated()) return false;
    if (!has_room()) {
      if (!may_grow) return false;
      grow();
      slot = locate(hash);
    }
    ++size_;
  }
  slot->hash = hash;
  slot->four_seconds = now & ((1U << 30U) - 1);
  slot->sensitivity = static_cast<std::uint32_t>(sensitivity) & 3U;
  if (windows_) {
    windows_->add(slot->second(), half_weight(slot->sensitivity));
  } else if (size_ > kScannedSubjects) {
    windows_ = std::make_unique<Windows>();
    // Any order will do: add() keeps every subject that falls into the window of the newest.
    for (const Slot& s : all()) {
      if (s.hash != 0) windows_->add(s.second(), half_weight(s.sensitivity));
    }
  }
  return true;
}

SubjectSet::Count SubjectSet::scan(LogSecond since) const {
  Count count;
  std::uint32_t halves = 0;
  for (const Slot& slot : all()) {
    if (slot.hash == 0 || slot.second() <= since) continue;
    ++count.subjects;
    halves += half_weight(slot.sensitivity);
  }
  count.weighted = static_cast<double>(halves) / 2;
  return count;
}

SubjectSet::Count SubjectSet::last_hour(LogSecond now) const {
  return windows_ ? windows_->hour.sum(now) : scan(now - kHour);
}

SubjectSet::Count SubjectSet::last_day(LogSecond now) const {
  return windows_ ? windows_->day.sum(now) : scan(now - kDay);
}

SubjectSet::Count SubjectSet::last_week(LogSecond now) const {
  return windows_ ? windows_->week.sum(now) : scan(now - kWeek);
}

}  // namespace sluice::detection
