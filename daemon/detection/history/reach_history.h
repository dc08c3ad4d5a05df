// SPDX-License-Identifier: Apache-2.0
// How many subjects each source was shown in the last four weeks. It finds slow readers, and it outlives a
// restart and the eviction of idle sources. Keeps a HyperLogLog a week for each source that has read more
// than a power user does in a day. Bounded: the source that is idle longest is forgotten first, and that is
// counted. Used by Detector; app/ hands the changes to the store. Weeks begin on Thursdays at 0:00 UTC, as
// 1970 did.
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
#include "daemon/detection/site/subject.h"

namespace sluice::detection {

class ReachHistory {
 public:
  // A source is remembered from this many subjects on: more than a power user reads in a day.
  static constexpr std::uint32_t kNoteworthy = 100;
  static constexpr std::uint32_t kWeeks = 4;
  static constexpr LogSecond kWeek = 7 * 86'400;
  static constexpr std::size_t kMostSources = 10'000;  // about 2.8 KB each, 28 MB

  static constexpr std::size_t kLeast = 100;  // that there is always room for

  // One week of one source: what the store keeps.
  struct Record {
    Prefix source;
    std::uint32_t week = 0;  // since 1970
    HyperLogLog counter;
  };
  // Subjects, weighted by sensitivity, to within HyperLogLog::kStandardError. The numbers may lag behind by
  // eight subjects or by a 64th of them, whichever is more.
  struct Reach {
    double this_week = 0;     // the week that has begun: at most seven days
    double four_weeks = 0;    // this one and the three before
    std::uint32_t weeks = 0;  // how many of those four it read in
    double subjects = 0;      // different ones since this process has known the source, not weighted
  };

  explicit ReachHistory(std::size_t capacity = kMostSources) : entries_(capacity) {}

  [[nodiscard]] bool knows(const Prefix& source) const { return entries_.contains(source); }
  // `subject` is the hash that SubjectSet has. The source is remembered from here on.
  void add(const Prefix& source, std::uint32_t subject, Sensitivity sensitivity, LogSecond second);
  // All zero for a source that is not known.
  [[nodiscard]] Reach reach(const Prefix& source, LogSecond now) const;
  // Forgets the half that read longest ago, for want of memory, and has room for no more than the other half
  // from here on.
  void shrink();
  // Forgets a source that was blocked.
  void forget(const Prefix& source);

  // What changed since the last call: weeks to store, and sources to delete.
  struct Changes {
    std::vector<Record> records;
    std::vector<Prefix> forgotten;
  };
  [[nodiscard]] Changes take_changes();
  // The next take_changes() gives all there is, for a store that was begun anew.
  void tell_all_again();
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
    // An estimate takes microseconds, so it is made on demand and again after enough new subjects.
    mutable Reach reach;
    mutable std::uint32_t reach_week = 0;  // the week of `reach`; 0: not estimated yet
    mutable std::uint32_t since_reach = 0;
  };

  Entry& touch(const Prefix& source);
  void note_forgotten(const Prefix& source);
  void make_room(const Prefix& oldest);
  static Reach reach_of(const Entry& entry, std::uint32_t week);
  static bool is_fresh(const Entry& entry, std::uint32_t week);

  BoundedMap<Prefix, Entry> entries_;  // the one that read longest ago is forgotten first
  std::vector<Prefix> forgotten_;
  std::uint64_t forgotten_count_ = 0;
};

}  // namespace sluice::detection
