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

// weight_of() in tenths.
std::uint32_t tenths(std::uint32_t sensitivity) {
  constexpr std::array<std::uint32_t, 5> kTenths = {5, 10, 20, 1, 2};
  return kTenths.at(sensitivity);
}

}  // namespace

// Counts of subjects by the bucket in which they were last seen: a subject leaves its old bucket for the new
// one.
struct SubjectSet::Windows {
  template <LogSecond BucketSeconds, LogSecond Buckets>
  struct Window {
    struct Bucket {
      std::uint32_t subjects = 0;
      std::uint32_t tenths = 0;
    };
    std::array<Bucket, static_cast<std::size_t>(Buckets)> buckets{};
    LogSecond newest = 0;

    void add(LogSecond second, std::uint32_t tenths) {
      const LogSecond number = second / BucketSeconds;
      if (number > newest) {
        const LogSecond stale = std::min(number - newest, Buckets);
        for (LogSecond i = 0; i < stale; ++i)
          buckets[static_cast<std::size_t>((number - i) % Buckets)] = {};
        newest = number;
      }
      if (Bucket* bucket = at(number)) {
        ++bucket->subjects;
        bucket->tenths += tenths;
      }
    }
    void remove(LogSecond second, std::uint32_t tenths) {
      if (Bucket* bucket = at(second / BucketSeconds)) {
        --bucket->subjects;
        bucket->tenths -= tenths;
      }
    }
    [[nodiscard]] Count sum(LogSecond now) const {
      Count count;
      std::uint64_t sum = 0;
      for (LogSecond n = std::max(now / BucketSeconds - Buckets + 1, newest - Buckets + 1); n <= newest;
           ++n) {
        if (n < 0) continue;
        const Bucket& bucket = buckets[static_cast<std::size_t>(n % Buckets)];
        count.subjects += bucket.subjects;
        sum += bucket.tenths;
      }
      count.weighted = static_cast<double>(sum) / 10;
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

  void add(LogSecond second, std::uint32_t tenths) {
    hour.add(second, tenths);
    day.add(second, tenths);
    week.add(second, tenths);
  }
  void remove(LogSecond second, std::uint32_t tenths) {
    hour.remove(second, tenths);
    day.remove(second, tenths);
    week.remove(second, tenths);
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
  const std::uint32_t mask = capacity_ - 1U;
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
  std::uint32_t slots = before * 2;
  if (before == 0) {
    slots = kFirstSlots;
  } else if (before < kListed) {
    slots = before + kMoreSlots;
  } else if (before == kListed) {
    slots = kFirstTable;
  }
  capacity_ = static_cast<std::uint16_t>(slots);
  slots_ = std::make_unique<Slot[]>(capacity_);
  for (std::uint32_t i = 0; i < before; ++i) {
    if (old[i].hash != 0) *locate(old[i].hash) = old[i];
  }
}

bool SubjectSet::add(std::uint32_t hash, Sensitivity sensitivity, LogSecond second, bool may_grow) {
  const auto now = static_cast<std::uint32_t>(std::clamp<LogSecond>(second / 8, 0, (1U << 29U) - 1));
  Slot* slot = locate(hash);
  if (slot != nullptr && slot->hash == hash) {
    const auto before = static_cast<Sensitivity>(slot->sensitivity);
    // Whoever was opened does not weigh less because a list shows them again.
    if (sensitivity == Sensitivity::listed) sensitivity = before;
    if (now <= slot->eight_seconds && sensitivity == before) return true;
    if (windows_) windows_->remove(slot->second(), tenths(slot->sensitivity));
    count(before, -1);
  } else {
    if (saturated()) return false;
    if (!has_room()) {
      if (!may_grow) return false;
      grow();
      slot = locate(hash);
    }
    ++size_;
  }
  const std::uint32_t last = slot->hash == hash ? std::max<std::uint32_t>(slot->eight_seconds, now) : now;
  slot->hash = hash;
  slot->eight_seconds = last & ((1U << 29U) - 1);
  slot->sensitivity = static_cast<std::uint32_t>(sensitivity) & 7U;
  count(sensitivity, 1);
  if (windows_) {
    windows_->add(slot->second(), tenths(slot->sensitivity));
  } else if (size_ > kScannedSubjects) {
    windows_ = std::make_unique<Windows>();
    // Any order will do: add() keeps every subject that falls into the window of the newest.
    for (const Slot& s : all()) {
      if (s.hash != 0) windows_->add(s.second(), tenths(s.sensitivity));
    }
  }
  return true;
}

void SubjectSet::count(Sensitivity sensitivity, int change) {
  if (sensitivity == Sensitivity::listed) listed_ = static_cast<std::uint16_t>(listed_ + change);
  if (sensitivity == Sensitivity::page) pages_ = static_cast<std::uint16_t>(pages_ + change);
}

SubjectSet::Count SubjectSet::scan(LogSecond since) const {
  Count count;
  std::uint32_t sum = 0;
  for (const Slot& slot : all()) {
    if (slot.hash == 0 || slot.second() <= since) continue;
    ++count.subjects;
    sum += tenths(slot.sensitivity);
  }
  count.weighted = static_cast<double>(sum) / 10;
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
