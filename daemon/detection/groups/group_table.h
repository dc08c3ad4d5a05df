// SPDX-License-Identifier: Apache-2.0
// Which identifiers the members of each group asked for, all members together, and where they divided them
// among themselves: stretches of identifiers that were covered closely and hardly anything of them twice.
// People who read independently of each other cover a stretch only by repeating much of it. Bounded; a group
// is whatever its key says (group_watch.h), and holds no member's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "daemon/detection/sources/identifier_trail.h"
#include "daemon/detection/log_second.h"
#include "daemon/base/hash.h"

namespace sluice::detection {

// What a group is known by: a hash of what its members share and of the route.
using GroupNumber = std::uint64_t;

class GroupTable {
 public:
  // Identifiers of one stretch, and so many of them cover it closely. If as many people as you like draw from
  // the 64 independently, all alike, then at 48 different ones so few as 5 repeats have a probability below
  // 1e-6; where some are more popular, less. (Binomial occupancy, 53 draws.)
  static constexpr unsigned kStretch = 64;
  static constexpr unsigned kDense = 48;
  static constexpr unsigned kMostRepeats = 5;
  // A stretch or a group that nobody adds to for so long begins anew: a site that is read through once a day
  // repeats nothing.
  static constexpr LogSecond kIdleSeconds = 6 * 3600;
  static constexpr std::size_t kMaxStretches = 131'072;  // 4 MB, from the first identifier on
  static constexpr std::size_t kMaxGroups = 4'096;       // with a stretch that is covered; each up to 1.2 KB
  static constexpr std::size_t kMaxMembers = 256;        // told apart; beyond it the count is "at least"

  struct Group {
    LogSecond first = 0;
    LogSecond last = 0;
    std::uint32_t covered = 0;   // stretches that were covered closely
    std::uint32_t divided = 0;   // of those, with hardly a repeat
    std::uint32_t subjects = 0;  // different identifiers in the divided ones
    std::uint32_t repeats = 0;   // askings there for what another member had asked for
    std::uint64_t lowest = 0;    // where the divided ones begin and end
    std::uint64_t highest = 0;
    std::vector<std::uint32_t> members{};  // hashes of those who took part in the division

    [[nodiscard]] double overlap() const {
      return subjects == 0 ? 0 : static_cast<double>(repeats) / (subjects + repeats);
    }
    // Whether what is covered was divided for the most part: of what people cover by chance, a few stretches
    // come out so.
    [[nodiscard]] bool divides() const { return divided > 0 && 4 * divided >= 3 * covered; }
  };

  // One identifier that a member asked for, who had not asked for it lately.
  void add(GroupNumber group, std::uint64_t identifier, LogSecond second);
  // Counts a source among those who take part; of groups that divide.
  void add_member(GroupNumber group, std::uint32_t source_hash);

  // What was divided by a group is no longer held against it; the identifiers stay taken.
  void forget(GroupNumber group) { groups_.erase(group); }

  [[nodiscard]] bool empty() const { return groups_.empty(); }
  // Null where no stretch was covered lately. Valid until the next add().
  [[nodiscard]] const Group* find(GroupNumber group, LogSecond now) const;

  // How far a source took part in the division.
  struct Part {
    unsigned asked = 0;  // for identifiers, the last ones
    unsigned own = 0;    // of them, that no other member asked for, in or beside a stretch that was divided
  };
  [[nodiscard]] Part part_of(GroupNumber group, std::span<const IdentifierTrail::Step> steps) const;

  [[nodiscard]] std::size_t size() const { return groups_.size(); }
  [[nodiscard]] std::uint64_t forgotten_groups() const { return forgotten_groups_; }
  // Stretches that were given up for others before they were idle for kIdleSeconds.
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
