// SPDX-License-Identifier: Apache-2.0
// Which identifiers the members of each group asked for together, and whether they divided them among
// themselves: they covered a stretch of identifiers closely, and asked for hardly any of them twice. People
// who read independently of each other cover a stretch only by repeating much of it. Bounded. The keys of
// groups come from group_tracker.h; members are kept as hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/base/hash.h"
#include "daemon/detection/log_second.h"
#include "daemon/detection/sources/identifier_trail.h"

namespace sluice::detection {

// A hash of what the members of a group share, and of the route.
using GroupNumber = std::uint64_t;

class GroupTable {
 public:
  // A stretch has kStretch identifiers, and kDense of them cover it closely. If any number of people draw
  // from the 64 independently and evenly, at most 5 repeats by the 48th different one have a probability
  // below 1e-6, and less where some identifiers are more popular. (Binomial occupancy, 53 draws.)
  static constexpr unsigned kStretch = 64;
  static constexpr unsigned kDense = 48;
  static constexpr unsigned kMostRepeats = 5;
  // A stretch or a group that nobody adds to for this long starts again: otherwise one that reads through the
  // site once a day would only repeat itself.
  static constexpr LogSecond kIdleSeconds = 6 * 3600;
  static constexpr std::size_t kMaxStretches = 131'072;  // 4 MB, from the first identifier on
  static constexpr std::size_t kMaxGroups = 4'096;       // with a stretch that is covered; each up to 1.2 KB
  static constexpr std::size_t kMaxMembers = 256;        // beyond it the count is "at least"

  struct Group {
    LogSecond first = 0;
    LogSecond last = 0;
    std::uint32_t covered = 0;   // stretches covered closely
    std::uint32_t divided = 0;   // of those, stretches with hardly a repeat
    std::uint32_t subjects = 0;  // different identifiers in the divided ones
    std::uint32_t repeats = 0;   // requests there for what another member had asked for
    std::uint64_t lowest = 0;    // where the divided ones begin and end
    std::uint64_t highest = 0;
    std::vector<std::uint32_t> members{};  // hashes of those who took part in the division

    [[nodiscard]] double overlap() const {
      return subjects == 0 ? 0 : static_cast<double>(repeats) / (subjects + repeats);
    }
    // Whether most of the covered stretches were divided. Among stretches that people cover by chance a few
    // look divided too.
    [[nodiscard]] bool divides() const { return divided > 0 && 4 * divided >= 3 * covered; }
  };

  // Adds an identifier that a member asked for. The member had not asked for it lately.
  void add(GroupNumber group, std::uint64_t identifier, LogSecond second);
  // Counts a source that takes part. The group must divide.
  void add_member(GroupNumber group, std::uint32_t source_hash);

  // Forgets what a group divided. The identifiers still count as asked for.
  void forget(GroupNumber group) { groups_.erase(group); }

  [[nodiscard]] bool empty() const { return groups_.empty(); }
  // Null where no stretch was covered lately. Valid until the next add().
  [[nodiscard]] const Group* find(GroupNumber group, LogSecond now) const;

  // How far a source took part in the division.
  struct Part {
    unsigned asked = 0;  // the last identifiers that it asked for
    unsigned own = 0;  // of those, identifiers that no other member asked for, in or beside a divided stretch
  };
  [[nodiscard]] Part part_of(GroupNumber group, std::span<const IdentifierTrail::Step> steps) const;

  [[nodiscard]] std::size_t size() const { return groups_.size(); }
  [[nodiscard]] std::uint64_t forgotten_groups() const { return forgotten_groups_; }
  // Stretches that were replaced by others before they were idle for kIdleSeconds.
  [[nodiscard]] std::uint64_t forgotten_stretches() const { return forgotten_stretches_; }

 private:
  enum class State : std::uint8_t { open, divided, crowded };
  struct Stretch {
    std::uint64_t tag = 0;  // of the group and the place; 0: free
    std::uint64_t taken = 0;
    std::uint64_t repeated = 0;  // of those taken, by more than one member
    std::uint32_t last = 0;
    std::uint16_t repeats = 0;
    State state = State::open;
    std::uint8_t unused = 0;
  };
  static_assert(sizeof(Stretch) == 32);
  static constexpr std::size_t kWays = 4;

  [[nodiscard]] Stretch& locate(std::uint64_t tag, LogSecond second);
  [[nodiscard]] const Stretch* look_up(std::uint64_t tag) const;
  [[nodiscard]] bool is_divided(GroupNumber group, std::uint64_t place) const;
  [[nodiscard]] Group& touch(GroupNumber group, LogSecond second);
  void settle(GroupNumber group, Stretch& stretch, std::uint64_t place, LogSecond second);

  std::vector<Stretch> stretches_;  // sets of kWays
  boost::unordered_flat_map<GroupNumber, Group> groups_;
  std::uint64_t forgotten_groups_ = 0;
  std::uint64_t forgotten_stretches_ = 0;
};

}  // namespace sluice::detection
