// SPDX-License-Identifier: Apache-2.0
// How many people's data the sources that read much have read over four weeks: what finds the slow ones, and
// what a restart and the forgetting of idle sources do not take away. A sketch a week for each source that
// has read more than a power user does in a day; bounded, the one idle longest forgotten first, and that is
// counted. Used by Detector; app/ has the store keep it. Weeks begin on Thursdays at 0:00 UTC, as 1970 did.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/address.h"
#include "daemon/base/bounded_map.h"
#include "daemon/detection/history/hyper_log_log.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/site/routes.h"

namespace sluice::detection {

class ReachHistory {
 public:
  // Subjects of a source before it is remembered: more than a power user's day. It has read them before it
  // was forgotten elsewhere, or it is of no interest here.
  static constexpr std::uint32_t kNoteworthy = 100;
  static constexpr std::uint32_t kWeeks = 4;
  static constexpr LogSecond kWeek = 7 * 86'400;
  static constexpr std::size_t kMostSources = 10'000;  // about 2.8 KB each, 28 MB

  // One week of one source: what the store keeps.
  struct Record {
    Prefix source;
    std::uint32_t week = 0;  // since 1970
    HyperLogLog counter;
  };
  // In subjects, weighted by sensitivity, to within HyperLogLog::kStandardError; as of at most eight subjects
  // or a 64th of them ago.
  struct Reach {
    double this_week = 0;     // the week that has begun: at most seven days
    double four_weeks = 0;    // this one and the three before
    std::uint32_t weeks = 0;  // of those, in which it read anything
    double subjects = 0;      // different ones since this process knows the source, not weighted
  };

  explicit ReachHistory(std::size_t capacity = kMostSources) : entries_(capacity) {}

  [[nodiscard]] bool knows(const Prefix& source) const { return entries_.contains(source); }
  // `subject` as SubjectSet has it. The source is remembered from here on.
  void add(const Prefix& source, std::uint32_t subject, Sensitivity sensitivity, LogSecond second);
  // All zero of one that is not known.
  [[nodiscard]] Reach reach(const Prefix& source, LogSecond now) const;
  // What it read is paid for.
  void forget(const Prefix& source);

  // What changed since the last call: weeks to be kept, and sources of which nothing is to be kept.
  struct Changes {
    std::vector<Record> records;
    std::vector<Prefix> forgotten;
  };
  [[nodiscard]] Changes take_changes();
  // Takes over what the store kept.
  void restore(const Record& record);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_count_; }

 private:
  struct Week {
    std::uint32_t number = 0;  // since 1970; 0: unused
    bool changed = false;
    HyperLogLog counter;
  };
  struct Entry {
    std::array<Week, kWeeks> weeks;  // by number modulo kWeeks
    HyperLogLog subjects;            // not weighted, for exposure
    std::uint32_t week = 0;          // the latest one
    bool changed = false;
    // Estimating takes microseconds: it is done when it is asked for, and again when enough came since.
    mutable Reach reach;
    mutable std::uint32_t reach_week = 0;  // that it is of; 0: not estimated yet
    mutable std::uint32_t since_reach = 0;
  };

  Entry& touch(const Prefix& source);
  void note_forgotten(const Prefix& source);
  static Reach reach_of(const Entry& entry, std::uint32_t week);
  static bool is_fresh(const Entry& entry, std::uint32_t week);

  BoundedMap<Prefix, Entry> entries_;  // the one that read longest ago is forgotten first
  std::vector<Prefix> forgotten_;
  std::uint64_t forgotten_count_ = 0;
};

}  // namespace sluice::detection
